#include <optional>
#include <string>
#include <utility>

#include <boost/beast/http/field.hpp>
#include <boost/beast/http/rfc7230.hpp>

#include <base/log.hpp>
#include <net/websocket_connection.hpp>
#include <protocol/websocket/frame_header.hpp>
#include <protocol/websocket/handshake.hpp>

namespace roomcast::net {
namespace {

constexpr std::chrono::seconds close_timeout{5};
// So many messages of the longest kind may come out of one read.
constexpr std::size_t inflated_messages_at_once = 8;

base::Frame raw_frame(std::string_view bytes) {
  base::FrameBuilder out(bytes.size());
  out.append(bytes);
  return std::move(out).finish(base::FrameKind::binary, "");
}

/// The values of all headers of that name, as one list (RFC9110§5.3); nothing when there is none.
std::optional<std::string> all_of(const HttpRequest& request, http::field name) {
  std::optional<std::string> list;
  const auto [first, last] = request.message.equal_range(name);
  for (auto header = first; header != last; ++header) {
    if (list) {
      *list += ", ";
      *list += std::string_view(header->value());
    } else {
      list = std::string(header->value());
    }
  }
  return list;
}

/// A connection that has only its last bytes to deliver. It owns itself: what arrives is ignored until the
/// peer closes or the time is up.
class Lingering final : public ConnectionHandler {
 public:
  static void start(std::unique_ptr<Connection> connection, std::string_view last_bytes) {
    auto* self = new Lingering(std::move(connection));
    self->connection_->set_handler(self);
    if (!last_bytes.empty()) self->connection_->send(raw_frame(last_bytes));
    loop::Loop& loop = self->connection_->loop();
    loop.timers().arm(self->timer_, loop.now() + close_timeout);
  }

 private:
  explicit Lingering(std::unique_ptr<Connection> connection) : connection_(std::move(connection)) {}
  void on_bytes(std::span<char>) override {}
  void on_drained() override { connection_->shutdown_write(); }
  void on_end(EndCause) override { stop(); }
  void on_timer(loop::TimePoint) { stop(); }
  void stop() {
    timer_.cancel();
    loop::Loop& loop = connection_->loop();
    Connection::retire(std::move(connection_));
    loop.bury(std::unique_ptr<Lingering>(this));
  }

  std::unique_ptr<Connection> connection_;
  loop::MemberTimer<Lingering, &Lingering::on_timer> timer_{*this};

 public:
  ~Lingering() = default;
};

}  // namespace

void finish(std::unique_ptr<Connection> connection, std::string_view last_bytes) {
  Lingering::start(std::move(connection), last_bytes);
}

WebSocketTerms websocket_terms(const HttpRequest& request, bool deflate) {
  using http::field;
  auto refusal = [](std::string_view why, std::string_view headers = {},
                    std::string_view status = "400 Bad Request") -> WebSocketTerms {
    return {.refusal = "HTTP/1.1 " + std::string(status) +
                       "\r\nConnection: close\r\nContent-Type: text/html\r\nContent-Length: " +
                       std::to_string(why.size()) + "\r\n" + std::string(headers) + "\r\n" +
                       std::string(why)};
  };
  if (request.method() != http::verb::get)
    return refusal("Invalid HTTP method", "", "405 Method Not Allowed");
  if (request.message.version() < 11) return refusal("Invalid HTTP version");
  if (!boost::beast::iequals(request.message[field::upgrade], "websocket"))
    return refusal("Invalid Upgrade header");
  // RFC6455§11.3: neither key nor version is there twice.
  if (!websocket::valid_key(all_of(request, field::sec_websocket_key).value_or("")))
    return refusal("Missing or invalid Sec-WebSocket-Key header");
  const std::string version = all_of(request, field::sec_websocket_version).value_or("");
  if (version != "13" && version != "8")
    return refusal("Missing or invalid Sec-WebSocket-Version header", "Sec-WebSocket-Version: 13, 8\r\n");
  WebSocketTerms terms;
  if (const auto offers = all_of(request, field::sec_websocket_protocol)) {
    const auto first = websocket::first_protocol(*offers);
    if (!first) return refusal("Invalid Sec-WebSocket-Protocol header");
    terms.protocol = *first;
  }
  if (const auto offers = all_of(request, field::sec_websocket_extensions)) {
    const auto extensions = websocket::negotiate(*offers, deflate);
    if (!extensions) return refusal("Invalid or unacceptable Sec-WebSocket-Extensions header");
    terms.extensions = *extensions;
  }
  return terms;
}

void accept_websocket(Connection& connection, const HttpRequest& request, const WebSocketTerms& terms,
                      const HttpHeaders& headers) {
  using http::field;
  std::string answer =
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: "
      "Upgrade\r\nSec-WebSocket-Accept: ";
  answer += websocket::accept_key(request.message[field::sec_websocket_key]);
  answer += "\r\n";
  // The first that was offered, as Node's server does.
  if (!terms.protocol.empty()) answer += "Sec-WebSocket-Protocol: " + terms.protocol + "\r\n";
  if (const std::string_view agreed = terms.extensions.answer(); !agreed.empty()) {
    answer += "Sec-WebSocket-Extensions: ";
    answer += agreed;
    answer += "\r\n";
  }
  for (const auto& [name, value] : headers) answer += name + ": " + value + "\r\n";
  answer += "\r\n";
  connection.send(raw_frame(answer));
}

WebSocketConnection::WebSocketConnection(std::unique_ptr<Connection> connection,
                                         const WebSocketContext& context, bool deflate)
    : context_(context), connection_(std::move(connection)), decoder_(context.max_message_bytes, deflate) {
  connection_->set_handler(this);
}

WebSocketConnection::~WebSocketConnection() { Connection::retire(std::move(connection_)); }

void WebSocketConnection::replay(std::string unread) {
  if (!unread.empty()) on_bytes(unread);
}

void WebSocketConnection::on_bytes(std::span<char> bytes) {
  // One read of compressed messages must not hold the loop for what a thousand times as many bytes take.
  std::size_t budget = inflated_messages_at_once * context_.max_message_bytes;
  while (handler_ != nullptr) {
    auto event = decoder_.next(bytes);
    if (!event) return fail(event.error());
    if (!*event) return;
    if ((*event)->compressed) {
      context_.metrics.inflated_from_bytes.add((*event)->payload.size());
      if (const auto error = context_.inflater.inflate(**event, context_.max_message_bytes))
        return fail(*error);
      const std::size_t size = (*event)->payload.size();
      context_.metrics.inflated_to_bytes.add(size);
      if (size > budget) return fail(websocket::Error::message_too_large);
      budget -= size;
    }
    on_event(**event);
  }
}

void WebSocketConnection::on_event(const websocket::Event& event) {
  using Kind = websocket::Event::Kind;
  switch (event.kind) {
    case Kind::text:
      return handler_->on_text(event.payload);
    case Kind::binary:
      return handler_->on_binary(event.payload);
    case Kind::ping:
      return send(raw_frame(websocket::pong_frame(event.payload)));
    case Kind::pong:
      return;
    case Kind::close:
      // RFC6455§5.5.1: the answer repeats the code.
      finish(std::move(connection_),
             websocket::close_frame(event.close_code == websocket::no_status_received ? std::uint16_t{0}
                                                                                      : event.close_code));
      return tell_end({WebSocketEnd::Cause::closed_by_peer, event.close_code, std::string(event.payload)});
  }
}

void WebSocketConnection::fail(const boost::system::error_code& error) {
  context_.metrics.websocket_errors.add();
  const auto code = websocket::close_code(static_cast<websocket::Error>(error.value()));
  const bool too_big = code == websocket::message_too_big;
  std::string why = too_big ? "payload too large" : error.message();
  base::log::debug("websocket closed with {}: {}", code, why);
  finish(std::move(connection_), websocket::close_frame(code));
  tell_end({too_big ? WebSocketEnd::Cause::message_too_big : WebSocketEnd::Cause::protocol_error, code,
            std::move(why)});
}

void WebSocketConnection::on_end(EndCause cause) {
  if (cause == EndCause::slow_consumer || cause == EndCause::memory_ceiling)
    context_.metrics.slow_consumers.add();
  switch (cause) {
    case EndCause::closed_by_peer:
      return tell_end({WebSocketEnd::Cause::closed_by_peer});
    case EndCause::error:
      return tell_end({WebSocketEnd::Cause::error});
    case EndCause::slow_consumer:
      return tell_end({WebSocketEnd::Cause::slow_consumer});
    case EndCause::memory_ceiling:
      return tell_end({WebSocketEnd::Cause::memory_ceiling});
  }
}

void WebSocketConnection::tell_end(WebSocketEnd end) {
  if (WebSocketHandler* handler = std::exchange(handler_, nullptr)) handler->on_end(end);
}

void WebSocketConnection::close(std::unique_ptr<WebSocketConnection> websocket, std::uint16_t code) {
  if (!websocket) return;
  if (websocket->connection_) finish(std::move(websocket->connection_), websocket::close_frame(code));
  retire(std::move(websocket));
}

void WebSocketConnection::retire(std::unique_ptr<WebSocketConnection> websocket) {
  if (!websocket) return;
  websocket->handler_ = nullptr;
  Connection::retire(std::move(websocket->connection_));
  loop::Loop& loop = websocket->context_.loop;
  loop.bury(std::move(websocket));
}

}  // namespace roomcast::net
