#pragma once

#include <cstdint>

#include "histogram.hpp"

namespace roomcast::app::bench {

/// What has become of the messages since the first one.
struct Tally {
  std::uint64_t delivered = 0;
  std::uint64_t lost = 0;
  std::uint64_t duplicated = 0;
  std::uint64_t corrupt = 0;       ///< not what was sent, or never sent
  std::uint64_t misdelivered = 0;  ///< to a client that it was not for
  std::uint64_t closed = 0;        ///< connections that ended

  bool is_clean() const { return lost + duplicated + corrupt + misdelivered + closed == 0; }
};

/// Counts deliveries always, and their times only while it is asked to measure.
class Meter {
 public:
  void deliver(std::uint64_t now, std::uint64_t sent_at) {
    ++tally.delivered;
    if (measuring) latency.add(now > sent_at ? now - sent_at : 0);
  }

  Tally tally;
  Histogram latency;
  bool measuring = false;
};

}  // namespace roomcast::app::bench
