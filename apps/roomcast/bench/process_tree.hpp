#pragma once

#include <cstdint>

namespace roomcast::app::bench {

/// What a process and its descendants have used so far.
struct Usage {
  double cpu_us = 0;  ///< user and system
  std::uint64_t rss_bytes = 0;
};

/// From /proc. Children that have ended count as soon as their parent has waited for them.
Usage usage_of_tree(int pid);
bool process_exists(int pid);
/// What this process has used.
double own_cpu_us();

}  // namespace roomcast::app::bench
