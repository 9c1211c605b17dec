#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <base/metrics.hpp>
#include <net/connection.hpp>
#include <net/http_message.hpp>
#include <protocol/websocket/deflate.hpp>
#include <protocol/websocket/error.hpp>
#include <protocol/websocket/extensions.hpp>
#include <protocol/websocket/frame_decoder.hpp>

namespace roomcast::net {

/// How a websocket ended.
struct WebSocketEnd {
  enum class Cause : std::uint8_t {
    closed_by_peer,   ///< with a close frame, or by closing the stream
    error,            ///< the stream failed
    protocol_error,   ///< a bad frame; it was answered with the right close code
    message_too_big,  ///< a message above the limit; answered with 1009
    slow_consumer,
    memory_ceiling,
  };
  Cause cause;
  std::uint16_t code = websocket::abnormal_closure;  ///< the close code, ours or the peer's
  std::string detail{};
};

/// What a websocket tells the protocol above it. All calls on its loop.
class WebSocketHandler {
 public:
  /// A whole text message: valid UTF-8. The view is gone when the call returns.
  virtual void on_text(std::string_view text) = 0;
  virtual void on_binary(std::string_view bytes) = 0;
  /// Called once, and nothing after it; not called after `close`.
  virtual void on_end(const WebSocketEnd& end) = 0;
  /// As of ConnectionHandler.
  virtual void on_pressure() {}

 protected:
  ~WebSocketHandler() = default;
};

/// What all websockets of one loop share; outlives them.
struct WebSocketContext {
  loop::Loop& loop;
  base::Metrics& metrics;
  std::size_t max_message_bytes;
  websocket::Inflater& inflater;
};

/// An open websocket, server side (RFC 6455). Pings are answered, frames checked, messages put together.
///
/// Lives on one loop. Idle it owns no buffer. Give it up with `retire` or `close`, which may be called inside
/// one of its own callbacks.
class WebSocketConnection final : public ConnectionHandler {
 public:
  /// `deflate`: whether the peer may compress its messages (RFC 7692).
  WebSocketConnection(std::unique_ptr<Connection> connection, const WebSocketContext& context,
                      bool deflate = false);
  ~WebSocketConnection();

  void set_handler(WebSocketHandler* handler) noexcept { handler_ = handler; }
  /// Bytes that had arrived with the upgrade request; to be called once, when the handler is set.
  void replay(std::string unread);

  /// Queues a frame made with a WebSocket header (its `wire()`).
  void send(base::Frame frame) { connection_->send(std::move(frame)); }
  std::size_t buffered_bytes() const noexcept { return connection_->buffered_bytes(); }
  bool blocked() const noexcept { return connection_->blocked(); }

  /// Writes a close frame (`code` 0: without a code) behind what is queued and lets go: the stream ends when
  /// the peer has answered, or after 5 s. The handler hears nothing more.
  static void close(std::unique_ptr<WebSocketConnection> websocket, std::uint16_t code = 0);
  /// Drops the stream at once, without a close frame.
  static void retire(std::unique_ptr<WebSocketConnection> websocket);

 private:
  void on_bytes(std::span<char> bytes) override;
  void on_end(EndCause cause) override;
  void on_pressure() override {
    if (handler_ != nullptr) handler_->on_pressure();
  }
  void on_event(const websocket::Event& event);
  void fail(const boost::system::error_code& error);
  void tell_end(WebSocketEnd end);

  const WebSocketContext& context_;
  std::unique_ptr<Connection> connection_;
  WebSocketHandler* handler_ = nullptr;
  websocket::FrameDecoder decoder_;
};

/// What an upgrade request leads to.
struct WebSocketTerms {
  std::string
      refusal{};  ///< "" if the request is good, else the whole answer, word for word as clients know it
  std::string protocol{};  ///< "" if the client named none
  websocket::Extensions extensions{};
};

/// Checks the headers of an upgrade request (RFC6455§4.2.1). `deflate`: whether messages may be compressed.
WebSocketTerms websocket_terms(const HttpRequest& request, bool deflate = false);

/// Writes the 101 answer to a good request, with `headers` added (RFC6455§4.2.2).
void accept_websocket(Connection& connection, const HttpRequest& request, const WebSocketTerms& terms,
                      const HttpHeaders& headers);

/// Writes raw bytes, ends our half, waits for the peer to close (5 s at most) and drops the connection.
void finish(std::unique_ptr<Connection> connection, std::string_view last_bytes);

}  // namespace roomcast::net
