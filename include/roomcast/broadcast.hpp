#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <roomcast/handshake.hpp>
#include <roomcast/task.hpp>
#include <roomcast/value.hpp>

namespace roomcast {

namespace core {
class NamespaceState;
class SocketState;
}  // namespace core

/// What became of an emit.
enum class SendStatus : std::uint8_t {
  queued,   ///< leaves with this turn's flush
  delayed,  ///< waits behind a slow client
  posted,   ///< on its way to the loop that has the socket
  dropped,  ///< volatile and not writable, or the client is gone
};

class Socket;

/// A socket as others see it: a snapshot. Mirrors Socket.IO's RemoteSocket.
class RemoteSocket {
 public:
  RemoteSocket(std::string id, std::shared_ptr<const Handshake> handshake, std::vector<std::string> rooms,
               core::NamespaceState& nsp)
      : id_(std::move(id)), handshake_(std::move(handshake)), rooms_(std::move(rooms)), nsp_(&nsp) {}

  const std::string& id() const noexcept { return id_; }
  const Handshake& handshake() const noexcept { return *handshake_; }
  /// The rooms it was in when it was asked.
  const std::vector<std::string>& rooms() const noexcept { return rooms_; }

  template <class... Args>
  void emit(std::string_view event, const Args&... args) const;
  void join(std::string room) const;
  void leave(std::string room) const;
  void disconnect(bool close = false) const;

 private:
  std::string id_;
  std::shared_ptr<const Handshake> handshake_;
  std::vector<std::string> rooms_;
  core::NamespaceState* nsp_;
};

/// Names a set of sockets and does something to all of them: `io.to("a").to("b").except("c").emit("x")`
/// reaches every socket that is in `a` or `b` and not in `c`, once. Without any `to` it is the whole
/// namespace.
///
/// A value: cheap to build, any thread may use it, and it can be kept as long as its Server lives.
class BroadcastOperator {
 public:
  explicit BroadcastOperator(core::NamespaceState& nsp) noexcept : nsp_(&nsp) {}

  BroadcastOperator to(std::string room) &&;
  BroadcastOperator to(std::string room) const&;
  BroadcastOperator to(std::vector<std::string> rooms) const;
  BroadcastOperator in(std::string room) const { return to(std::move(room)); }
  BroadcastOperator in(std::vector<std::string> rooms) const { return to(std::move(rooms)); }
  BroadcastOperator except(std::string room) const;
  BroadcastOperator except(std::vector<std::string> rooms) const;
  /// Only sockets of this server.
  BroadcastOperator local() const;
  /// Sockets that cannot take the packet right now do not get it. Named with a tail because of C++'s keyword.
  BroadcastOperator volatile_() const;

  /// Sends an event to every socket of the set. Encoded once; each loop that has members is told once. Any
  /// thread. What is sent from one thread arrives at each socket in call order. Throws like Socket::emit.
  template <class... Args>
  void emit(std::string_view event, const Args&... args) const {
    detail::Encoder packet = detail::Encoder::event(nsp_name(), event, std::nullopt);
    (detail::encode_argument(packet, args), ...);
    send(std::move(packet));
  }

  /// The sockets of the set, on all loops.
  Task<std::vector<RemoteSocket>> fetch_sockets() const;
  /// Makes every socket of the set join or leave a room. Returns at once; what is emitted afterwards from the
  /// same thread finds the rooms changed.
  void sockets_join(std::string room) const;
  void sockets_leave(std::string room) const;
  /// Disconnects every socket of the set; see Socket::disconnect.
  void disconnect_sockets(bool close = false) const;

 private:
  std::string_view nsp_name() const noexcept;
  void send(detail::Encoder&& packet) const;

  core::NamespaceState* nsp_;
  std::vector<std::string> rooms_;
  std::vector<std::string> except_;
  bool volatile_packet_ = false;
  bool local_ = false;
};

template <class... Args>
void RemoteSocket::emit(std::string_view event, const Args&... args) const {
  BroadcastOperator(*nsp_).to(id_).emit(event, args...);
}

}  // namespace roomcast
