#pragma once

#include <chrono>
#include <cstdint>

#include <protocol/engineio/packet.hpp>

namespace roomcast::engineio {

/// Shared by all sessions of a server.
struct HeartbeatTiming {
  std::chrono::milliseconds ping_interval{25'000};
  std::chrono::milliseconds ping_timeout{20'000};
};

/// The server's side of the heartbeat: it decides, and never sleeps or writes. Engine.IO v4, "Heartbeat".
///
/// A ping is due one interval after the opening and after each pong. Then a pong is awaited for the
/// timeout; the first other packet shows that the peer is alive and restarts that wait, once per ping.
/// A pong that nobody awaits restarts the interval, but may not put off the next ping beyond two intervals
/// after the last one. A timer that fires more than `stall` late means that this process was deaf, not the
/// peer: then the peer gets one more interval before it is given up. So it does when the process was deaf at
/// any time since the ping: the pong may lie unread among those of thousands of others.
///
/// In Engine.IO 3 the client pings and the server answers; a client that has not pinged for an interval and a
/// timeout is given up, with the same patience after a stall.
///
/// One thread at a time. `timing` is kept by reference and must outlive it.
class Heartbeat {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;
  enum class Action : std::uint8_t {
    wait,       ///< nothing to do before `deadline()`
    send_ping,  ///< send `2`
    give_up,    ///< no pong in time: reason "ping timeout"
    send_pong,  ///< send `3`
    refuse,     ///< the peer plays the other side's part: reason "transport error"
  };
  static constexpr std::chrono::milliseconds stall{1000};

  /// Who sends the pings: the server since Engine.IO 4, before that the client.
  enum class Pings : std::uint8_t { by_server, by_client };

  Heartbeat(const HeartbeatTiming& timing, TimePoint opened, Pings pings = Pings::by_server) noexcept;

  /// When `on_timer` is next to be called. Packets move it back, so a timer set for an older deadline may
  /// simply fire early; only with a `ping_timeout` above the `ping_interval` can a pong bring it forward.
  TimePoint deadline() const noexcept { return deadline_; }

  /// `wait`, `send_ping` or `give_up`. Before the deadline it is `wait`, so a timer may fire early.
  /// `deaf_until`: when this process last came back from being deaf.
  Action on_timer(TimePoint now, TimePoint deaf_until = {}) noexcept;

  /// To be called for every packet of an open session, whatever its transport. `wait`, `send_pong` or
  /// `refuse`.
  Action on_packet(TimePoint now, PacketType type) noexcept;

 private:
  const HeartbeatTiming* timing_;
  TimePoint deadline_;
  TimePoint last_ping_;  // or the opening
  Pings pings_;
  bool awaiting_pong_ = false;
  bool renewed_ = false;    // the wait for this pong was restarted by another packet
  bool reprieved_ = false;  // the wait for this pong, or for a ping, was extended after a stall
};

}  // namespace roomcast::engineio
