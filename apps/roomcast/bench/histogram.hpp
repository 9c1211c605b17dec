#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace roomcast::app::bench {

/// Counts of times in nanoseconds. Each power of two has 64 buckets, so a quantile is at most 1.6 % off;
/// adding is a few instructions and allocates nothing.
class Histogram {
 public:
  Histogram();
  void add(std::uint64_t nanoseconds) noexcept;
  std::uint64_t count() const noexcept { return count_; }
  std::uint64_t max() const noexcept { return max_; }
  /// The time that this share (0 to 1) of all is not above, never more than max(); 0 without any.
  std::uint64_t quantile(double share) const noexcept;

 private:
  static std::size_t bucket_of(std::uint64_t value) noexcept;
  /// The largest value that falls into the bucket.
  static std::uint64_t top_of(std::size_t bucket) noexcept;

  std::vector<std::uint64_t> buckets_;
  std::uint64_t count_ = 0;
  std::uint64_t max_ = 0;
};

}  // namespace roomcast::app::bench
