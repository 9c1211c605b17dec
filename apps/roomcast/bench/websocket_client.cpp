#include "websocket_client.hpp"

#include "http_response.hpp"

namespace roomcast::app::bench {
namespace {

// Not random: nothing is cached between this program and a server. The answer is RFC6455§4.2.2's.
constexpr std::string_view key = "cm9vbWNhc3QgYmVuY2ghIQ==";
constexpr std::string_view answer_to_key = "r+IwxH3sr446EPFX9+80eFbnyus=";
constexpr std::size_t longest_head = 64 << 10;

}  // namespace

WebSocketClient::WebSocketClient(EventLoop& loop, ClientHandler& handler, unsigned index,
                                 const Endpoint& endpoint)
    : Client(loop, handler, index, endpoint), connection_(loop, *this) {}

void WebSocketClient::send(std::string_view packet) {
  append_frame(connection_.output(), FrameType::text, packet, loop_.random());
}

void WebSocketClient::probe() { append_frame(connection_.output(), FrameType::pong, {}, loop_.random()); }

void WebSocketClient::open() {
  upgraded_ = false;
  head_.clear();
  frames_.reset();
  connection_.dial(endpoint_);
}

void WebSocketClient::say_goodbye() {
  append_frame(connection_.output(), FrameType::close, "\x03\xE8", loop_.random());  // 1000: it goes well
}

void WebSocketClient::close() { connection_.close(); }

void WebSocketClient::on_open(Connection&) {
  connection_.output()
      .append("GET ")
      .append(endpoint_.path)
      .append("?EIO=4&transport=websocket HTTP/1.1\r\nHost: ")
      .append(endpoint_.host)
      .append(
          "\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ")
      .append(key)
      .append("\r\n\r\n");
}

bool WebSocketClient::upgraded(std::string_view& bytes) {
  const std::size_t before = head_.size();
  head_.append(bytes);
  const std::size_t end = head_.find("\r\n\r\n");
  if (end == std::string_view::npos) {
    if (head_.size() > longest_head) lost("the answer to the upgrade does not end");
    return false;
  }
  bytes.remove_prefix(end + 4 - before);
  head_.resize(end);
  const int status = http_status(head_);
  if (status != 101) {
    lost("the upgrade was refused: " + head_.substr(0, head_.find("\r\n")));
  } else if (http_header(head_, "sec-websocket-accept") != answer_to_key) {
    lost("the upgrade has a wrong Sec-WebSocket-Accept");
  } else {
    upgraded_ = true;
    head_ = std::string();
  }
  return upgraded_;
}

void WebSocketClient::on_bytes(Connection&, std::string_view bytes) {
  if (!upgraded_ && !upgraded(bytes)) return;
  const std::string_view error = frames_.read(bytes, *this);
  if (!error.empty()) lost("the server sent " + std::string(error));
}

void WebSocketClient::on_end(Connection&, const std::string& why) { lost(why); }

bool WebSocketClient::on_frame(FrameType type, std::string_view payload) {
  switch (type) {
    case FrameType::text:
      return on_packet(payload);
    case FrameType::ping:
      append_frame(connection_.output(), FrameType::pong, payload, loop_.random());
      return true;
    case FrameType::pong:
      return true;
    case FrameType::close:
      if (state_ == State::leaving) return true;  // the server closes the connection now (RFC6455§7.1.1)
      lost("the server sent a close frame");
      return false;
    case FrameType::binary:
      lost("the server sent a binary frame");
      return false;
  }
  return false;
}

}  // namespace roomcast::app::bench
