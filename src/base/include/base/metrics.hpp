#pragma once

#include <array>
#include <atomic>
#include <cstdint>

namespace roomcast::base {

/// A number that only grows. One thread adds to it, any thread reads it: adding costs a plain load, add and
/// store, without a lock on the bus.
class Counter {
 public:
  void add(std::uint64_t n = 1) noexcept { value_.store(value() + n, std::memory_order_relaxed); }
  std::uint64_t value() const noexcept { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

/// A number that only grows, for what several threads count and does not happen all the time. Any thread.
class SharedCounter {
 public:
  void add(std::uint64_t n = 1) noexcept { value_.fetch_add(n, std::memory_order_relaxed); }
  std::uint64_t value() const noexcept { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

/// How much there is of something at this moment. One thread writes it, any thread reads it.
class Gauge {
 public:
  void set(std::uint64_t n) noexcept { value_.store(n, std::memory_order_relaxed); }
  void add(std::uint64_t n) noexcept { set(value() + n); }
  void sub(std::uint64_t n) noexcept { set(value() - n); }
  std::uint64_t value() const noexcept { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

/// What one loop counts; a server's numbers are the sums over its loops. Each name says what has happened.
///
/// Written on that loop only, so that loops do not fight for a cache line; read by any thread.
struct alignas(64) Metrics {
  // net
  Counter connections;                    ///< TCP connections that were given to this loop
  Counter tls_handshakes;                 ///< finished
  Counter tls_failures;                   ///< connections closed for what they sent instead of good TLS
  Counter proxy_failures;                 ///< connections of proxies without a good header of who is behind
  std::array<Counter, 6> http_responses;  ///< answers by the first digit of their status; [0] is not used
  static constexpr std::array<unsigned, 4> bad_request_statuses{400, 408, 413, 431};
  /// Requests that were not HTTP, too large or too slow, in the order of these statuses.
  std::array<Counter, bad_request_statuses.size()> http_bad_requests;
  Counter websocket_errors;     ///< connections closed because of a bad or oversized frame
  Counter slow_consumers;       ///< connections closed because they did not read
  Counter inflated_from_bytes;  ///< compressed messages from clients
  Counter inflated_to_bytes;    ///< what they were when inflated
  Counter deflated_from_bytes;  ///< messages to clients, before they were compressed
  Counter deflated_to_bytes;    ///< compressed, or as they were where that was no longer

  // engine
  static constexpr std::size_t bad_websocket_handshake = 6;
  std::array<Counter, 7> engine_refused;   ///< requests refused, by Engine.IO's error code, or for the above
  std::array<Counter, 3> clients_refused;  ///< turned away with 503: too many, of one address, too fast
  Counter sessions_by_polling;             ///< sessions that began with polling
  Counter sessions_by_websocket;           ///< sessions that began with a websocket
  Counter upgrades;                        ///< sessions that moved from polling to a websocket
  Counter upgrades_given_up;               ///< websockets that wanted to take over and did not
  Counter packets_received;                ///< Engine.IO packets
  Counter packets_sent;
  Counter too_large_by_polling;    ///< bodies for sessions above max_http_buffer_size
  Counter too_large_by_websocket;  ///< messages above it, whose sessions were closed
  Counter engine_parse_errors;     ///< sessions closed because of an undecodable Engine.IO packet

  // core
  Counter socketio_bad_packets;  ///< clients closed because of an undecodable or forbidden Socket.IO packet
  Counter refused_connects;      ///< CONNECT packets answered with CONNECT_ERROR
  Counter dropped_events;        ///< events whose arguments no handler could take
  Counter filtered_events;       ///< events refused by a packet middleware
  Counter unhandled_events;      ///< events that nobody listens to
  Counter handler_errors;        ///< exceptions that left a user's handler
  Counter dropped_volatile;      ///< volatile packets not sent because the client was not writable
  Counter dropped_oldest;        ///< waiting packets dropped because a rule's limit was exceeded
  Counter dropped_replaced;      ///< waiting packets that a later one with the same key has replaced
};

}  // namespace roomcast::base
