#include "progress.hpp"

#include <cstdio>

#include <fmt/format.h>

namespace roomcast::app::bench {
namespace {

constexpr std::uint64_t second = 1'000'000'000;

double per_second(std::uint64_t count, std::uint64_t nanoseconds) {
  return nanoseconds == 0 ? 0 : static_cast<double>(count) * 1e9 / static_cast<double>(nanoseconds);
}

}  // namespace

bool Progress::is_due(std::uint64_t now) {
  if (begin_ == 0) {
    begin_ = last_ = now;
    next_ = now + second;
  }
  if (now < next_) return false;
  next_ = now + second;
  return true;
}

std::uint64_t Progress::show(std::uint64_t now) {
  if (!enabled_) return ~std::uint64_t{0};
  if (!is_due(now)) return next_;
  const Tally& tally = meter_.tally;
  fmt::print(stderr, "{:4} s  {:10.0f} messages/s  {}", (now - begin_) / second,
             per_second(tally.delivered - counted_, now - last_),
             meter_.measuring ? "measuring" : "warming up");
  for (const auto& [count, name] : {std::pair{tally.lost, "lost"},
                                    {tally.duplicated, "duplicated"},
                                    {tally.corrupt, "corrupt"},
                                    {tally.misdelivered, "misdelivered"}})
    if (count != 0) fmt::print(stderr, ", {} {}", count, name);
  fmt::print(stderr, "\n");
  counted_ = tally.delivered;
  last_ = now;
  return next_;
}

void Progress::show_cycles(std::uint64_t now, std::uint64_t cycles) {
  if (!enabled_ || !is_due(now)) return;
  fmt::print(stderr, "{:4} s  {:10.0f} cycles/s  {} so far\n", (now - begin_) / second,
             per_second(cycles - counted_, now - last_), cycles);
  counted_ = cycles;
  last_ = now;
}

}  // namespace roomcast::app::bench
