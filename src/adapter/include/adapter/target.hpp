#pragma once

#include <string>
#include <vector>

#include <adapter/local_rooms.hpp>

namespace roomcast::adapter {

/// Sockets that an operation is about, and how a packet goes to them: everybody in `rooms` (everybody at all
/// if empty) who is in no room of `except`, once each. Shared by the loops and servers that carry it out.
struct Target {
  friend bool operator==(const Target&, const Target&) = default;

  std::vector<std::string> rooms;
  std::vector<std::string> except;
  bool volatile_packet = false;
  bool local = false;  ///< only sockets of this server

  Selection selection() const noexcept { return {rooms, except}; }
};

}  // namespace roomcast::adapter
