#pragma once

#include <string>

#include "client.hpp"
#include "connection.hpp"
#include "frame.hpp"

namespace roomcast::app::bench {

/// A client that speaks WebSocket from the start.
class WebSocketClient final : public Client, Connection::Owner, FrameReader::Sink {
 public:
  WebSocketClient(EventLoop& loop, ClientHandler& handler, unsigned index, const Endpoint& endpoint);
  void send(std::string_view packet) override;

  /// Before `dial`: gives it small buffers.
  void narrow() { connection_.narrow(); }
  /// Stops reading for good; `on_lost` is all that can follow.
  void stall() { connection_.stall(); }
  /// Sends a pong that nobody asked for (RFC6455§5.5.3), so that a server that has closed the connection,
  /// with bytes before the end that are not read, has to say so: `on_lost` follows then.
  void probe();

 private:
  void open() override;
  void say_goodbye() override;
  void close() override;
  void on_open(Connection&) override;
  void on_bytes(Connection&, std::string_view bytes) override;
  void on_end(Connection&, const std::string& why) override;
  bool on_frame(FrameType type, std::string_view payload) override;

  /// Takes the response to the upgrade off the bytes. @return whether it is there and good.
  bool upgraded(std::string_view& bytes);

  Connection connection_;
  FrameReader frames_;
  std::string head_;
  bool upgraded_ = false;
};

}  // namespace roomcast::app::bench
