#pragma once

#include <cstdint>

#include "meter.hpp"

namespace roomcast::app::bench {

/// A line on standard error each second, or nothing.
class Progress {
 public:
  Progress(bool enabled, const Meter& meter) : enabled_(enabled), meter_(meter) {}

  /// Shows how it goes if it is time. @return when it is to be called again.
  std::uint64_t show(std::uint64_t now);
  void show_cycles(std::uint64_t now, std::uint64_t cycles);

 private:
  bool is_due(std::uint64_t now);

  bool enabled_;
  const Meter& meter_;
  std::uint64_t begin_ = 0;
  std::uint64_t next_ = 0;
  std::uint64_t last_ = 0;
  std::uint64_t counted_ = 0;
};

}  // namespace roomcast::app::bench
