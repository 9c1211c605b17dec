#pragma once

#include <atomic>
#include <cstdint>

namespace roomcast::base {

/// A number that only grows. Any thread.
class Counter {
 public:
  void add(std::uint64_t n = 1) noexcept { value_.fetch_add(n, std::memory_order_relaxed); }
  std::uint64_t value() const noexcept { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

/// What one server counts. Each name says what has happened; nothing here is on the path of a good message.
struct Metrics {
  Counter http_bad_requests;     ///< requests that were not HTTP, too large or too slow
  Counter engine_refused;        ///< requests answered with an Engine.IO error code
  Counter engine_parse_errors;   ///< sessions closed because of an undecodable Engine.IO packet
  Counter websocket_errors;      ///< connections closed because of a bad or oversized frame
  Counter slow_consumers;        ///< connections closed because they did not read
  Counter socketio_bad_packets;  ///< clients closed because of an undecodable or forbidden Socket.IO packet
  Counter refused_connects;      ///< CONNECT packets answered with CONNECT_ERROR
  Counter dropped_events;        ///< events whose arguments no handler could take
  Counter filtered_events;       ///< events refused by a packet middleware
  Counter handler_errors;        ///< exceptions that left a user's handler
  Counter dropped_volatile;      ///< volatile packets not sent because the client was not writable
};

}  // namespace roomcast::base
