#pragma once

#include <chrono>
#include <cstdint>

#include <protocol/engineio/packet.hpp>

namespace roomcast::engineio {

/// The server's side of a session's move from polling to a websocket: it decides what the new
/// transport and the pending poll get. Engine.IO v4, "Upgrade".
///
/// ```
/// probing ── 2probe / 3probe ──> probed ── 5 / switch ──> over
/// ```
/// `5` without a probe switches too. Any other packet, the timeout and the end of either transport end it.
/// Polling stays the session's transport until `switch_transport`. One thread at a time.
class Upgrade {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;
  enum class Action : std::uint8_t {
    wait,              ///< nothing to do before `deadline()`
    send_probe_reply,  ///< send `3probe` on the new transport
    release_poll,      ///< answer the pending GET with `6`: the client upgrades only when its poll has ended
    switch_transport,  ///< the new transport is the session's from now on; a pending GET gets `1`
    close_transport,   ///< close the new transport; the session stays as it is and may try again
  };
  /// How often a pending GET is looked for once the client has probed.
  static constexpr std::chrono::milliseconds noop_interval{100};

  Upgrade(TimePoint started, std::chrono::milliseconds timeout) noexcept;

  /// When `on_timer` is next to be called; `TimePoint::max()` once it is over.
  TimePoint deadline() const noexcept;

  /// A packet arrived on the new transport. `send_probe_reply`, `switch_transport` or `close_transport`.
  Action on_packet(TimePoint now, const Packet& packet) noexcept;

  /// Something that is no packet arrived on the new transport: `close_transport`.
  Action on_bad_packet() noexcept;

  /// `release_poll` when `poll_pending` and it is time, `close_transport` on timeout, else `wait`.
  Action on_timer(TimePoint now, bool poll_pending) noexcept;

  /// The new transport ended by itself: `wait`, there is nothing left to close.
  Action on_transport_closed() noexcept;

  /// The session ended on its old transport: `close_transport`.
  Action on_session_closed() noexcept;

  /// Whether it has ended, either way. From then on every answer is `wait`.
  bool over() const noexcept { return state_ == State::over; }

 private:
  enum class State : std::uint8_t { probing, probed, over };
  Action end(Action last) noexcept;

  TimePoint expires_;
  TimePoint next_noop_ = TimePoint::max();
  State state_ = State::probing;
};

}  // namespace roomcast::engineio
