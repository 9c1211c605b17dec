#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include <boost/asio/any_io_executor.hpp>

#include <roomcast/adapters.hpp>
#include <roomcast/connection_error.hpp>
#include <roomcast/http.hpp>
#include <roomcast/metrics.hpp>
#include <roomcast/namespace.hpp>
#include <roomcast/options.hpp>
#include <roomcast/parent_namespace.hpp>

namespace roomcast {

namespace core {
class ServerState;
}

/// A Socket.IO server. Mirrors Socket.IO's Server; what is called on it directly concerns the namespace `/`.
///
/// Set it up, then `run()`. Handlers may be added later too, from any thread, and concern the clients that
/// connect from then on. Destroying it closes it, also in one of its own handlers, which goes on and
/// may use the handles it has. Handles to its sockets may outlive it; they do nothing
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
  /// Namespaces that are made when a client connects to one: those whose name the `std::regex` (or
  /// `boost::regex`) is found in, or those that the function wants: `bool(const std::string& name, const
  /// boost::json::object& auth)` or with fewer parameters, or a coroutine that returns `Task<bool>` and takes
  /// values. Asked in the order in which the parents were made, on the client's loop, for names of at most
  /// 256 bytes that no namespace has. What a function throws means no. See `cleanup_empty_child_namespaces`
  /// and `max_child_namespaces`. Any thread.
  template <class Rule>
    requires(!std::convertible_to<Rule, std::string_view>)
  ParentNamespace of(Rule rule) {
    if constexpr (detail::Pattern<Rule>) {
      return add_parent(detail::decide_by_pattern(std::move(rule)), true);
    } else {
      return add_parent(detail::decide_by_function(std::move(rule)), false);
    }
  }
  /// Calls `f(Namespace)` for each namespace that is made from now on, by `of` or for a client, on the thread
  /// that makes it and before anybody is in it.
  void on_new_namespace(std::function<void(Namespace)> f);

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
  BroadcastOperator to(Rooms rooms) { return root().to(std::move(rooms)); }
  BroadcastOperator in(Rooms rooms) { return root().to(std::move(rooms)); }
  BroadcastOperator except(Rooms rooms) { return root().except(std::move(rooms)); }
  BroadcastOperator compress(bool flag) { return root().compress(flag); }
  BroadcastOperator timeout(std::chrono::milliseconds limit) { return root().timeout(limit); }
  BroadcastOperator local() { return root().local(); }
  BroadcastOperator volatile_() { return root().volatile_(); }
  Server& backpressure(Backpressure rule) {
    root().backpressure(std::move(rule));
    return *this;
  }
  Server& backpressure(const std::string& room, Backpressure rule) {
    root().backpressure(room, std::move(rule));
    return *this;
  }
  template <class... Args>
  void emit(std::string_view event, const Args&... args) {
    root().emit(event, args...);
  }
  Task<FetchedSockets> fetch_sockets() { return root().fetch_sockets(); }
  template <class... A>
  Task<BroadcastAnswers> emit_with_ack(std::string event, A... args) {
    return root().emit_with_ack(std::move(event), std::move(args)...);
  }
  Task<std::set<std::string>> all_sockets() { return root().all_sockets(); }
  Completion sockets_join(Rooms rooms) { return root().sockets_join(std::move(rooms)); }
  Completion sockets_leave(Rooms rooms) { return root().sockets_leave(std::move(rooms)); }
  Completion disconnect_sockets(bool close = false) { return root().disconnect_sockets(close); }
  template <class... Args>
  void server_side_emit(std::string_view event, const Args&... args) {
    root().server_side_emit(event, args...);
  }
  template <class... A>
  Task<ServerAnswers> server_side_emit_with_ack(std::string event, A... args) {
    return root().server_side_emit_with_ack(std::move(event), std::move(args)...);
  }
  template <class F>
  void on_server_side(std::string_view event, F handler) {
    root().on_server_side(event, std::move(handler));
  }
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

  ///@{
  /// What Node.js has as `io.engine`: functions about the HTTP requests and upgrades of clients, below
  /// ServerOptions::path. Requests come without their bodies. Each is called on the loop's thread that has
  /// the request, so several may run at once, and must not block. To be added before `listen`; throws
  /// std::logic_error afterwards.
  ///
  /// `engine_use` adds a middleware: it sees each request and upgrade, once, before anything else is looked
  /// at but its origin, and lets it go on by returning nothing. What it returns is the answer, and the
  /// connection closes behind it. If it throws, that is logged, and the client is answered 400 `Bad request`.
  /// Preflights of `cors` and the files of the browser client are not shown to it.
  Server& engine_use(std::function<std::optional<HttpResponse>(const HttpRequest&)> middleware);
  /// `on_initial_headers` adds headers to the answer that opens a session (of polling: 200; of a websocket:
  /// 101), `on_headers` to every answer of sessions, that one and those to GETs, POSTs and upgrades. They are
  /// called when the request was found good; a GET's answer may wait long after that. Of two headers of one
  /// name the later counts, except for Set-Cookie. What the answer itself says (Content-Type, Content-Length,
  /// Cache-Control, Connection, Date, Sec-WebSocket-…) and what cannot stand in a header is left out and
  /// logged. What a function throws is logged, and what it had added is left out.
  Server& on_initial_headers(std::function<void(HttpHeaders&, const HttpRequest&)> f);
  Server& on_headers(std::function<void(HttpHeaders&, const HttpRequest&)> f);
  /// Calls `f` with each request and upgrade that is refused with one of Engine.IO's codes. Clients that are
  /// turned away with 503, and those that a middleware answers, have none. What `f` throws is logged.
  Server& on_connection_error(std::function<void(const ConnectionError&)> f);
  ///@}

  /// Adds a check to `/readyz`: `why_not` says what keeps the server from serving clients well, such as "no
  /// answer from the database", or nothing. A check of the same name is replaced. Called on a loop's thread
  /// each time that somebody asks, so it must answer at once from what is known, and it may be called on
  /// several threads together; what it throws counts as a reason. Any thread.
  Server& readiness(std::string name, std::function<std::string()> why_not);
  /// The server's metrics in Prometheus' text format, as `/metrics` answers. Any thread.
  std::string metrics_text() const;
  /// Adds to the metrics what `write` writes, for numbers of the application's own. Called like a readiness
  /// check; if it throws, that is logged and its part left out. Any thread.
  Server& add_metrics(std::function<void(MetricsWriter&)> write);

  /// Reads the files of ServerOptions::tls again, for clients that connect from now on; those that are
  /// connected notice nothing. Throws std::invalid_argument, with OpenSSL's reason, if one cannot be used;
  /// then all stays as it was. Throws std::logic_error without TLS. Any thread.
  void reload_tls();

  /// Binds the port, and the admin port if there is one, and serves from then on; returns at once. Throws
  /// boost::system::system_error if a port is not to be had.
  void listen();
  /// The port that is listened on. After `listen`.
  std::uint16_t port() const noexcept;
  /// The second port that is listened on, or 0 without ServerOptions::admin_port. After `listen`.
  std::uint16_t admin_port() const noexcept;
  /// `listen` if that has not happened, then waits until SIGINT, SIGTERM or `close`. After a signal it
  /// closes; a second signal ends the process at once. `on_listening` is called once clients are accepted and
  /// a signal would be heard.
  void run(const std::function<void()>& on_listening = {});
  /// Accepts nothing new, closes every client (reason `server shutting down`, without a DISCONNECT packet:
  /// clients come back by themselves), waits up to `drain_timeout` for them to take what was sent, and ends
  /// the threads. Any thread; on one of the server's own, so in a handler, it returns at once and the rest
  /// happens behind it, as in Node. Calling it again does nothing.
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
  ParentNamespace add_parent(detail::NamespaceDecider decide, bool pattern);
  void add_route(std::string_view method, std::string_view path, RouteHandler handler);

  std::unique_ptr<core::ServerState> state_;
};

}  // namespace roomcast
