#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include <boost/asio/any_io_executor.hpp>

#include <roomcast/adapters.hpp>
#include <roomcast/http.hpp>
#include <roomcast/namespace.hpp>
#include <roomcast/options.hpp>

namespace roomcast {

namespace core {
class ServerState;
}

/// A Socket.IO server. Mirrors Socket.IO's Server; what is called on it directly concerns the namespace `/`.
///
/// Set it up, then `run()`. Handlers may be added later too, from any thread, and concern the clients that
/// connect from then on. Destroying it closes it. Handles to its sockets may outlive it; they do nothing
/// then.
class Server {
 public:
  /// Throws std::invalid_argument, naming the option, if the options cannot work.
  explicit Server(ServerOptions options = {});
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// The namespace of this name, made if it is new: `/` is added in front if it is missing.
  Namespace of(std::string_view name);

  ///@{
  /// As of Namespace, for the namespace `/`. Any thread.
  template <class F>
  Server& use(F middleware) {
    root().use(std::move(middleware));
    return *this;
  }
  template <class F>
  Server& on_connection(F handler) {
    root().on_connection(std::move(handler));
    return *this;
  }
  BroadcastOperator to(std::string room) { return root().to(std::move(room)); }
  BroadcastOperator to(std::vector<std::string> rooms) { return root().to(std::move(rooms)); }
  BroadcastOperator in(std::string room) { return root().to(std::move(room)); }
  BroadcastOperator in(std::vector<std::string> rooms) { return root().to(std::move(rooms)); }
  BroadcastOperator except(std::string room) { return root().except(std::move(room)); }
  BroadcastOperator timeout(std::chrono::milliseconds limit) { return root().timeout(limit); }
  BroadcastOperator local() { return root().local(); }
  BroadcastOperator volatile_() { return root().volatile_(); }
  template <class... Args>
  void emit(std::string_view event, const Args&... args) {
    root().emit(event, args...);
  }
  Task<FetchedSockets> fetch_sockets() { return root().fetch_sockets(); }
  void sockets_join(std::string room) { root().sockets_join(std::move(room)); }
  void sockets_leave(std::string room) { root().sockets_leave(std::move(room)); }
  void disconnect_sockets(bool close = false) { root().disconnect_sockets(close); }
  ///@}

  /// Makes this server one of a cluster: `io.adapter(roomcast::redis("redis://127.0.0.1:6379"))`. What is
  /// emitted, asked and done to sockets reaches those of the other servers too, unless `local()` is said.
  /// Once, before `listen`; throws std::logic_error otherwise.
  Server& adapter(const AdapterFactory& factory);
  /// Calls `f(name)` when another server of the cluster has fallen silent without saying goodbye: its sockets
  /// are gone. Every server that is left is told, on its service loop: `f` must not block. Only roomcast's
  /// servers are noticed. Before `listen`.
  Server& on_server_lost(std::function<void(std::string)> f);

  /// Adds a route on the server's port: `HttpResponse(const HttpRequest&)`, or a coroutine
  /// `Task<HttpResponse>(HttpRequest)`. `path` is compared with the target without its query; a `*` at its
  /// end matches any rest. The first route that matches answers; GET routes answer HEAD too. Routes are asked
  /// after the client bundle and Engine.IO. Handlers run on the loop of the connection; what one throws is
  /// logged and answered with 500. Before `listen`.
  template <class F>
  Server& http(std::string_view method, std::string_view path, F handler) {
    using Argument = std::tuple_element_t<0, boost::callable_traits::args_t<F, std::tuple>>;
    if constexpr (detail::is_task<detail::return_of<F>>::value) {
      static_assert(!std::is_lvalue_reference_v<Argument>, "a coroutine takes its HttpRequest by value");
      add_route(method, path, [kept = std::make_shared<F>(std::move(handler))](HttpRequest request) {
        return [](std::shared_ptr<F> f, HttpRequest r) -> Task<HttpResponse> {
          co_return co_await (*f)(std::move(r));
        }(kept, std::move(request));
      });
    } else {
      add_route(method, path, [kept = std::make_shared<F>(std::move(handler))](HttpRequest request) {
        return [](std::shared_ptr<F> f, HttpRequest r) -> Task<HttpResponse> { co_return (*f)(r); }(
                                                           kept, std::move(request));
      });
    }
    return *this;
  }

  /// Binds the port and serves from then on; returns at once. Throws boost::system::system_error if the port
  /// is not to be had.
  void listen();
  /// The port that is listened on. After `listen`.
  std::uint16_t port() const noexcept;
  /// `listen` if that has not happened, then waits until SIGINT, SIGTERM or `close`. After a signal it
  /// closes; a second signal ends the process at once. `on_listening` is called once clients are accepted and
  /// a signal would be heard.
  void run(const std::function<void()>& on_listening = {});
  /// Accepts nothing new, closes every client (reason `server shutting down`, without a DISCONNECT packet:
  /// clients come back by themselves), waits up to `drain_timeout` for them to take what was sent, and ends
  /// the threads. Any thread but the server's own; calling it again does nothing.
  void close();

  /// Where the application's own coroutines and timers may run: one of the server's loops. Any thread.
  boost::asio::any_io_executor executor() const;
  /// How many clients are connected. Any thread.
  std::size_t clients_count() const noexcept;
  /// The options with what was chosen for 0 and `automatic`.
  const ServerOptions& options() const noexcept;

 private:
  using RouteHandler = std::function<Task<HttpResponse>(HttpRequest)>;
  Namespace root();
  void add_route(std::string_view method, std::string_view path, RouteHandler handler);

  std::unique_ptr<core::ServerState> state_;
};

}  // namespace roomcast
