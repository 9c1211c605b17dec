#include <array>

#include <base/log.hpp>
#include <engine/message.hpp>
#include <engine/session.hpp>
#include <engine/sessions.hpp>
#include <protocol/engineio/handshake.hpp>
#include <protocol/engineio/protocol3.hpp>
#include <protocol/websocket/error.hpp>

#include "polling.hpp"

namespace roomcast::engine {
namespace {

// A polling client that was told nothing of the end gets this long to ask. Engine.IO's closeTimeout.
constexpr std::chrono::seconds farewell_timeout{30};

// Causes of ends.
constexpr std::string_view slow_consumer = "slow consumer";
constexpr std::string_view memory_ceiling = "memory ceiling";

constexpr std::string_view over_ceiling =
    "more than max_total_buffered_bytes wait for all clients, and no small part of it for this one";

std::string with_left_out(std::string text, std::uint64_t left_out) {
  if (left_out != 0) text += "; " + std::to_string(left_out) + " before it were not logged";
  return text;
}

const base::Frame& ping_frame() {
  static const base::Frame frame = packet_frame(engineio::ping_packet);
  return frame;
}

const base::Frame& pong_frame() {
  static const base::Frame frame = packet_frame(engineio::pong_packet);
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

Session::Session(Sessions& owner, const Sid& sid, unsigned protocol)
    : owner_(owner),
      sid_(sid),
      heartbeat_(
          owner.context().timing, owner.loop().now(),
          protocol == 3 ? engineio::Heartbeat::Pings::by_client : engineio::Heartbeat::Pings::by_server),
      protocol_(static_cast<std::uint8_t>(protocol)) {
  arm_timer();
}

Session::~Session() {
  if (websocket_) net::WebSocketConnection::retire(std::move(websocket_));
}

loop::Loop& Session::loop() const noexcept { return owner_.loop(); }
const SessionContext& Session::context() const noexcept { return owner_.context(); }

// ---- sending

void Session::send_packet(const base::Frame& frame) {
  context().metrics.packets_sent.add();
  if (websocket_)
    return websocket_->send(text_only_ || deflates_ || protocol_ == 3 ? websocket_form(frame) : frame);
  if (!polling_) return;
  polling_->push(frame);
  // Over the limit the end of the turn decides: a GET may still come in time.
  if (polling_->get || polling_->bytes() > context().options.max_buffered_bytes || polling_->too_much())
    loop().mark_dirty(*polling_);
}

base::Frame Session::websocket_form(const base::Frame& frame) const {
  const auto packed = [this](const base::Frame& plain) {
    if (!deflates_ || !plain.compressible() ||
        plain.payload().size() < context().options.per_message_deflate->threshold)
      return plain;
    return deflated_form(plain, context().deflater, context().metrics);
  };
  if (protocol_ == 3) return packed(protocol3_form(frame, text_only_));
  return text_only_ ? packed(text_form(frame)) : packed(frame);
}

void Session::send_joined(const base::Frame& all, std::size_t count) {
  if (state_ != State::open) return;
  context().metrics.packets_sent.add(count);
  websocket_->send(all);
}

bool Session::get_pending() const noexcept { return polling_ && polling_->get; }

std::size_t Session::buffered_bytes() const noexcept {
  if (websocket_) return websocket_->buffered_bytes();
  return polling_ ? polling_->bytes() : 0;
}

void Session::give_up_slow_consumer(std::string_view why) {
  if (state_ != State::open) return;
  context().metrics.slow_consumers.add();
  log_slow_consumer(why);
  drop_and_end(slow_consumer);
}

void Session::give_up_for_memory() {
  if (state_ != State::open) return;
  context().metrics.slow_consumers.add();
  log_slow_consumer(over_ceiling);
  drop_and_end(memory_ceiling);
}

// What it does not read is given up with it.
void Session::drop_and_end(std::string_view cause) {
  net::WebSocketConnection::retire(std::move(websocket_));
  end(CloseReason::transport_error, cause, {});
}

void Session::log_slow_consumer(std::string_view why) const {
  const auto left_out = context().slow_lines.take(loop().now());
  if (!left_out) return;
  const ServerOptions& options = context().options;
  base::log::info(with_left_out("slow consumer: " + std::string(why), *left_out),
                  {{"session", sid()},
                   {"max_buffered_bytes", options.max_buffered_bytes},
                   {"max_buffered_age_ms", options.max_buffered_age.count()},
                   {"max_total_buffered_bytes", options.max_total_buffered_bytes}});
}

void Session::note_too_large() const {
  base::Metrics& metrics = context().metrics;
  (by_websocket_ ? metrics.too_large_by_websocket : metrics.too_large_by_polling).add();
  const auto left_out = context().large_lines.take(loop().now());
  if (!left_out) return;
  base::log::info(with_left_out("payload too large: more than max_http_buffer_size allows", *left_out),
                  {{"session", sid()},
                   {"transport", by_websocket_ ? "websocket" : "polling"},
                   {"max_http_buffer_size", context().options.max_http_buffer_size}});
}

// ---- the transports

void Session::count_websocket() noexcept {
  by_websocket_ = true;
  owner_.websockets_.add(1);
}

void Session::open(std::unique_ptr<net::WebSocketConnection> websocket, Dialect dialect) {
  (websocket ? context().metrics.sessions_by_websocket : context().metrics.sessions_by_polling).add();
  if (websocket) {
    websocket_ = std::move(websocket);
    websocket_->set_handler(this);
    text_only_ = dialect.text_only;
    deflates_ = dialect.deflates;
    count_websocket();
  } else {
    polling_ = std::make_unique<Polling>(*this);
    polling_->text_only = dialect.text_only || dialect.jsonp;
    polling_->jsonp = std::move(dialect.jsonp);
  }
  const ServerOptions& options = context().options;
  static constexpr std::array<std::string_view, 1> websocket_only{"websocket"};
  const bool upgradable = !websocket_ && options.allow_upgrades && options.websocket;
  send_packet(packet_frame(engineio::open_packet(
      sid(),
      upgradable ? std::span<const std::string_view>(websocket_only) : std::span<const std::string_view>(),
      options.ping_interval, options.ping_timeout, options.max_http_buffer_size)));
  if (!options.initial_packet.empty()) send_packet(text_message(options.initial_packet));
}

void Session::greet() {
  if (state_ == State::open && handler_) guarded([&] { handler_->on_open(); });
}

void Session::on_upgrade(std::unique_ptr<net::WebSocketConnection> websocket, std::string unread,
                         const Dialect& dialect) {
  if (!polling_ || polling_->upgrade || state_ != State::open)
    return net::WebSocketConnection::close(std::move(websocket));
  text_only_ = dialect.text_only;
  deflates_ = dialect.deflates;
  polling_->upgrade = std::make_unique<UpgradeAttempt>(*this, std::move(websocket));
  polling_->upgrade->replay(std::move(unread));
}

void Session::switch_to(std::unique_ptr<net::WebSocketConnection> websocket) {
  websocket_ = std::move(websocket);
  websocket_->set_handler(this);
  for (const base::Frame& frame : polling_->queue()) websocket_->send(websocket_form(frame));
  polling_->clear();
  count_websocket();
  // A GET that is still pending is told that polling is over; the session lives on.
  answer_poll({engineio::close_packet});
  loop().bury(std::move(polling_));
  on_pressure();
}

// ---- receiving

void Session::on_text(std::string_view text) {
  std::string scratch;
  const auto packet = protocol_ == 3 ? engineio::v3::decode(text, scratch) : engineio::decode(text, scratch);
  if (packet) {
    on_packet(*packet);
  } else {
    context().metrics.engine_parse_errors.add();
    end(CloseReason::parse_error, packet.error().message(), {});
  }
}

void Session::on_binary(std::string_view bytes) {
  on_packet(protocol_ == 3 ? engineio::v3::decode_binary(bytes)
                           : engineio::Packet{engineio::PacketType::message, true, bytes});
}

// @return whether the session goes on.
bool Session::on_packet(const engineio::Packet& packet) {
  using engineio::PacketType;
  context().metrics.packets_received.add();
  switch (heartbeat_.on_packet(loop().now(), packet.type)) {
    case engineio::Heartbeat::Action::refuse:
      end(CloseReason::transport_error, protocol_ == 3 ? "pong from a client" : "ping from a client",
          engineio::close_packet);
      return false;
    case engineio::Heartbeat::Action::send_pong:
      send_packet(pong_frame());
      break;
    default:
      break;
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
  loop().bury(std::move(websocket_));
  switch (end_of_stream.cause) {
    case Cause::closed_by_peer:
      return end(CloseReason::transport_close,
                 end_of_stream.code == websocket::abnormal_closure ? "no close frame" : "", {});
    case Cause::error:
      return end(CloseReason::transport_error, "connection lost", {});
    case Cause::protocol_error:
      return end(CloseReason::transport_error, end_of_stream.detail, {});
    case Cause::message_too_big:
      note_too_large();
      return end(CloseReason::transport_error, end_of_stream.detail, {});
    case Cause::slow_consumer:
      log_slow_consumer("more than max_buffered_bytes waited for it, or for max_buffered_age");
      return end(CloseReason::transport_error, slow_consumer, {});
    case Cause::memory_ceiling:
      log_slow_consumer(over_ceiling);
      return end(CloseReason::transport_error, memory_ceiling, {});
  }
}

void Session::on_pressure() {
  if (state_ == State::open && handler_) guarded([&] { handler_->on_pressure(); });
}

// An exception must not tear a payload, or the bytes of one read, in the middle.
template <class F>
void Session::guarded(F&& call_handler) {
  try {
    call_handler();
  } catch (const std::exception& e) {
    context().metrics.handler_errors.add();
    base::log::error("session {}: its handler threw: {}", sid(), e.what());
  } catch (...) {
    context().metrics.handler_errors.add();
    base::log::error("session {}: its handler threw something that is not a std::exception", sid());
  }
}

// ---- time

void Session::arm_timer() { loop().timers().arm(timer_, heartbeat_.deadline()); }

void Session::on_timer(loop::TimePoint now) {
  using Action = engineio::Heartbeat::Action;
  if (state_ == State::closing) return forget();
  switch (heartbeat_.on_timer(now, loop().deaf_until())) {
    case Action::send_ping:
      send_packet(ping_frame());
      break;
    case Action::give_up:
      return end(CloseReason::ping_timeout, {}, engineio::close_packet);
    case Action::wait:
    case Action::send_pong:
    case Action::refuse:
      break;
  }
  arm_timer();
}

// ---- the end

void Session::close(std::string_view cause) {
  if (state_ != State::open) return;
  tell_closing();
  if (!polling_ || (polling_->get && polling_->queue().empty()))
    return end(CloseReason::forced_close, cause, engineio::close_packet);
  if (polling_->upgrade) polling_->upgrade->give_up();
  state_ = State::closing;
  loop().timers().arm(timer_, loop().now() + farewell_timeout);
  if (polling_->get) loop().mark_dirty(*polling_);
  tell_close(CloseReason::forced_close, cause);
}

void Session::shut_down() {
  tell_closing();
  if (state_ == State::open && polling_ && polling_->get) flush_polling();
  end(CloseReason::forced_close, "server shutting down", engineio::close_packet);
}

void Session::end(CloseReason reason, std::string_view cause, std::string_view to_pending_poll) {
  if (state_ == State::closed) return;
  state_ = State::closed;
  if (polling_) {
    if (!to_pending_poll.empty()) answer_poll({to_pending_poll});
    if (polling_->get) std::exchange(polling_->get, std::nullopt)->exchange.abort();
    if (polling_->post) std::exchange(polling_->post, std::nullopt)->respond({.status = 400, .close = true});
    if (polling_->upgrade) polling_->upgrade->give_up();
  }
  net::WebSocketConnection::close(std::move(websocket_));
  tell_close(reason, cause);
  forget();
}

void Session::tell_closing() {
  if (state_ == State::open && handler_) guarded([&] { handler_->on_closing(); });
}

void Session::tell_close(CloseReason reason, std::string_view cause) {
  base::log::debug("session ended", {{"session", sid()}, {"reason", to_string(reason)}, {"cause", cause}});
  if (handler_) {
    context().closes.add(to_string(reason), cause);
    guarded([&] { handler_->on_close(reason, cause); });
    loop().bury(std::move(handler_));
  }
}

void Session::forget() {
  state_ = State::closed;
  timer_.cancel();
  if (polling_) polling_->clear();  // else it would count as waiting until the turn is over
  owner_.erase(*this, by_websocket_);
}

}  // namespace roomcast::engine
