#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_set>

#include <boost/beast/http/parser.hpp>

#include <base/metrics.hpp>
#include <net/http_handler.hpp>
#include <net/trusted_proxies.hpp>

namespace roomcast::net {

/// Limits for what a peer may ask for before it has said anything useful.
struct HttpLimits {
  std::size_t max_header_bytes = 16 * 1024;
  std::size_t max_headers = 1000;
  std::chrono::milliseconds header_timeout{10'000};  ///< from the request's first byte to the end of its head
  std::chrono::milliseconds body_timeout{30'000};    ///< from there to the end of its body
  std::chrono::milliseconds idle_timeout{75'000};    ///< between requests; longer than a proxy's
};

class HttpConnections;

/// One HTTP/1.1 connection: requests are read one after the other, and each answer has been taken by the
/// kernel before the next request is looked at, so that at most one answer waits for a slow peer.
///
/// Invariants: `parser_` is set from a request's first byte until its body is complete; `connection_` is set
/// until `closed`. Owned by its loop's HttpConnections; handles from other threads are weak. Beast parses;
/// the limits are ours.
class HttpConnection final : public ConnectionHandler, public std::enable_shared_from_this<HttpConnection> {
 public:
  HttpConnection(HttpConnections& owner, std::unique_ptr<Connection> connection, PeerAddress peer);

  void start();
  /// Home loop. `number` says which request is answered.
  void respond(unsigned number, const HttpResponse& response);
  void abort(unsigned number);
  void discard_body(unsigned number);
  void on_abort(unsigned number, std::function<void(Aborted)> gone);
  /// Closes once what was answered is out: at once if nothing is, otherwise after the answer.
  void close_when_idle();

 private:
  enum class State : std::uint8_t { head, body, answering, closing, closed };
  using Parser = http::request_parser<http::string_body>;

  void on_bytes(std::span<char> bytes) override;
  void on_end(EndCause cause) override;
  void on_drained() override;
  void on_timer(loop::TimePoint now);

  void read_requests();
  bool step();
  bool parse_head();
  bool parse_body();
  bool on_head();
  void hand_over();
  void refuse(unsigned status, std::string_view why, Aborted cause = Aborted::bad_request);
  void expect(State state, std::chrono::milliseconds within);
  void start_closing(Aborted cause);
  void destroy();

  HttpConnections& owner_;
  std::unique_ptr<Connection> connection_;
  const PeerAddress peer_;
  std::optional<Parser> parser_;
  HttpRequest request_;  // its head; trailers stay with the parser and are dropped with it
  std::size_t head_bytes_ = 0;
  std::string unread_;
  std::function<void(Aborted)> gone_;
  loop::MemberTimer<HttpConnection, &HttpConnection::on_timer> timer_{*this};
  unsigned number_ = 0;
  State state_ = State::head;
  bool keep_alive_ : 1 = true;
  bool to_head_ : 1 = false;  // the request's method is HEAD
  bool keeps_body_ : 1 = true;
  bool reading_ : 1 = false;  // inside read_requests, which is not entered twice
};

/// The HTTP connections of one loop.
class HttpConnections {
 public:
  /// `proxies` outlives this; null: none is trusted.
  HttpConnections(loop::Loop& loop, HttpHandler& handler, HttpLimits limits, base::Metrics& metrics,
                  const TrustedProxies* proxies = nullptr)
      : loop_(loop), handler_(handler), limits_(limits), metrics_(metrics), proxies_(proxies) {}
  ~HttpConnections();

  void add(std::unique_ptr<Connection> connection, PeerAddress peer);
  /// Begins to shut down: idle connections close now, the others after their answer.
  void drain();
  std::size_t size() const noexcept { return connections_.size(); }

 private:
  friend class HttpConnection;
  void count(unsigned status);

  loop::Loop& loop_;
  HttpHandler& handler_;
  const HttpLimits limits_;
  base::Metrics& metrics_;
  const TrustedProxies* const proxies_;
  bool draining_ = false;
  std::unordered_set<std::shared_ptr<HttpConnection>> connections_;
};

}  // namespace roomcast::net
