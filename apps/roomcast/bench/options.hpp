#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "endpoint.hpp"

namespace roomcast::app::bench {

enum class Mode { fanout, echo, polling, private_messages, rooms, idle };
enum class Transport { websocket, polling };

std::string_view name_of(Mode mode);
std::string_view name_of(Transport transport);

/// What the command line asks for. What was not given is filled in by `complete`.
struct Options {
  Mode mode = Mode::echo;
  std::vector<std::string> urls;
  std::vector<Endpoint> endpoints;
  std::optional<unsigned> clients;
  std::optional<unsigned> rooms;
  std::optional<unsigned> publishers;
  std::optional<unsigned> window;
  std::optional<double> rate;
  std::optional<Transport> transport;
  std::optional<std::uint64_t> cycles;
  unsigned bytes = 64;
  unsigned stalled = 0;      ///< further clients that never read
  unsigned handshakes = 64;  ///< under way at once
  double seconds = 5;
  double warmup = 1;
  double settle = 0.3;  ///< between the last connection and the first message
  double drain = 3;     ///< of silence, after which what is missing is lost
  std::uint64_t seed = 1;
  std::vector<int> pids;
  std::string json;  ///< a file, "-" or nothing
  bool progress = false;

  bool is_idle() const { return mode == Mode::idle; }
  bool is_polling() const { return transport == Transport::polling; }
  /// Everybody who connects.
  unsigned connections() const { return *clients + stalled; }
  /// Clients that share what a broadcast or a room's message is delivered to.
  unsigned groups() const { return mode == Mode::rooms ? *rooms : 1; }
  const Endpoint& endpoint_of(unsigned client) const;
};

/// Fills in what the mode has as its defaults and resolves the URLs. Throws std::invalid_argument that names
/// the option to change when they do not go together.
void complete(Options& options);

}  // namespace roomcast::app::bench
