#include <array>

#include <base/log.hpp>
#include <base/utf8.hpp>
#include <engine/message.hpp>
#include <engine/session.hpp>
#include <engine/sessions.hpp>
#include <protocol/engineio/handshake.hpp>
#include <protocol/engineio/payload.hpp>

#include "upgrade_attempt.hpp"

namespace roomcast::engine {
namespace {

// A polling client that was told nothing of the end gets this long to ask. Engine.IO's closeTimeout.
constexpr std::chrono::seconds farewell_timeout{30};

const base::Frame& ping_frame() {
  static const base::Frame frame = packet_frame(engineio::ping_packet);
  return frame;
}

}  // namespace

std::string_view to_string(CloseReason reason) noexcept {
  switch (reason) {
    case CloseReason::transport_close:
      return "transport close";
    case CloseReason::transport_error:
      return "transport error";
    case CloseReason::ping_timeout:
      return "ping timeout";
    case CloseReason::parse_error:
      return "parse error";
    case CloseReason::forced_close:
      return "forced close";
  }
  return "";
}

Session::Session(Sessions& owner, std::string sid, loop::Loop& loop, const SessionContext& context)
    : owner_(owner),
      loop_(loop),
      context_(context),
      sid_(std::move(sid)),
      heartbeat_(context.timing, loop.now()) {
  arm_timer();
}

Session::~Session() {
  set_queued_bytes(0);
  loop_.unmark(*this);
  if (websocket_) net::WebSocketConnection::retire(std::move(websocket_));
}

// ---- sending

void Session::send(const base::Frame& frame) {
  if (state_ == State::open) send_packet(frame);
}

// All polling sessions of the loop add up to a gauge.
void Session::set_queued_bytes(std::size_t bytes) noexcept {
  owner_.queued_bytes_.add(bytes - queued_bytes_);  // modulo 2^64, so it may be less
  queued_bytes_ = bytes;
}

void Session::send_packet(const base::Frame& frame) {
  context_.metrics.packets_sent.add();
  if (websocket_) return websocket_->send(frame);
  queue_.push_back(frame);
  set_queued_bytes(queued_bytes_ + frame.payload().size());
  // Over the limit the end of the turn decides: a GET may still come in time.
  if (poll_ || queued_bytes_ > context_.options.max_buffered_bytes) loop_.mark_dirty(*this);
}

bool Session::writable() const noexcept {
  return state_ == State::open && (websocket_ ? !websocket_->blocked() : poll_ != nullptr);
}

std::size_t Session::buffered_bytes() const noexcept {
  return websocket_ ? websocket_->buffered_bytes() : queued_bytes_;
}

void Session::flush() {
  if (websocket_ || queue_.empty() || state_ == State::closed) return;
  if (!poll_) {
    if (queued_bytes_ <= context_.options.max_buffered_bytes || state_ != State::open) return;
    context_.metrics.slow_consumers.add();
    base::log::info("slow consumer: more than max_buffered_bytes wait for a GET",
                    {{"session", sid_},
                     {"bytes", queued_bytes_},
                     {"max_buffered_bytes", context_.options.max_buffered_bytes}});
    return end(CloseReason::transport_error, "slow consumer", {});
  }
  std::string body;
  body.reserve(queued_bytes_ + queue_.size());
  for (const base::Frame& frame : queue_) engineio::append_to_payload(polling_form(frame), body);
  queue_.clear();
  queue_.shrink_to_fit();
  set_queued_bytes(0);
  answer_poll(std::move(body));
}

void Session::answer_poll(std::string body) {
  if (!poll_) return;
  const auto poll = std::move(poll_);
  const net::Exchange exchange = poll->exchange;
  exchange.respond(reply(std::move(*poll), 200, "text/plain; charset=UTF-8", std::move(body)));
}

net::HttpResponse Session::reply(Poll poll, unsigned status, std::string_view content_type,
                                 std::string body) {
  net::HttpResponse response{.status = status, .headers = std::move(poll.headers), .body = std::move(body)};
  if (!content_type.empty()) response.headers.emplace_back("Content-Type", content_type);
  if (poll.old_browser) response.headers.emplace_back("X-XSS-Protection", "0");
  if (status == 200) response.headers.emplace_back("cache-control", "no-store");
  return response;
}

// ---- the transports

void Session::count_websocket() noexcept {
  by_websocket_ = true;
  owner_.websockets_.add(1);
}

void Session::open(std::unique_ptr<net::WebSocketConnection> websocket) {
  (websocket ? context_.metrics.sessions_by_websocket : context_.metrics.sessions_by_polling).add();
  if (websocket) {
    websocket_ = std::move(websocket);
    websocket_->set_handler(this);
    count_websocket();
  }
  const ServerOptions& options = context_.options;
  static constexpr std::array<std::string_view, 1> websocket_only{"websocket"};
  const bool upgradable = !websocket_ && options.allow_upgrades && options.websocket;
  send_packet(packet_frame(engineio::open_packet(
      sid_,
      upgradable ? std::span<const std::string_view>(websocket_only) : std::span<const std::string_view>(),
      options.ping_interval, options.ping_timeout, options.max_http_buffer_size)));
}

void Session::on_get(Poll poll) {
  if (poll_) {  // two at once: both are lost
    const net::Exchange exchange = poll.exchange;
    exchange.respond(reply(std::move(poll), 400, "", ""));
    return end(CloseReason::transport_error, "overlapping GETs", engineio::close_packet);
  }
  poll_ = std::make_unique<Poll>(std::move(poll));
  if (!queue_.empty()) return flush();
  if (state_ != State::closing) return;
  answer_poll(
      "6\x1e"
      "1");
  forget();
}

void Session::on_post_begin(const net::Exchange& exchange) {
  if (!post_) {
    post_ = std::make_unique<net::Exchange>(exchange);
    return;
  }
  const net::Exchange first = *std::exchange(post_, nullptr);
  exchange.respond({.status = 400, .close = true});
  first.abort();
  end(CloseReason::transport_error, "overlapping POSTs", engineio::close_packet);
}

void Session::on_post(Poll poll, std::string body, bool octet_stream) {
  post_.reset();
  const net::Exchange exchange = poll.exchange;
  if (octet_stream) {
    exchange.respond(reply(std::move(poll), 400, "", ""));
    return end(CloseReason::transport_error, "binary body in Engine.IO 4", engineio::close_packet);
  }
  exchange.respond(reply(std::move(poll), 200, "text/html", "ok"));
  if (!base::is_valid_utf8(body)) body = base::to_valid_utf8(body);
  engineio::PayloadReader packets(body);
  while (state_ == State::open) {
    const auto packet = packets.next();
    if (!packet) {
      context_.metrics.engine_parse_errors.add();
      return end(CloseReason::parse_error, packet.error().message(), engineio::close_packet);
    }
    if (!*packet || !on_packet(**packet)) return;
  }
}

void Session::on_other_method(const Poll& poll) { poll.exchange.respond(reply(poll, 500, "", "")); }

void Session::on_aborted(const net::Exchange& exchange, net::Aborted why) {
  const bool post = post_ && *post_ == exchange;
  const bool get = poll_ && poll_->exchange == exchange;
  if (post) post_.reset();
  if (get) poll_.reset();
  if ((post && why != net::Aborted::body_too_large) || get)
    end(CloseReason::transport_error, "request dropped", {});
}

void Session::on_upgrade(std::unique_ptr<net::WebSocketConnection> websocket, std::string unread) {
  if (websocket_ || upgrade_ || state_ != State::open)
    return net::WebSocketConnection::close(std::move(websocket));
  upgrade_ = std::make_unique<UpgradeAttempt>(*this, std::move(websocket));
  upgrade_->replay(std::move(unread));
}

void Session::switch_to(std::unique_ptr<net::WebSocketConnection> websocket) {
  websocket_ = std::move(websocket);
  websocket_->set_handler(this);
  for (const base::Frame& frame : queue_) websocket_->send(frame);
  queue_ = {};
  set_queued_bytes(0);
  count_websocket();
  // A GET that is still pending is told that polling is over; the session lives on.
  answer_poll(std::string(engineio::close_packet));
}

// ---- receiving

void Session::on_text(std::string_view text) {
  std::string scratch;
  const auto packet = engineio::decode(text, scratch);
  if (packet) {
    on_packet(*packet);
  } else {
    context_.metrics.engine_parse_errors.add();
    end(CloseReason::parse_error, packet.error().message(), {});
  }
}

void Session::on_binary(std::string_view bytes) { on_packet({engineio::PacketType::message, true, bytes}); }

// @return whether the session goes on.
bool Session::on_packet(const engineio::Packet& packet) {
  using engineio::PacketType;
  context_.metrics.packets_received.add();
  if (heartbeat_.on_packet(loop_.now(), packet.type) == engineio::Heartbeat::Action::refuse) {
    end(CloseReason::transport_error, "ping from a client", engineio::close_packet);
    return false;
  }
  // A pong may bring the next ping nearer than the wait for this pong would have ended.
  if (heartbeat_.deadline() < timer_.deadline()) arm_timer();
  if (packet.type == PacketType::message) {
    guarded([&] { packet.binary ? handler_->on_binary(packet.data) : handler_->on_text(packet.data); });
  } else if (packet.type == PacketType::close && !websocket_) {
    end(CloseReason::transport_close, {}, engineio::noop_packet);
  }
  return state_ == State::open;
}

void Session::on_end(const net::WebSocketEnd& end_of_stream) {
  using Cause = net::WebSocketEnd::Cause;
  loop_.bury(std::move(websocket_));
  switch (end_of_stream.cause) {
    case Cause::closed_by_peer:
      return end(CloseReason::transport_close, {}, {});
    case Cause::error:
      return end(CloseReason::transport_error, {}, {});
    case Cause::protocol_error:
      return end(CloseReason::transport_error, end_of_stream.detail, {});
    case Cause::message_too_big:
      return end(CloseReason::transport_error, "payload too large", {});
    case Cause::slow_consumer:
      base::log::info("slow consumer: more than max_buffered_bytes waited for it, or for max_buffered_age",
                      {{"session", sid_},
                       {"max_buffered_bytes", context_.options.max_buffered_bytes},
                       {"max_buffered_age_ms", context_.options.max_buffered_age.count()}});
      return end(CloseReason::transport_error, "slow consumer", {});
  }
}

// An exception must not tear a payload, or the bytes of one read, in the middle.
template <class F>
void Session::guarded(F&& call_handler) {
  try {
    call_handler();
  } catch (const std::exception& e) {
    context_.metrics.handler_errors.add();
    base::log::error("session {}: its handler threw: {}", sid_, e.what());
  } catch (...) {
    context_.metrics.handler_errors.add();
    base::log::error("session {}: its handler threw something that is not a std::exception", sid_);
  }
}

// ---- time

void Session::arm_timer() { loop_.timers().arm(timer_, heartbeat_.deadline()); }

void Session::on_timer(loop::TimePoint now) {
  using Action = engineio::Heartbeat::Action;
  if (state_ == State::closing) return forget();
  switch (heartbeat_.on_timer(now)) {
    case Action::send_ping:
      send_packet(ping_frame());
      break;
    case Action::give_up:
      return end(CloseReason::ping_timeout, {}, engineio::close_packet);
    case Action::wait:
    case Action::refuse:
      break;
  }
  arm_timer();
}

// ---- the end

void Session::close(std::string_view cause) {
  if (state_ != State::open) return;
  if (websocket_ || (poll_ && queue_.empty()))
    return end(CloseReason::forced_close, cause, engineio::close_packet);
  if (upgrade_) upgrade_->give_up();
  state_ = State::closing;
  loop_.timers().arm(timer_, loop_.now() + farewell_timeout);
  if (poll_) loop_.mark_dirty(*this);
  tell_close(CloseReason::forced_close, cause);
}

void Session::shut_down() {
  if (state_ == State::open && poll_ && !queue_.empty()) flush();
  end(CloseReason::forced_close, "server shutting down", engineio::close_packet);
}

void Session::end(CloseReason reason, std::string_view cause, std::string_view to_pending_poll) {
  if (state_ == State::closed) return;
  state_ = State::closed;
  if (poll_ && !to_pending_poll.empty()) answer_poll(std::string(to_pending_poll));
  if (poll_) std::exchange(poll_, nullptr)->exchange.abort();
  if (post_) std::exchange(post_, nullptr)->respond({.status = 400, .close = true});
  if (upgrade_) upgrade_->give_up();
  net::WebSocketConnection::close(std::move(websocket_));
  tell_close(reason, cause);
  forget();
}

void Session::tell_close(CloseReason reason, std::string_view cause) {
  base::log::debug("session ended", {{"session", sid_}, {"reason", to_string(reason)}, {"cause", cause}});
  if (handler_) {
    context_.closes.add(to_string(reason), cause);
    guarded([&] { handler_->on_close(reason, cause); });
    loop_.bury(std::move(handler_));
  }
}

void Session::forget() {
  state_ = State::closed;
  timer_.cancel();
  owner_.erase(*this, by_websocket_);
}

}  // namespace roomcast::engine
