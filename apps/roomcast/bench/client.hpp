#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "event_loop.hpp"
#include "options.hpp"

namespace roomcast::app::bench {

class Client;

/// What a run does with its clients.
struct ClientHandler {
  /// It is connected to the namespace, and has joined its room.
  virtual void on_ready(Client& client) = 0;
  /// An event or an ack: a Socket.IO packet, such as 2["name",…] or 35[…].
  virtual void on_packet(Client& client, std::string_view packet) = 0;
  /// The server, or the network, has ended the connection.
  virtual void on_lost(Client& client, const std::string& why) = 0;
  /// After `leave`: everything is closed.
  virtual void on_left(Client& client) = 0;

 protected:
  ~ClientHandler() = default;
};

/// One Engine.IO 4 and Socket.IO 5 client in the main namespace. It answers pings, and never reconnects by
/// itself.
class Client {
 public:
  Client(EventLoop& loop, ClientHandler& handler, unsigned index, const Endpoint& endpoint);
  virtual ~Client() = default;
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  unsigned index() const { return index_; }
  const Endpoint& endpoint() const { return endpoint_; }
  bool is_ready() const { return state_ == State::ready; }
  /// Why it cannot become ready: what it waits for.
  std::string_view waits_for() const;
  /// Packets from the server since the start.
  std::uint64_t received() const { return received_; }
  /// Joins this room, with the event "join", before it is ready.
  void set_room(std::string room) { room_ = std::move(room); }

  void dial();
  /// Sends one Engine.IO packet at the end of the turn; "4…" is a message.
  virtual void send(std::string_view packet) = 0;
  /// Says goodbye, as a page does that is closed; `on_left` follows.
  void leave();

 protected:
  enum class State : std::uint8_t { closed, opening, connecting, joining, ready, leaving };

  virtual void open() = 0;
  virtual void say_goodbye() = 0;
  virtual void close() = 0;
  /// The Engine.IO open packet's JSON.
  virtual void on_handshake(std::string_view) {}

  /// An Engine.IO packet has arrived. @return whether the client is still connected.
  bool on_packet(std::string_view packet);
  void lost(const std::string& why);
  void left();

  EventLoop& loop_;
  ClientHandler& handler_;
  const Endpoint& endpoint_;
  State state_ = State::closed;

 private:
  void connected();
  bool on_message(std::string_view packet);

  unsigned index_;
  std::uint64_t received_ = 0;
  std::string room_;
};

}  // namespace roomcast::app::bench
