#include "ledger.hpp"

#include <algorithm>

namespace roomcast::app::bench {

std::uint64_t Outstanding::add() {
  if (size_ == 0) oldest_ = next_;
  while (next_ / bits - oldest_ / bits >= words_.size()) grow();
  word(next_) |= std::uint64_t{1} << (next_ % bits);
  ++size_;
  return next_++;
}

Verdict Outstanding::take(std::uint64_t number) {
  if (number >= next_) return Verdict::never_sent;
  const std::uint64_t bit = std::uint64_t{1} << (number % bits);
  if (number < oldest_ || (word(number) & bit) == 0) return Verdict::duplicated;
  word(number) &= ~bit;
  --size_;
  // By whole words: that is enough to reuse them, and costs nothing for the usual answer in order.
  while (oldest_ / bits < next_ / bits && word(oldest_) == 0) oldest_ = (oldest_ / bits + 1) * bits;
  return Verdict::expected;
}

void Outstanding::grow() {
  std::vector<std::uint64_t> larger(words_.size() * 2);
  for (std::uint64_t row = oldest_ / bits; row <= (next_ - 1) / bits; ++row)
    larger[row & (larger.size() - 1)] = word(row * bits);
  words_ = std::move(larger);
}

Streams::Streams(std::size_t recipients, std::size_t senders_of_each)
    : senders_(senders_of_each), next_(recipients * senders_of_each) {}

Streams::Arrival Streams::take(std::size_t recipient, std::size_t sender, std::uint64_t number,
                               std::uint64_t sent) {
  std::uint64_t& next = next_[recipient * senders_ + sender];
  if (number >= sent) return {Verdict::never_sent, number};
  if (number < next) return {Verdict::duplicated, number};
  const std::uint64_t first = next;
  next = number + 1;
  return {Verdict::expected, first};
}

}  // namespace roomcast::app::bench
