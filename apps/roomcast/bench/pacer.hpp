#pragma once

#include <cstdint>

namespace roomcast::app::bench {

/// Says when messages at a steady rate are due, whatever has become of the earlier ones.
class Pacer {
 public:
  Pacer(double per_second, std::uint64_t begin) : interval_(1e9 / per_second), begin_(begin) {}
  /// When the next one is due.
  std::uint64_t due() const {
    return begin_ + static_cast<std::uint64_t>(static_cast<double>(count_) * interval_);
  }
  void advance() { ++count_; }
  std::uint64_t count() const { return count_; }

 private:
  double interval_;
  std::uint64_t begin_;
  std::uint64_t count_ = 0;
};

}  // namespace roomcast::app::bench
