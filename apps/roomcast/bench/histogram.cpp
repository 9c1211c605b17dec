#include "histogram.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace roomcast::app::bench {
namespace {

constexpr int bits = 6;  // the leading bits of a value that are kept below its highest
constexpr std::size_t per_power = std::size_t{1} << bits;

}  // namespace

Histogram::Histogram() : buckets_((64 - bits + 1) * per_power) {}

// Values below 64 have a bucket each; above, the row is the position of the highest bit.
std::size_t Histogram::bucket_of(std::uint64_t value) noexcept {
  if (value < per_power) return static_cast<std::size_t>(value);
  const int shift = std::bit_width(value) - 1 - bits;
  return (static_cast<std::size_t>(shift) + 1) * per_power + ((value >> shift) & (per_power - 1));
}

std::uint64_t Histogram::top_of(std::size_t bucket) noexcept {
  if (bucket < per_power) return bucket;
  const std::size_t shift = bucket / per_power - 1;
  const std::uint64_t lowest = (per_power | (bucket & (per_power - 1))) << shift;
  return lowest + ((std::uint64_t{1} << shift) - 1);
}

void Histogram::add(std::uint64_t nanoseconds) noexcept {
  ++buckets_[bucket_of(nanoseconds)];
  ++count_;
  max_ = std::max(max_, nanoseconds);
}

std::uint64_t Histogram::quantile(double share) const noexcept {
  const auto wanted = static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(count_)));
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i < buckets_.size(); ++i) {
    seen += buckets_[i];
    if (seen > 0 && seen >= wanted) return std::min(top_of(i), max_);
  }
  return max_;
}

}  // namespace roomcast::app::bench
