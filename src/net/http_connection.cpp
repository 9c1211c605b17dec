#include <algorithm>
#include <cassert>
#include <iterator>
#include <string>

#include <boost/beast/core/error.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/rfc7230.hpp>

#include <base/log.hpp>
#include <net/http_connection.hpp>

namespace roomcast::net {
namespace {

// What a peer may send ahead while its request is being answered; after that we stop reading.
constexpr std::size_t max_pipelined_bytes = 64 * 1024;
// What an idle connection may keep of the memory that its last request needed.
constexpr std::size_t max_idle_capacity = 1024;
// How long a peer may take to see our last answer and close.
constexpr std::chrono::milliseconds linger_timeout{2'000};

bool asks_for_upgrade(const http::request<http::string_body>& message) {
  if (message.find(http::field::upgrade) == message.end()) return false;
  const auto [first, last] = message.equal_range(http::field::connection);
  return std::any_of(first, last,
                     [](const auto& header) { return http::token_list(header.value()).exists("upgrade"); });
}

/// RFC9112§3.2.2, and RFC6455§4.2.1, item 1: a whole URI names the host itself.
void take_host_of_target(http::request<http::string_body>& message) {
  const std::string_view target = message.target();
  const std::size_t scheme = boost::beast::iequals(target.substr(0, 7), "http://")    ? 7
                             : boost::beast::iequals(target.substr(0, 8), "https://") ? 8
                                                                                      : 0;
  if (scheme == 0) return;
  const std::size_t end = std::min(target.size(), target.find_first_of("/?", scheme));
  if (end == scheme) return;
  const std::string host(target.substr(scheme, end - scheme));
  std::string path(target.substr(end));
  if (!path.starts_with('/')) path.insert(0, 1, '/');
  message.set(http::field::host, host);
  message.target(path);
}

}  // namespace

HttpConnection::HttpConnection(HttpConnections& owner, std::unique_ptr<Connection> connection,
                               PeerAddress peer)
    : owner_(owner), connection_(std::move(connection)), peer_(std::move(peer)) {}

void HttpConnection::start() {
  connection_->set_handler(this);
  expect(State::head, owner_.limits_.header_timeout);
}

void HttpConnection::expect(State state, std::chrono::milliseconds within) {
  state_ = state;
  owner_.loop_.timers().arm(timer_, owner_.loop_.now() + within);
}

void HttpConnection::on_bytes(std::span<char> bytes) {
  if (state_ == State::closing || state_ == State::closed) return;
  const auto self = shared_from_this();
  unread_.append(bytes.data(), bytes.size());
  read_requests();
  if (connection_ && unread_.size() > max_pipelined_bytes) connection_->pause_reading();
  if (unread_.empty() && unread_.capacity() > max_idle_capacity) std::string().swap(unread_);
}

void HttpConnection::read_requests() {
  if (reading_) return;
  const auto self = shared_from_this();
  reading_ = true;
  while (step()) {
  }
  reading_ = false;
}

// @return whether reading can go on.
bool HttpConnection::step() {
  const auto failed = [this](std::string_view why) {
    base::log::error("a request's handler threw: {}", why);
    respond(number_, {.status = 500, .close = true});
    return !parser_;
  };
  try {
    if (state_ == State::head) return parse_head();
    return state_ == State::body && parse_body();
  } catch (const std::exception& e) {
    return failed(e.what());
  } catch (...) {
    return failed("something that is not a std::exception");
  }
}

bool HttpConnection::parse_head() {
  if (unread_.empty() || connection_->buffered_bytes() != 0) return false;
  const std::size_t limit = owner_.limits_.max_header_bytes;
  if (!parser_) {
    parser_.emplace();
    parser_->header_limit(static_cast<std::uint32_t>(limit));
    parser_->body_limit(boost::none);  // checked here: an answer to 413 must say so
    head_bytes_ = 0;
    expect(State::head, owner_.limits_.header_timeout);
  }
  boost::system::error_code error;
  const std::size_t used = parser_->put(boost::asio::buffer(unread_), error);
  unread_.erase(0, used);
  // Beast's limit holds for one call only, and it takes each line as soon as that is whole.
  head_bytes_ += used;
  const std::size_t so_far = head_bytes_ + (error == http::error::need_more ? unread_.size() : 0);
  if (error == http::error::header_limit || so_far > limit)
    return refuse(431, "the header is too large"), false;
  if (error == http::error::need_more) return false;
  if (error) return refuse(400, error.message()), false;
  return !parser_->is_header_done() || on_head();
}

bool HttpConnection::on_head() {
  ++number_;
  keep_alive_ = parser_->keep_alive();
  request_ = HttpRequest{{}, peer_, connection_->tls() != nullptr};
  if (request_.secure) request_.client_certificate = connection_->tls()->client_certificate();
  request_.message.base() = std::move(parser_->get().base());
  const auto& message = request_.message;
  to_head_ = message.method() == http::verb::head;
  if (static_cast<std::size_t>(std::distance(message.begin(), message.end())) > owner_.limits_.max_headers)
    return refuse(431, "too many headers"), false;
  // RFC9112§3.2: without it, or with two, nobody could say whom the request is for; whether an Origin is the
  // server's own is decided by it.
  if (message.version() >= 11 && message.count(http::field::host) != 1)
    return refuse(400, "not exactly one Host header"), false;
  take_host_of_target(request_.message);
  // RFC9112§6.3: otherwise nobody could say where this body ends, and a proxy might say something else.
  if (message.find(http::field::transfer_encoding) != message.end() &&
      (!parser_->chunked() || message.version() < 11))
    return refuse(400, "a transfer encoding other than chunked"), false;
  if (owner_.proxies_ != nullptr) {
    owner_.proxies_->apply(request_);
    // What the proxy has shown says nothing of who is behind it.
    if (request_.peer.address != peer_.address) request_.client_certificate.clear();
  }
  if (asks_for_upgrade(message)) return hand_over(), false;
  expect(State::body, owner_.limits_.body_timeout);
  keeps_body_ = true;
  const std::size_t limit =
      owner_.handler_.on_head(request_, Exchange(weak_from_this(), owner_.loop_, number_));
  if (state_ != State::body) return true;
  if (const auto length = parser_->content_length(); length && *length > limit)
    return refuse(413, "the body is too large", Aborted::body_too_large), false;
  parser_->body_limit(limit);
  // RFC9110§10.1.1
  if (!parser_->is_done() && unread_.empty() && message.version() >= 11 &&
      boost::beast::iequals(message[http::field::expect], "100-continue")) {
    base::FrameBuilder out(32);
    out.append("HTTP/1.1 100 Continue\r\n\r\n");
    connection_->send(std::move(out).finish(base::FrameKind::binary, ""));
  }
  return true;
}

void HttpConnection::hand_over() {
  timer_.cancel();
  state_ = State::closed;
  connection_->set_handler(nullptr);
  connection_->resume_reading();
  owner_.connections_.erase(shared_from_this());
  owner_.handler_.on_upgrade({std::move(request_), std::move(connection_), std::move(unread_)});
}

bool HttpConnection::parse_body() {
  boost::system::error_code error;
  if (!parser_->is_done()) {
    parser_->eager(true);
    const std::size_t used = parser_->put(boost::asio::buffer(unread_), error);
    unread_.erase(0, used);
    if (!keeps_body_) std::string().swap(parser_->get().body());
  }
  if (error == http::error::body_limit)
    return refuse(413, "the body is too large", Aborted::body_too_large), false;
  if (error && error != http::error::need_more) return refuse(400, error.message()), false;
  if (!parser_->is_done()) {
    // What Beast leaves is a chunk's size and extensions, or the trailers, that have not ended yet.
    if (unread_.size() > owner_.limits_.max_header_bytes) refuse(400, "a chunk's header is too large");
    return false;
  }
  request_.message.body() = std::move(parser_->get().body());
  parser_.reset();
  timer_.cancel();
  state_ = State::answering;
  owner_.handler_.on_request(std::move(request_), Exchange(weak_from_this(), owner_.loop_, number_));
  return true;
}

void HttpConnection::respond(unsigned number, const HttpResponse& response) {
  if (number != number_ || (state_ != State::answering && state_ != State::body)) return;
  gone_ = nullptr;
  // An answer to a request whose body was not read leaves the stream in the middle of something.
  const bool keep_alive = keep_alive_ && !response.close && state_ == State::answering && !owner_.draining_;
  owner_.count(response.status);
  connection_->send(to_frame(response, keep_alive, to_head_));
  if (!keep_alive) return start_closing(Aborted::peer_gone);
  connection_->resume_reading();
  expect(State::head, owner_.limits_.idle_timeout);
}

void HttpConnection::refuse(unsigned status, std::string_view why, Aborted cause) {
  constexpr auto& statuses = base::Metrics::bad_request_statuses;
  const auto counted = std::ranges::find(statuses, status) - statuses.begin();
  assert(counted < std::ssize(statuses));
  owner_.metrics_.http_bad_requests[static_cast<std::size_t>(counted)].add();
  owner_.count(status);
  base::log::debug("{}: bad request, answered {}: {}", peer_.address, status, why);
  connection_->send(to_frame({.status = status, .close = true}, false));
  request_.message = {};  // a thousand headers are large
  start_closing(cause);
}

// The answer is on its way: end our half behind it, and read what still comes so that the peer's kernel does
// not throw the answer away (RFC9112§9.6). The outbox's own limits end a peer that does not take it.
void HttpConnection::start_closing(Aborted cause) {
  state_ = State::closing;
  timer_.cancel();
  parser_.reset();
  std::string().swap(unread_);  // it may be large, and the peer may take its time
  connection_->resume_reading();
  if (auto gone = std::exchange(gone_, nullptr)) gone(cause);
}

void HttpConnection::on_drained() {
  if (state_ == State::closing) {
    connection_->shutdown_write();
    expect(State::closing, linger_timeout);
  } else if (state_ == State::head) {
    connection_->resume_reading();
    read_requests();
  }
}

void HttpConnection::abort(unsigned number) {
  if (number == number_ && (state_ == State::answering || state_ == State::body)) destroy();
}

void HttpConnection::discard_body(unsigned number) {
  if (number != number_ || state_ != State::body) return;
  keeps_body_ = false;
  if (parser_) std::string().swap(parser_->get().body());
}

void HttpConnection::on_abort(unsigned number, std::function<void(Aborted)> gone) {
  if (number == number_ && (state_ == State::answering || state_ == State::body)) gone_ = std::move(gone);
}

void HttpConnection::close_when_idle() {
  if (state_ != State::head) return;
  if (connection_->buffered_bytes() == 0) return destroy();
  start_closing(Aborted::peer_gone);
}

void HttpConnection::on_end(EndCause cause) {
  if (cause == EndCause::slow_consumer || cause == EndCause::memory_ceiling)
    owner_.metrics_.slow_consumers.add();
  destroy();
}

void HttpConnection::on_timer(loop::TimePoint) {
  if (state_ == State::closing) return destroy();
  if (state_ == State::head && !parser_) {  // no request has begun
    if (connection_->buffered_bytes() == 0) return destroy();
    return expect(State::head, owner_.limits_.idle_timeout);
  }
  refuse(408,
         state_ == State::head ? "the header did not arrive in time" : "the body did not arrive in time");
}

void HttpConnection::destroy() {
  if (state_ == State::closed) return;
  const auto self = shared_from_this();
  state_ = State::closed;
  timer_.cancel();
  Connection::retire(std::move(connection_));
  owner_.connections_.erase(self);
  if (auto gone = std::exchange(gone_, nullptr)) gone(Aborted::peer_gone);
}

HttpConnections::~HttpConnections() = default;

void HttpConnections::add(std::unique_ptr<Connection> connection, PeerAddress peer) {
  metrics_.connections.add();
  auto made = std::make_shared<HttpConnection>(*this, std::move(connection), std::move(peer));
  connections_.insert(made);
  made->start();
}

void HttpConnections::count(unsigned status) {
  if (status >= 100 && status < 600) metrics_.http_responses[status / 100].add();
}

void HttpConnections::drain() {
  draining_ = true;
  const auto all = std::vector(connections_.begin(), connections_.end());
  for (const auto& connection : all) connection->close_when_idle();
}

// Whoever answers late, on a thread of its own, may find the connection gone and its loop with it.
void Exchange::respond(HttpResponse response) const {
  if (connection_.expired()) return;
  if (loop_->here()) {
    if (const auto connection = connection_.lock()) connection->respond(number_, response);
    return;
  }
  loop_->post([connection = connection_, number = number_, response = std::move(response)] {
    if (const auto here = connection.lock()) here->respond(number, response);
  });
}

void Exchange::abort() const {
  if (connection_.expired()) return;
  loop_->dispatch([connection = connection_, number = number_] {
    if (const auto here = connection.lock()) here->abort(number);
  });
}

void Exchange::discard_body() const {
  if (connection_.expired()) return;
  loop_->dispatch([connection = connection_, number = number_] {
    if (const auto here = connection.lock()) here->discard_body(number);
  });
}

void Exchange::on_abort(std::function<void(Aborted)> gone) const {
  if (const auto connection = connection_.lock()) connection->on_abort(number_, std::move(gone));
}

}  // namespace roomcast::net
