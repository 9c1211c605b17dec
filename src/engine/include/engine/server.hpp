#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <base/buffered_bytes.hpp>
#include <base/metrics.hpp>
#include <engine/admission.hpp>
#include <engine/origin_policy.hpp>
#include <engine/request_hooks.hpp>
#include <engine/sessions.hpp>
#include <loop/loop_pool.hpp>
#include <net/http_connection.hpp>
#include <net/listener.hpp>
#include <net/places.hpp>
#include <net/tls_settings.hpp>

namespace roomcast::engine {

/// The requests that are not Engine.IO's: the application's own routes. Called on the connection's loop.
class Routes {
 public:
  /// Whether a target below the engine's path is the application's all the same (the client's files).
  virtual bool claims(std::string_view target) const = 0;
  /// @return the number of body bytes that the request may have.
  virtual std::size_t max_body(const net::HttpRequest& head) = 0;
  /// Whether `on_request` looks at the body. One that nobody looks at is read and not kept.
  virtual bool wants_body(const net::HttpRequest&) const { return true; }
  virtual void on_request(net::HttpRequest request, const net::Exchange& exchange) = 0;

 protected:
  ~Routes() = default;
};

/// One loop's numbers at this moment, each read by itself.
struct LoopState {
  unsigned id;
  const base::Metrics& counts;
  std::size_t connections;  ///< open TCP connections
  std::size_t sessions;
  std::size_t websocket_sessions;
  std::uint64_t buffered_bytes;  ///< refused by the kernel so far, or waiting for a GET
  std::uint64_t bytes_received;
  std::uint64_t bytes_sent;
  std::uint64_t mailbox_depth;
};

struct EngineQuery;  // the query parameters that the engine knows

/// An Engine.IO server: loops, the listener, and every session. Knows nothing of Socket.IO.
///
/// A session lives on the loop that its sid names. A request for it that arrives on another loop is parsed
/// there and posted home, and the answer is posted back; a websocket that upgrades it moves to that loop with
/// its descriptor. So it does not matter which loop a connection was given to.
class Server final : private net::HttpHandler {
 public:
  /// `options`, `acceptor` and `routes` must outlive the server.
  Server(const ServerOptions& options, SessionAcceptor& acceptor, Routes& routes);
  ~Server();

  /// Before `listen`: who is asked and told about requests. It must outlive the server.
  void set_hooks(RequestHooks& hooks) noexcept { hooks_ = &hooks; }
  /// Binds the port. Throws boost::system::system_error when it cannot.
  void listen();
  /// Starts the threads: from here on clients are served.
  void start();
  /// Any thread but the loops': accepts nothing new, ends every session, waits up to `drain_timeout` until
  /// the clients have what was sent to them and nobody above is `busy` any more, and ends the threads.
  /// `before_stopping` is called while the threads still run. Calling it again does nothing.
  struct Closing {
    std::function<bool()> busy{};
    std::function<void()> before_stopping{};
  };
  void close(const Closing& closing);
  void close() { close({}); }

  std::uint16_t port() const noexcept { return listener_.port(); }
  loop::LoopPool& loops() noexcept { return loops_; }
  /// The loop that runs no user handlers: accepting, the admin port, and Redis.
  loop::Loop& service_loop() noexcept { return service_loop_; }
  /// What the loop counts; to be added to at its home.
  base::Metrics& metrics(const loop::Loop& loop) noexcept;
  /// Any thread: calls `f(const LoopState&)` for each loop.
  void for_each_loop(const std::function<void(const LoopState&)>& f) const;
  /// Any thread: the sum over all loops.
  std::uint64_t total(base::Counter base::Metrics::* which) const noexcept;
  /// Any thread: how many sessions ended, by reason and cause.
  base::PairCounts::Counts closes() const { return closes_.counts(); }
  /// Any thread: how many connections were closed when they came, for this limit.
  std::uint64_t refused_connections(net::Places::Verdict limit) const noexcept {
    return connections_refused_[limit == net::Places::Verdict::too_many ? 0 : 1].value();
  }
  const OriginPolicy& origins() const noexcept { return origins_; }
  /// Any thread: null without ServerOptions::tls.
  net::TlsSettings* tls() const noexcept { return tls_.get(); }
  /// Any thread: how many sessions are open.
  std::size_t clients_count() const noexcept;
  bool draining() const noexcept { return draining_.load(std::memory_order_relaxed); }

 private:
  struct Worker;  // what one loop owns
  /// What a middleware makes of a request: nothing, an answer, or an exception.
  struct Interception {
    std::optional<net::HttpResponse> answer{};
    bool failed = false;
  };
  static constexpr Refusal handshake_failure{
      engineio::RequestError::bad_request, {}, "TRANSPORT_HANDSHAKE_ERROR"};
  static constexpr Refusal protocol_mismatch{engineio::RequestError::bad_request, {}, "PROTOCOL_MISMATCH"};
  static constexpr Refusal middleware_failure{engineio::RequestError::bad_request, {}, "MIDDLEWARE_FAILURE"};

  std::size_t on_head(const net::HttpRequest& head, const net::Exchange& exchange) override;
  void on_request(net::HttpRequest request, const net::Exchange& exchange) override;
  void on_upgrade(net::Upgrade upgrade) override;

  bool is_engine_path(std::string_view target) const noexcept;
  bool is_preflight(const net::HttpRequest& request) const;
  void accept(net::Descriptor descriptor, net::PeerAddress peer);
  void turn_away(const net::Descriptor& connection, std::string_view address, net::Places::Verdict limit);
  void handshake(net::HttpRequest request, const EngineQuery& query, Poll poll);
  Session* make_session(Worker& home, const net::HttpRequest& request, unsigned protocol,
                        Admission::Place place);
  Admission::Verdict admit(const net::HttpRequest& request, Admission::Place& place);
  void to_session(net::HttpRequest request, EngineQuery query, Poll poll);
  void to_session_at_home(Worker& home, net::HttpRequest request, const EngineQuery& query, Poll poll);
  void upgrade_at_home(Worker& home, net::Upgrade upgrade, const EngineQuery& query, Admission::Place place);
  void add_headers(net::HttpHeaders& headers, const net::HttpRequest& request, bool initial);
  Interception ask_middleware(const net::HttpRequest& request);
  /// @return whether a middleware has answered.
  bool intercept(const net::HttpRequest& head, const net::Exchange& exchange);
  static net::HttpResponse full(const net::HttpHeaders& headers, Admission::Verdict verdict);
  void tell_refused(const net::HttpRequest& request, const Refusal& why);
  void refuse(const net::HttpRequest& request, const Poll& poll, const Refusal& why);
  void refuse_upgrade(net::Upgrade&& upgrade, const Refusal& why);
  void answer_upgrade(net::Upgrade&& upgrade, net::HttpResponse response);
  Worker* worker_of(std::string_view sid) noexcept;
  Worker& here() noexcept;

  const ServerOptions& options_;
  SessionAcceptor& acceptor_;
  Routes& routes_;
  RequestHooks* hooks_ = nullptr;  // null: nobody wants to know
  const engineio::HeartbeatTiming timing_;
  const OriginPolicy origins_;
  const net::TrustedProxies proxies_;
  const std::unique_ptr<net::TlsSettings> tls_;  // null: plain
  Admission admission_;
  net::Places connection_places_;
  std::array<base::SharedCounter, 2> connections_refused_;  // too many, of one address
  base::BufferedBytes::Total buffered_;
  base::PairCounts closes_{100};
  const std::uint32_t process_tag_;
  std::atomic<bool> draining_{false};
  std::mutex close_mutex_;
  bool started_ = false;

  loop::LoopPool loops_;
  loop::Loop service_loop_;
  std::vector<std::unique_ptr<Worker>> workers_;
  net::Listener listener_;
  std::thread service_thread_;
  std::size_t next_worker_ = 0;
};

}  // namespace roomcast::engine
