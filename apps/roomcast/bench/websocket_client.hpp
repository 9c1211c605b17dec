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
