#include <boost/beast/core/error.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/rfc7230.hpp>

#include <base/log.hpp>
#include <net/http_connection.hpp>

namespace roomcast::net {
namespace {

// What a peer may send ahead while its request is being answered; after that we stop reading.
constexpr std::size_t max_pipelined_bytes = 64 * 1024;
// How long a peer may take to see our last answer and close.
constexpr std::chrono::milliseconds linger_timeout{2'000};

bool asks_for_upgrade(const http::request<http::string_body>& message) {
  return message.find(http::field::upgrade) != message.end() &&
         http::token_list(message[http::field::connection]).exists("upgrade");
}

}  // namespace

HttpConnection::HttpConnection(HttpConnections& owner, std::unique_ptr<Connection> connection)
    : owner_(owner), connection_(std::move(connection)) {}

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
  if (state_ == State::head && unread_.empty() &&
      number_ != 0)  // the next request of a kept-alive connection
    expect(State::head, owner_.limits_.header_timeout);
  unread_.append(bytes.data(), bytes.size());
  if (state_ != State::answering) {
    read_requests();
  } else if (unread_.size() > max_pipelined_bytes) {
    connection_->pause_reading();
  }
}

void HttpConnection::read_requests() {
  if (reading_) return;
  const auto self = shared_from_this();
  reading_ = true;
  while ((state_ == State::head && parse_head()) || (state_ == State::body && parse_body())) {
  }
  reading_ = false;
}

// @return whether reading can go on.
bool HttpConnection::parse_head() {
  if (unread_.empty()) return false;
  if (!parser_) {
    parser_.emplace();
    parser_->header_limit(static_cast<std::uint32_t>(owner_.limits_.max_header_bytes));
    parser_->body_limit(boost::none);  // checked here: an answer to 413 must say so
  }
  boost::system::error_code error;
  const std::size_t used = parser_->put(boost::asio::buffer(unread_), error);
  unread_.erase(0, used);
  if (error == http::error::need_more) return false;
  if (error == http::error::header_limit) return refuse(431, "the header is too large"), false;
  if (error) return refuse(400, error.message()), false;
  return !parser_->is_header_done() || on_head();
}

bool HttpConnection::on_head() {
  const auto& message = parser_->get();
  ++number_;
  keep_alive_ = parser_->keep_alive();
  if (static_cast<std::size_t>(std::distance(message.begin(), message.end())) > owner_.limits_.max_headers)
    return refuse(431, "too many headers"), false;
  if (asks_for_upgrade(message)) {
    timer_.cancel();
    state_ = State::closed;
    Upgrade upgrade{
        {parser_->release(), connection_->peer(), false}, std::move(connection_), std::move(unread_)};
    upgrade.connection->set_handler(nullptr);
    owner_.connections_.erase(shared_from_this());
    owner_.handler_.on_upgrade(std::move(upgrade));
    return false;
  }
  expect(State::body, owner_.limits_.body_timeout);
  HttpRequest head{{}, connection_->peer(), false};
  head.message.base() = message.base();
  const std::size_t limit = owner_.handler_.on_head(head, Exchange(weak_from_this(), owner_.loop_, number_));
  if (state_ != State::body) return true;
  if (const auto length = parser_->content_length(); length && *length > limit)
    return refuse(413, "the body is too large", Aborted::body_too_large), false;
  parser_->body_limit(limit);
  if (message[http::field::expect] == "100-continue") {  // RFC9110§10.1.1
    base::FrameBuilder out(32);
    out.append("HTTP/1.1 100 Continue\r\n\r\n");
    connection_->send(std::move(out).finish(base::FrameKind::binary, ""));
  }
  return true;
}

bool HttpConnection::parse_body() {
  boost::system::error_code error;
  if (!parser_->is_done()) {
    parser_->eager(true);
    const std::size_t used = parser_->put(boost::asio::buffer(unread_), error);
    unread_.erase(0, used);
  }
  if (error == http::error::body_limit)
    return refuse(413, "the body is too large", Aborted::body_too_large), false;
  if (error && error != http::error::need_more) return refuse(400, error.message()), false;
  if (!parser_->is_done()) return !unread_.empty() && !error;
  HttpRequest request{parser_->release(), connection_->peer(), false};
  parser_.reset();
  timer_.cancel();
  state_ = State::answering;
  owner_.handler_.on_request(std::move(request), Exchange(weak_from_this(), owner_.loop_, number_));
  return true;
}

void HttpConnection::respond(unsigned number, const HttpResponse& response) {
  if (number != number_ || (state_ != State::answering && state_ != State::body)) return;
  gone_ = nullptr;
  // An answer to a request whose body was not read leaves the stream in the middle of something.
  const bool keep_alive = keep_alive_ && !response.close && state_ == State::answering && !owner_.draining_;
  connection_->send(to_frame(response, keep_alive));
  if (!keep_alive) return start_closing(Aborted::peer_gone);
  connection_->resume_reading();
  expect(State::head, unread_.empty() ? owner_.limits_.idle_timeout : owner_.limits_.header_timeout);
  read_requests();
}

void HttpConnection::refuse(unsigned status, std::string_view why, Aborted cause) {
  owner_.metrics_.http_bad_requests.add();
  base::log::debug("{}: bad request, answered {}: {}", connection_->peer().address, status, why);
  connection_->send(to_frame({.status = status, .close = true}, false));
  start_closing(cause);
}

// The answer is on its way: end our half, and read what still comes so that the peer's kernel does not
// throw the answer away (RFC9112§9.6).
void HttpConnection::start_closing(Aborted cause) {
  if (auto gone = std::exchange(gone_, nullptr)) gone(cause);
  parser_.reset();
  unread_.clear();
  connection_->resume_reading();
  expect(State::closing, linger_timeout);
}

void HttpConnection::on_drained() {
  if (state_ == State::closing) connection_->shutdown_write();
}

void HttpConnection::abort(unsigned number) {
  if (number == number_ && (state_ == State::answering || state_ == State::body)) destroy();
}

void HttpConnection::on_abort(unsigned number, std::function<void(Aborted)> gone) {
  if (number == number_ && (state_ == State::answering || state_ == State::body)) gone_ = std::move(gone);
}

void HttpConnection::close_when_idle() {
  if (state_ == State::head) destroy();
}

void HttpConnection::on_end(EndCause) { destroy(); }

void HttpConnection::on_timer(loop::TimePoint) {
  const bool silent = state_ == State::closing || (state_ == State::head && unread_.empty());
  if (silent) return destroy();
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

void HttpConnections::add(std::unique_ptr<Connection> connection) {
  auto made = std::make_shared<HttpConnection>(*this, std::move(connection));
  connections_.insert(made);
  made->start();
}

void HttpConnections::drain() {
  draining_ = true;
  const auto all = std::vector(connections_.begin(), connections_.end());
  for (const auto& connection : all) connection->close_when_idle();
}

void Exchange::respond(HttpResponse response) const {
  if (loop_ == nullptr) return;
  if (loop_->here()) {
    if (const auto connection = connection_.lock()) connection->respond(number_, response);
    return;
  }
  loop_->post([connection = connection_, number = number_, response = std::move(response)] {
    if (const auto here = connection.lock()) here->respond(number, response);
  });
}

void Exchange::abort() const {
  if (loop_ == nullptr) return;
  loop_->dispatch([connection = connection_, number = number_] {
    if (const auto here = connection.lock()) here->abort(number);
  });
}

void Exchange::on_abort(std::function<void(Aborted)> gone) const {
  if (const auto connection = connection_.lock()) connection->on_abort(number_, std::move(gone));
}

}  // namespace roomcast::net
