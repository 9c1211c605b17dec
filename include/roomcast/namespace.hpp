#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <roomcast/broadcast.hpp>
#include <roomcast/socket.hpp>

namespace roomcast {

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
    add_middleware(adapt(std::move(middleware)));
    return *this;
  }
  /// Adds a connection handler: `void(Socket)` or `Task<>(Socket)`. The client has been told that it is
  /// connected; its events wait until the handler has finished. Any thread.
  template <class F>
  Namespace& on_connection(F handler) {
    add_connection_handler(adapt(std::move(handler)));
    return *this;
  }

  ///@{
  /// As of BroadcastOperator, beginning with the whole namespace. Any thread.
  BroadcastOperator to(std::string room) const { return all().to(std::move(room)); }
  BroadcastOperator to(std::vector<std::string> rooms) const { return all().to(std::move(rooms)); }
  BroadcastOperator in(std::string room) const { return all().to(std::move(room)); }
  BroadcastOperator in(std::vector<std::string> rooms) const { return all().to(std::move(rooms)); }
  BroadcastOperator except(std::string room) const { return all().except(std::move(room)); }
  BroadcastOperator local() const { return all().local(); }
  BroadcastOperator volatile_() const { return all().volatile_(); }

  BroadcastOperator timeout(std::chrono::milliseconds limit) const { return all().timeout(limit); }
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
  void sockets_join(std::string room) const { all().sockets_join(std::move(room)); }
  void sockets_leave(std::string room) const { all().sockets_leave(std::move(room)); }
  void disconnect_sockets(bool close = false) const { all().disconnect_sockets(close); }
  ///@}

 private:
  using SocketHandler = std::function<detail::Called(const Socket&)>;

  template <class F>
  static SocketHandler adapt(F f) {
    using Arguments = boost::callable_traits::args_t<F, std::tuple>;
    static_assert(std::tuple_size_v<Arguments> == 1, "the handler takes one Socket");
    return [kept = std::make_shared<F>(std::move(f))](Socket socket) -> detail::Called {
      if constexpr (detail::is_task<detail::return_of<F>>::value) {
        static_assert(!std::is_lvalue_reference_v<std::tuple_element_t<0, Arguments>>,
                      "a coroutine takes its Socket by value: a reference would not live as long as it does");
        return detail::call(kept, std::tuple<Socket>(socket));
      } else {
        (*kept)(socket);
        return {};
      }
    };
  }

  BroadcastOperator all() const { return BroadcastOperator(state_); }
  void add_middleware(SocketHandler middleware);
  void add_connection_handler(SocketHandler handler);

  std::shared_ptr<core::NamespaceState> state_;
};

}  // namespace roomcast
