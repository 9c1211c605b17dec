#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <roomcast/ack_waiter.hpp>
#include <roomcast/redis_error.hpp>
#include <roomcast/rooms.hpp>
#include <roomcast/server_side.hpp>
#include <roomcast/task.hpp>
#include <roomcast/value.hpp>

namespace roomcast {

namespace core {
class EmitterState;
}

/// How an Emitter sends. Those that RedisAdapterOptions has too mean the same here.
struct EmitterOptions {
  /// What every channel's name begins with: that of the servers.
  std::string key = "socket.io";
  /// The largest message, in bytes; emitting a larger one throws std::length_error.
  std::size_t max_publish_bytes = 8 * 1024 * 1024;
  /// What may wait for Redis, in bytes; emitting more throws RedisError with `dropped`. One always fits.
  std::size_t max_outbound_bytes = 8 * 1024 * 1024;
  /// How long an event waits while Redis is away; then it is dropped, which `flush` tells.
  std::chrono::milliseconds max_outbound_age{10'000};
  /// Attachments of one event; more throw std::length_error. Official clients take 10.
  unsigned max_attachments = 10;
  /// How long the destructor waits for Redis to take what was emitted.
  std::chrono::milliseconds close_timeout{5'000};
};

/// Names sockets of a cluster's servers and does something to all of them, as BroadcastOperator does inside a
/// server: `io.to("a").to("b").except("c").emit("x")` reaches every socket that is in `a` or `b` and not in
/// `c`, once.
///
/// A value: cheap to build, any thread may use it. Once its Emitter is gone everything throws RedisError with
/// `closed`. What is done from one thread arrives at each server in the order of the calls, and at most once;
/// nothing comes back, since whoever has no server gets no answers.
class EmitterOperator {
 public:
  /// For the library.
  EmitterOperator(std::shared_ptr<core::EmitterState> state, std::string nsp) noexcept
      : state_(std::move(state)), nsp_(std::move(nsp)) {}

  ///@{
  /// Also the sockets of these rooms. `in` is the same.
  EmitterOperator to(Rooms rooms) const;
  EmitterOperator in(Rooms rooms) const { return to(std::move(rooms)); }
  ///@}
  /// But no socket of these rooms, whatever else it is in.
  EmitterOperator except(Rooms rooms) const;
  /// Sockets that cannot take the packet right now do not get it. Redis gets it in any case.
  EmitterOperator volatile_() const;
  /// Whether the servers' transports may compress the packet. Node.js servers heed it; roomcast's compress
  /// nothing.
  EmitterOperator compress(bool flag) const;

  /// Sends an event to every socket of the set; arguments as of Socket::emit. Returns at once. Any thread.
  /// Throws std::invalid_argument for a reserved name or what cannot be written (nested more than 1,024
  /// deep), std::length_error for too large an event or too many attachments, RedisError with `dropped` when
  /// `max_outbound_bytes` wait already (`flush`, and go on), and with `closed`. There are no
  /// acknowledgements: with a callback it does not compile.
  template <class... Args>
    requires(!detail::ends_with_callback<Args...>)
  void emit(std::string_view event, const Args&... args) const {
    detail::Encoder packet = detail::Encoder::event(nsp_, event, std::nullopt);
    (detail::encode_argument(packet, args), ...);
    send(std::move(packet));
  }

  ///@{
  /// Makes every socket of the set join or leave rooms. Returns at once; what is emitted afterwards from the
  /// same thread finds the rooms changed. Throws as `emit`.
  void sockets_join(const Rooms& rooms) const;
  void sockets_leave(const Rooms& rooms) const;
  ///@}
  /// Disconnects every socket of the set; see Socket::disconnect. Throws as `emit`.
  void disconnect_sockets(bool close = false) const;

 protected:
  ///@{
  /// For the library.
  const std::shared_ptr<core::EmitterState>& state() const noexcept { return state_; }
  const std::string& nsp() const noexcept { return nsp_; }
  ///@}

 private:
  void send(detail::Encoder&& packet) const;

  std::shared_ptr<core::EmitterState> state_;
  std::string nsp_;
  std::vector<std::string> rooms_;
  std::vector<std::string> except_;
  bool volatile_packet_ = false;
  bool compress_ = true;
};

/// A namespace of a cluster, all of its sockets: what Emitter::of gives. A value.
class EmitterNamespace : public EmitterOperator {
 public:
  /// For the library.
  using EmitterOperator::EmitterOperator;

  /// With its slash, such as `/admin`.
  const std::string& name() const noexcept { return nsp(); }

  /// Sends an event to the servers themselves, each of which hears it once: Namespace::on_server_side, or
  /// `nsp.on(event)` in Node.js. Bytes arrive as `{"type":"Buffer","data":[…]}`. Throws as `emit`, and does
  /// not compile with a callback either.
  template <class... Args>
    requires(!detail::ends_with_callback<Args...>)
  void server_side_emit(std::string_view event, const Args&... args) const {
    send_server_side(detail::server_side_event(event, args...));
  }

 private:
  void send_server_side(const Value& packet) const;
};

/// Sends to the clients of a cluster from a process that is no server of it, as `@socket.io/redis-emitter` 5
/// does: `Emitter io("redis://127.0.0.1:6379"); io.to("room").emit("news", 5);`. It is the namespace `/`
/// itself.
///
/// One connection with a thread of its own, made in the background and made again for ever when it is lost;
/// Redis may be down when the emitter is made. While it is away what is emitted waits in a bounded buffer, in
/// order (see EmitterOptions). What was written when the connection died is never sent again: it may or may
/// not have arrived. Nobody is told of a loss but by `flush`, and by a line in the log.
class Emitter : public EmitterNamespace {
 public:
  /// `url` as RedisClient takes it. Throws std::invalid_argument, naming what is wrong, never the password.
  explicit Emitter(std::string_view url, EmitterOptions options = {});
  /// Waits until Redis has taken all that was emitted, for `close_timeout` at most, and ends the connection.
  /// Not while another thread calls a member.
  ~Emitter();
  Emitter(const Emitter&) = delete;
  Emitter& operator=(const Emitter&) = delete;

  /// The namespace of this name; a slash is put in front if it lacks one. Throws std::invalid_argument for a
  /// name with a comma, which no client can join.
  EmitterNamespace of(std::string_view name) const;

  /// Completes when Redis has taken, or will not take, all that was emitted before it is awaited. That has an
  /// end also without Redis: `max_outbound_age`. Throws RedisError if some of what was emitted since the last
  /// flush has failed: how much, and why the first of it did (`dropped`, `connection_lost`, `error_reply`).
  /// Any thread; resumes on the coroutine's own executor, whose context must live for as long as the emitter,
  /// which may be gone by then.
  Task<> flush() const;
  /// The same for a thread that may block. @return false when `limit` has passed first; what fails then, the
  /// next flush tells.
  bool flush_for(std::chrono::milliseconds limit) const;

  /// Whether the connection stands. Any thread.
  bool ready() const noexcept;
};

}  // namespace roomcast
