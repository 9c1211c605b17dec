#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace roomcast::app::bench {

/// What the book says of a message that has arrived.
enum class Verdict : std::uint8_t { expected, duplicated, never_sent };

/// The messages of one sender that wait for an answer, or for arrival, in any order.
class Outstanding {
 public:
  /// Books the next message. @return its number.
  std::uint64_t add();
  Verdict take(std::uint64_t number);
  std::uint64_t size() const { return size_; }
  std::uint64_t next() const { return next_; }

 private:
  static constexpr std::uint64_t bits = 64;
  std::uint64_t& word(std::uint64_t number) { return words_[(number / bits) & (words_.size() - 1)]; }
  void grow();

  // One bit for each number from oldest_ (rounded down to a word) to next_; a power of two of words.
  std::vector<std::uint64_t> words_{0};
  std::uint64_t oldest_ = 0;
  std::uint64_t next_ = 0;
  std::uint64_t size_ = 0;
};

/// What each recipient has had of each sender, in the order in which it was sent: what is passed over is
/// lost.
class Streams {
 public:
  Streams(std::size_t recipients, std::size_t senders_of_each);

  struct Arrival {
    Verdict verdict = Verdict::expected;
    std::uint64_t first = 0;  ///< the oldest number that is settled by it: [first, number) were passed over
  };
  /// @param sent how many the sender has sent so far
  Arrival take(std::size_t recipient, std::size_t sender, std::uint64_t number, std::uint64_t sent);
  /// How many this recipient has had of that sender, or has lost for good.
  std::uint64_t settled(std::size_t recipient, std::size_t sender) const {
    return next_[recipient * senders_ + sender];
  }

 private:
  std::size_t senders_;
  std::vector<std::uint64_t> next_;
};

}  // namespace roomcast::app::bench
