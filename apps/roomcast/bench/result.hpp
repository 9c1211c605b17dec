#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "meter.hpp"
#include "options.hpp"
#include "process_tree.hpp"

namespace roomcast::app::bench {

/// What a process tree of --pid had used at each stage of a run.
struct ServerUse {
  int pid = 0;
  Usage before;     ///< the first connection
  Usage connected;  ///< when everybody was
  Usage begin;      ///< of what is measured
  Usage end;        ///< of what is measured
};

/// What a run has measured.
struct Result {
  Tally tally;
  Histogram latency;  ///< of the deliveries while it was measured
  double seconds = 0;
  double connect_seconds = 0;
  double generator_cpu_us = 0;
  std::vector<ServerUse> servers;
  std::vector<std::uint64_t> deliveries;  ///< to the clients of each --url, since the start
  std::string first_loss;                 ///< why a connection ended
  unsigned closed_of_stalled = 0;         ///< of those that do not read; no failure
  bool interrupted = false;

  std::uint64_t cycles = 0;  ///< with --cycles: that came and went
  std::uint64_t plateau_cycles =
      0;  ///< the first of them, after which memory should stay as it is: ServerUse::connected

  bool is_good() const { return tally.is_clean(); }
};

/// What the processes of all --pid have used together between two stages, and their memory at one.
double cpu_us(const Result& result, Usage ServerUse::* from, Usage ServerUse::* to);
std::uint64_t rss_bytes(const Result& result, Usage ServerUse::* at);

}  // namespace roomcast::app::bench
