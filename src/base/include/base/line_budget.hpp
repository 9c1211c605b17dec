#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <utility>

namespace roomcast::base {

/// How many lines a second may tell of the same kind of thing: when a thousand clients go at once, a thousand
/// lines help nobody. One thread.
class LineBudget {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;
  static constexpr unsigned lines_per_second = 10;

  /// @return nothing if this line is to be left out; else how many were, since the last one that was not.
  std::optional<std::uint64_t> take(TimePoint now) noexcept {
    if (now - began_ >= std::chrono::seconds(1)) {
      began_ = now;
      used_ = 0;
    }
    if (used_ == lines_per_second) {
      ++left_out_;
      return std::nullopt;
    }
    ++used_;
    return std::exchange(left_out_, 0);
  }

 private:
  TimePoint began_{};
  unsigned used_ = 0;
  std::uint64_t left_out_ = 0;
};

}  // namespace roomcast::base
