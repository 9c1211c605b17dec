#pragma once

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <roomcast/backpressure.hpp>
#include <roomcast/broadcast.hpp>
#include <roomcast/server_side.hpp>
#include <roomcast/socket.hpp>

namespace roomcast {

namespace detail {

using SocketHandler = std::function<Called(const Socket&)>;

template <class F>
SocketHandler adapt_socket_handler(F f) {
  using Arguments = boost::callable_traits::args_t<F, std::tuple>;
  static_assert(std::tuple_size_v<Arguments> == 1, "the handler takes one Socket");
  return [kept = std::make_shared<F>(std::move(f))](Socket socket) -> Called {
    if constexpr (is_task<return_of<F>>::value) {
      static_assert(!std::is_lvalue_reference_v<std::tuple_element_t<0, Arguments>>,
                    "a coroutine takes its Socket by value: a reference would not live as long as it does");
      return call(kept, std::tuple<Socket>(socket));
    } else {
      (*kept)(socket);
      return {};
    }
  };
}

}  // namespace detail

/// A namespace of a server: the sockets that connected to it, and what is done when one does. Mirrors
/// Socket.IO's Namespace. A handle: cheap to copy; good as long as its Server lives.
class Namespace {
 public:
  /// For the library.
  explicit Namespace(std::shared_ptr<core::NamespaceState> state) noexcept : state_(std::move(state)) {}

  /// With its slash, such as `/admin`.
  const std::string& name() const noexcept;

  /// Adds a middleware: `void(Socket&)` or `Task<>(Socket)`; called in order for every CONNECT, on the
  /// socket's loop, before the connection handlers. Throwing refuses the client: ConnectError with its
  /// message and data, any other std::exception with its text. Best before the server listens; any thread.
  template <class F>
  Namespace& use(F middleware) {
    add_middleware(detail::adapt_socket_handler(std::move(middleware)));
    return *this;
  }
  /// Adds a connection handler: `void(Socket)` or `Task<>(Socket)`. The client has been told that it is
  /// connected; its events wait until the handler has finished. Any thread.
  template <class F>
  Namespace& on_connection(F handler) {
    add_connection_handler(detail::adapt_socket_handler(std::move(handler)));
    return *this;
  }

  ///@{
  /// As of BroadcastOperator, beginning with the whole namespace. Any thread.
  BroadcastOperator to(Rooms rooms) const { return all().to(std::move(rooms)); }
  BroadcastOperator in(Rooms rooms) const { return all().to(std::move(rooms)); }
  BroadcastOperator except(Rooms rooms) const { return all().except(std::move(rooms)); }
  BroadcastOperator local() const { return all().local(); }
  BroadcastOperator volatile_() const { return all().volatile_(); }
  BroadcastOperator compress(bool flag) const { return all().compress(flag); }
  BroadcastOperator timeout(std::chrono::milliseconds limit) const { return all().timeout(limit); }
  ///@}

  ///@{
  /// What happens to events for clients of this namespace, or of one of its rooms, that do not take them at
  /// once. An emit to rooms is under the rule of the first of them that has one, any other under the
  /// namespace's; without one the limits of the connection decide (ServerOptions::max_buffered_bytes). Each
  /// call replaces the rule that was there, for what is sent from then on; `{}` takes it away. A room's rule
  /// stays when the room goes. Throws std::invalid_argument for a key without keep_latest. Any thread. Has no
  /// counterpart in Socket.IO.
  Namespace& backpressure(Backpressure rule);
  Namespace& backpressure(const std::string& room, Backpressure rule);
  ///@}

  ///@{
  /// Room events, `f(std::string room)` and `f(std::string room, std::string id)`: a room got its first
  /// member on this server, lost its last, or a socket (its own id's room included) joined or left. Called
  /// soon after, on the loop where it happened. Mirror the adapter's `create-room`, `delete-room`,
  /// `join-room` and `leave-room`. Best before the server listens: only rooms of loops that know of the
  /// handler are told.
  void on_create_room(std::function<void(std::string)> f) const;
  void on_delete_room(std::function<void(std::string)> f) const;
  void on_join_room(std::function<void(std::string, std::string)> f) const;
  void on_leave_room(std::function<void(std::string, std::string)> f) const;
  ///@}

  /// To every socket of the namespace.
  template <class... Args>
  void emit(std::string_view event, const Args&... args) const {
    all().emit(event, args...);
  }
  ///@{
  /// As of BroadcastOperator, for every socket of the namespace. Any thread.
  template <class... A>
  Task<BroadcastAnswers> emit_with_ack(std::string event, A... args) const {
    return all().emit_with_ack(std::move(event), std::move(args)...);
  }
  Task<FetchedSockets> fetch_sockets() const { return all().fetch_sockets(); }
  Task<std::set<std::string>> all_sockets() const { return all().all_sockets(); }
  Completion sockets_join(Rooms rooms) const { return all().sockets_join(std::move(rooms)); }
  Completion sockets_leave(Rooms rooms) const { return all().sockets_leave(std::move(rooms)); }
  Completion disconnect_sockets(bool close = false) const { return all().disconnect_sockets(close); }
  ///@}

  /// Sends an event to the other servers of the cluster, not to clients and not to this server. If the last
  /// argument is callable, each of them is asked for an answer: `f(error_code, std::vector<Value>)` is called
  /// once on a loop, with one value per server that answered; the error is AckError::timed_out if some did
  /// not within the adapter's time limit. Without an adapter there is no other server, so that it is called
  /// at once, with none. Arguments as in `emit`, but nothing binary. Throws std::invalid_argument for a
  /// reserved name or binary data. Any thread.
  template <class... Args>
  void server_side_emit(std::string_view event, const Args&... args) const {
    detail::send_server_side(
        [this](Value packet, detail::ServerSideAnswers done) {
          send_server_side(std::move(packet), std::move(done));
        },
        event, args...);
  }
  /// The same, to wait for: what some servers did not answer in time is left out, and said.
  template <class... A>
  Task<ServerAnswers> server_side_emit_with_ack(std::string event, A... args) const {
    return wait_for_servers(*this, detail::server_side_event(event, args...));
  }
  /// Calls `handler` for each `event` that another server sends, always on the same one of the server's loops
  /// (Server::executor); what it may take says Socket::on. Its `Ack` answers that server with one value. Any
  /// thread, best before the server listens. Mirrors `nsp.on(event)` of `serverSideEmit`.
  template <class F>
  void on_server_side(std::string_view event, F handler) const {
    add_server_side_handler(event, detail::make_event_handler(std::move(handler)));
  }

 private:
  void send_server_side(Value packet, detail::ServerSideAnswers done) const;
  static Task<ServerAnswers> wait_for_servers(Namespace self, Value packet);
  void add_server_side_handler(std::string_view event, detail::EventHandlerPtr handler) const;
  BroadcastOperator all() const { return BroadcastOperator(state_); }
  void add_middleware(detail::SocketHandler middleware);
  void add_connection_handler(detail::SocketHandler handler);

  std::shared_ptr<core::NamespaceState> state_;
};

}  // namespace roomcast
