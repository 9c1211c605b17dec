#pragma once

#include <any>
#include <chrono>
#include <functional>
#include <initializer_list>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/json/object.hpp>

#include <roomcast/ack_waiter.hpp>
#include <roomcast/broadcast.hpp>
#include <roomcast/disconnect_reason.hpp>
#include <roomcast/event_handler.hpp>
#include <roomcast/handshake.hpp>

namespace roomcast {

/// An event on its way to its handlers, as packet middlewares see it.
struct IncomingEvent {
  std::string name;  ///< the event's
  Args args;         ///< without the acknowledgement
};

/// Names one handler of one socket, for `off`.
enum class ListenerId : std::uint32_t {};

/// One client in one namespace. Mirrors Socket.IO's server-side Socket.
///
/// A handle: cheap to copy, keep and destroy on any thread. It does not keep the client connected; once the
/// client has gone, every call is defined and does nothing. Handlers run on the socket's loop, one at a time,
/// in the order in which the events arrived; a coroutine handler that waits lets the next event in.
class Socket {
 public:
  /// A handle to no socket; only assignment and `valid` make sense.
  Socket() = default;
  /// For the library.
  explicit Socket(std::shared_ptr<core::SocketState> state) noexcept : state_(std::move(state)) {}

  /// Whether this is a handle to a socket at all, gone or not. Any thread.
  bool valid() const noexcept { return state_ != nullptr; }
  /// 20 characters, different for each namespace and each connection. Any thread.
  const std::string& id() const noexcept;
  /// Any thread.
  const Handshake& handshake() const noexcept;
  /// The namespace's name, such as `/`. Any thread.
  const std::string& nsp() const noexcept;
  /// Whether the client was connected a moment ago. Any thread; only the socket's loop can rely on it.
  bool connected() const noexcept;
  /// Where this socket's handlers run, for `co_spawn` and timers. Any thread.
  boost::asio::any_io_executor executor() const;

  /// Calls `handler` for each `event` from the client. See make_event_handler for what it may take: typed
  /// values, `Args`, an `Ack` last. If an argument does not convert, the event is dropped (counted, logged at
  /// debug level) and its acknowledgement left unanswered. What a handler throws is logged and counted. Any
  /// thread; best in the connection handler, whose events are held back until it has finished. Several
  /// handlers of one event are called in the order in which they were added, also if one was added twice;
  /// they share one `Ack`, whose first use counts. @return what `off` takes.
  template <class F>
  ListenerId on(std::string_view event, F handler) const {
    return add_handler(event, detail::make_event_handler(std::move(handler)), false);
  }
  /// The same, for the next such event only.
  template <class F>
  ListenerId once(std::string_view event, F handler) const {
    return add_handler(event, detail::make_event_handler(std::move(handler)), true);
  }
  /// Removes all handlers of `event`. Any thread.
  void off(std::string_view event) const;
  /// Removes one handler.
  void off(ListenerId listener) const;
  /// Removes the handlers of all events; those of the connection's end and catch-alls stay. Mirrors
  /// `removeAllListeners`.
  void off_all() const;

  /// Calls `handler(reason, details)` (or with fewer parameters) once when the socket has left its namespace:
  /// its rooms are gone. `reason` is one of `reasons`. It may be a coroutine. Any thread.
  template <class F>
  void on_disconnect(F handler) const {
    add_disconnect_handler(adapt_disconnect(std::move(handler)), false);
  }
  /// The same, just before the rooms are left. Mirrors the `disconnecting` event.
  template <class F>
  void on_disconnecting(F handler) const {
    add_disconnect_handler(adapt_disconnect(std::move(handler)), true);
  }

  /// Calls `cleanup()` exactly once when the socket has ended, however: disconnected, refused by a
  /// middleware, or gone while it was being decided; `on_disconnect` hears only of sockets that were
  /// connected. On the socket's loop; at once and here if it has ended already. For what a middleware
  /// reserves. Any thread.
  template <class F>
  void on_cleanup(F cleanup) const {
    add_cleanup(std::function<void()>(std::move(cleanup)));
  }
  /// Stopped when the socket has ended, with what on_cleanup waits for: how a middleware that is a coroutine
  /// sees, after each `co_await`, that it works for nobody any more. Home loop; the token may go anywhere.
  std::stop_token stop_token() const;

  /// Adds a packet middleware: `void(const IncomingEvent&)` or `Task<>(IncomingEvent)`, called in order for
  /// every event before its handlers. Throwing drops the event: the text goes to `on_error`, nothing on the
  /// wire. Mirrors `socket.use`. Any thread.
  template <class F>
  void use(F middleware) const {
    add_middleware([kept = std::make_shared<F>(std::move(middleware))](const IncomingEvent& event) {
      if constexpr (detail::is_task<detail::return_of<F>>::value) {
        return detail::call(kept, std::tuple<IncomingEvent>(event));
      } else {
        (*kept)(event);
        return detail::Called{};
      }
    });
  }
  /// Calls `handler(text)` for each event that a packet middleware refused. Mirrors the socket's `error`
  /// event.
  template <class F>
  void on_error(F handler) const {
    add_error_handler([kept = std::make_shared<F>(std::move(handler))](const std::string& text) {
      return detail::call_with_prefix(kept, text);
    });
  }
  ///@{
  /// Calls `listener(name, args)` (or with fewer parameters) for every event, before its packet middlewares
  /// and its handlers. It may be a coroutine. Mirrors `onAny` and `prependAny`. Any thread.
  template <class F>
  void on_any(F listener) const {
    add_any_listener(adapt_any(std::move(listener)), false);
  }
  template <class F>
  void prepend_any(F listener) const {
    add_any_listener(adapt_any(std::move(listener)), true);
  }
  ///@}
  /// Removes all of them.
  void off_any() const;
  ///@{
  /// The same for events that are sent to this client, broadcasts included; called soon after the send.
  /// Mirrors `onAnyOutgoing`.
  template <class F>
  void on_any_outgoing(F listener) const {
    add_outgoing_listener(adapt_any(std::move(listener)), false);
  }
  template <class F>
  void prepend_any_outgoing(F listener) const {
    add_outgoing_listener(adapt_any(std::move(listener)), true);
  }
  ///@}
  /// Removes all of them.
  void off_any_outgoing() const;

  /// Makes a coroutine handler hold back the next event until it has finished. Answers to acknowledgements
  /// are not held. Events that wait are limited by `max_early_packets`; a client that sends more is closed.
  /// Any thread.
  void serialize(bool on = true) const;

  /// Sends an event to this socket's client. If the last argument is callable it is called with the client's
  /// answer, on the socket's loop. Any thread; off the socket's loop it is posted there. Returns at once:
  /// bytes leave at the end of the loop's turn.
  /// @return what became of it. Events from one thread to one socket arrive in call order. The arguments are
  /// encoded before the call returns; nothing is kept. Throws std::invalid_argument for a reserved event
  /// name, and std::length_error for more attachments than `max_attachments`.
  template <class... Args>
  SendStatus emit(std::string_view event, Args&&... args) const {
    return emit_with({}, event, std::forward<Args>(args)...);
  }
  /// Sends an event and waits for the client's answer: `int n = co_await socket.emit_with_ack<int>("sum", 1,
  /// 2);` `Answer` may be any type that an event handler may take; the default gives all arguments. Throws
  /// boost::system::system_error with an AckError. Without `timeout` it waits as long as the client is there.
  template <class Answer = Args, class... A>
  Task<Answer> emit_with_ack(std::string event, A... args) const;
  class Operator;
  /// The same operations with a time limit for the answer: `socket.timeout(5s).emit("q", [](error_code e, int
  /// n) {…})`.
  Operator timeout(std::chrono::milliseconds limit) const;
  /// The next packet is dropped if it would have to wait: the kernel refused the last write, or no GET is
  /// pending.
  Operator volatile_() const;
  /// Whether the transport may compress the packet; see BroadcastOperator::compress.
  Operator compress(bool flag) const;

  ///@{
  /// Enters or leaves rooms. Any thread; at home it is done when the call returns, so that a later emit to
  /// the room arrives.
  void join(std::string_view room) const;
  void join(const std::vector<std::string>& rooms) const;
  void join(std::initializer_list<std::string_view> rooms) const;
  void leave(std::string_view room) const;
  void leave(const std::vector<std::string>& rooms) const;
  void leave(std::initializer_list<std::string_view> rooms) const;
  ///@}
  /// The rooms of this socket, its own (named by its id) included. A middleware sees those that it has
  /// joined; nobody reaches the socket there before it is connected. Home loop.
  std::vector<std::string> rooms() const;

  ///@{
  /// To everybody in the rooms but this socket.
  BroadcastOperator to(Rooms rooms) const { return others().to(std::move(rooms)); }
  BroadcastOperator in(Rooms rooms) const { return others().to(std::move(rooms)); }
  ///@}
  /// To everybody in the namespace but this socket and those in `room`.
  BroadcastOperator except(Rooms rooms) const { return others().except(std::move(rooms)); }
  /// To everybody in the namespace but this socket.
  BroadcastOperator broadcast() const { return others(); }

  /// Makes the client leave the namespace (reason `server namespace disconnect`); with `close` its whole
  /// connection is closed, all namespaces included. Any thread.
  void disconnect(bool close = false) const;

  /// What the application knows of the client, and `fetch_sockets` shows to others: Socket.IO's `data`. Kept
  /// until the last handle is gone. Home loop.
  boost::json::object& data() const;
  /// The same for C++ objects, which nobody else sees. Home loop.
  std::any& state() const;

  /// `polling` or `websocket`; empty once the client has gone. Home loop.
  std::string_view transport() const noexcept;
  /// How many bytes wait for the client: sent to it, those of this turn included, and not yet taken by the
  /// kernel or by a GET. All its namespaces count together. 0 once it has gone. Home loop.
  std::size_t buffered_bytes() const noexcept;
  /// Calls `f()` soon after `bytes` or more wait for a client that does not keep up, and not again before as
  /// few wait as on_low_water says: the moment to send it less, or to stop a source. One handler; the last
  /// one counts. It may be a coroutine. Any thread.
  template <class F>
  void on_high_water(std::size_t bytes, F f) const {
    add_water_handler(true, bytes, adapt_water(std::move(f)));
  }
  /// Calls `f()` when, after high water, no more than `bytes` wait. Without one low water is at 0: all has
  /// been taken. Any thread.
  template <class F>
  void on_low_water(std::size_t bytes, F f) const {
    add_water_handler(false, bytes, adapt_water(std::move(f)));
  }
  /// Whether the client began with polling and has moved to a websocket. Home loop.
  bool upgraded() const;

  /// Whether both are handles to the same socket.
  friend bool operator==(const Socket& a, const Socket& b) noexcept { return a.state_ == b.state_; }

 private:
  friend class core::SocketState;
  using DisconnectHandler = std::function<detail::Called(std::string_view, const DisconnectDetails&)>;

  template <class F>
  static DisconnectHandler adapt_disconnect(F handler) {
    return [kept = std::make_shared<F>(std::move(handler))](std::string_view reason,
                                                            const DisconnectDetails& details) {
      return detail::call_with_prefix(kept, std::string(reason), details);
    };
  }

  struct EmitOptions {
    std::chrono::milliseconds timeout{0};
    bool volatile_packet = false;
    bool compress = true;
  };
  /// The packet of an event, up to its name.
  detail::Encoder begin(const EmitOptions& options, std::string_view event,
                        std::optional<std::uint64_t> id) const {
    detail::Encoder packet = detail::Encoder::event(nsp(), event, id);
    packet.compress(options.compress);
    return packet;
  }
  template <class... Args>
  SendStatus emit_with(const EmitOptions& options, std::string_view event, Args&&... args) const;

  using AnyListener = std::function<detail::Called(const std::string&, const Args&)>;
  template <class F>
  static AnyListener adapt_any(F listener) {
    return [kept = std::make_shared<F>(std::move(listener))](const std::string& name, const Args& args) {
      return detail::call_with_prefix(kept, name, args);
    };
  }
  template <class F>
  static std::function<detail::Called()> adapt_water(F f) {
    return [kept = std::make_shared<F>(std::move(f))] { return detail::call(kept, std::tuple<>()); };
  }
  void add_water_handler(bool high, std::size_t bytes, std::function<detail::Called()> handler) const;
  void add_middleware(std::function<detail::Called(const IncomingEvent&)> middleware) const;
  void add_error_handler(std::function<detail::Called(const std::string&)> handler) const;
  void add_any_listener(AnyListener listener, bool first) const;
  void add_outgoing_listener(AnyListener listener, bool first) const;

  ListenerId add_handler(std::string_view event, detail::EventHandlerPtr handler, bool once) const;
  void add_cleanup(std::function<void()> cleanup) const;
  void add_disconnect_handler(DisconnectHandler handler, bool before) const;
  BroadcastOperator others() const;
  std::uint64_t next_ack_id() const noexcept;
  SendStatus send(detail::Encoder&& packet, bool volatile_packet) const;
  void send_with_ack(detail::Encoder&& packet, std::uint64_t id, std::chrono::milliseconds timeout,
                     detail::AckHandler handler) const;

  std::shared_ptr<core::SocketState> state_;
};

/// A socket's emits under conditions: a time limit for the answer, or volatile.
class Socket::Operator {
 public:
  /// For the library.
  Operator(Socket socket, EmitOptions options) : socket_(std::move(socket)), options_(options) {}

  ///@{
  /// As of Socket; each adds its condition.
  Operator timeout(std::chrono::milliseconds limit) const {
    return {socket_, {limit, options_.volatile_packet, options_.compress}};
  }
  Operator volatile_() const { return {socket_, {options_.timeout, true, options_.compress}}; }
  Operator compress(bool flag) const { return {socket_, {options_.timeout, options_.volatile_packet, flag}}; }
  ///@}

  ///@{
  /// As of Socket, under the conditions.
  template <class... Args>
  SendStatus emit(std::string_view event, Args&&... args) const {
    return socket_.emit_with(options_, event, std::forward<Args>(args)...);
  }
  template <class Answer = Args, class... A>
  Task<Answer> emit_with_ack(std::string event, A... args) const {
    return detail::wait_for_ack<Answer>([socket = socket_, options = options_, event = std::move(event),
                                         ... args = std::move(args)](detail::AckHandler handler) {
      const std::uint64_t id = socket.next_ack_id();
      detail::Encoder packet = socket.begin(options, event, id);
      (detail::encode_argument(packet, args), ...);
      socket.send_with_ack(std::move(packet), id, options.timeout, std::move(handler));
    });
  }
  ///@}

 private:
  Socket socket_;
  EmitOptions options_;
};

inline Socket::Operator Socket::timeout(std::chrono::milliseconds limit) const {
  return {*this, {limit, false}};
}
inline Socket::Operator Socket::volatile_() const { return {*this, {{}, true}}; }
inline Socket::Operator Socket::compress(bool flag) const { return {*this, {{}, false, flag}}; }

template <class Answer, class... A>
Task<Answer> Socket::emit_with_ack(std::string event, A... args) const {
  return Operator(*this, EmitOptions{}).emit_with_ack<Answer>(std::move(event), std::move(args)...);
}

template <class... Args>
SendStatus Socket::emit_with(const EmitOptions& options, std::string_view event, Args&&... args) const {
  if (!state_) return SendStatus::dropped;
  if constexpr (detail::ends_with_callback<Args...>) {
    const std::uint64_t id = next_ack_id();
    detail::Encoder packet = begin(options, event, id);
    auto all = std::forward_as_tuple(std::forward<Args>(args)...);
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      (detail::encode_argument(packet, std::get<I>(all)), ...);
    }(std::make_index_sequence<sizeof...(Args) - 1>{});
    send_with_ack(std::move(packet), id, options.timeout,
                  detail::make_ack_handler(std::decay_t<decltype(std::get<sizeof...(Args) - 1>(all))>(
                      std::get<sizeof...(Args) - 1>(all))));
    return SendStatus::queued;
  } else {
    detail::Encoder packet = begin(options, event, std::nullopt);
    (detail::encode_argument(packet, args), ...);
    return send(std::move(packet), options.volatile_packet);
  }
}

}  // namespace roomcast
