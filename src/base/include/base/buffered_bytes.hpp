#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include <base/metrics.hpp>

namespace roomcast::base {

/// What one loop keeps for clients that have not taken it yet, as a part of what all loops of the server
/// keep.
///
/// Counted by HeldBytes only, so that nothing is added for a client that keeps up.
class BufferedBytes {
 public:
  /// Of all loops together. Outlives them.
  struct Total {
    explicit Total(std::uint64_t most) noexcept : ceiling(most) {}
    const std::uint64_t ceiling;  ///< 0: none
    std::atomic<std::uint64_t> bytes{0};
    std::atomic<std::uint64_t> holders{0};  ///< those that keep more than nothing
  };

  explicit BufferedBytes(Total& total) noexcept : total_(total) {}
  BufferedBytes(const BufferedBytes&) = delete;
  BufferedBytes& operator=(const BufferedBytes&) = delete;

  /// Any thread: of this loop. Approximate while it changes.
  std::uint64_t value() const noexcept { return bytes_.value(); }
  /// Whether the server keeps more than it may, and `own` is not less than an even share of that: then
  /// whoever keeps `own` is one of those who cause it.
  bool too_much(std::size_t own) const noexcept {
    if (total_.ceiling == 0) return false;
    const std::uint64_t all = total_.bytes.load(std::memory_order_relaxed);
    const std::uint64_t holders = total_.holders.load(std::memory_order_relaxed);
    return all > total_.ceiling && own >= all / std::max<std::uint64_t>(holders, 1);
  }

 private:
  friend class HeldBytes;
  void change(std::size_t from, std::size_t to) noexcept {
    bytes_.add(to - from);  // modulo 2^64, so it may be less
    total_.bytes.fetch_add(to - from, std::memory_order_relaxed);
    if (from == 0 && to != 0) total_.holders.fetch_add(1, std::memory_order_relaxed);
    if (from != 0 && to == 0) total_.holders.fetch_sub(1, std::memory_order_relaxed);
  }

  Total& total_;
  Gauge bytes_;
};

/// One holder's part of BufferedBytes. Home loop.
class HeldBytes {
 public:
  explicit HeldBytes(BufferedBytes& all) noexcept : all_(all) {}
  HeldBytes(const HeldBytes&) = delete;
  HeldBytes& operator=(const HeldBytes&) = delete;
  ~HeldBytes() { set(0); }

  std::size_t value() const noexcept { return bytes_; }
  void set(std::size_t bytes) noexcept {
    if (bytes == bytes_) return;
    all_.change(bytes_, bytes);
    bytes_ = bytes;
  }
  bool too_much() const noexcept { return all_.too_much(bytes_); }

 private:
  BufferedBytes& all_;
  std::size_t bytes_ = 0;
};

}  // namespace roomcast::base
