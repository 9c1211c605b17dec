#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include <net/connection.hpp>
#include <net/peer_address.hpp>

namespace roomcast::net {

/// The one listening socket of a server. It accepts on its own loop and gives every descriptor away.
class Listener {
 public:
  /// Called on the listener's loop for each accepted connection: non-blocking, TCP_NODELAY set.
  using OnAccept = std::function<void(Descriptor, PeerAddress)>;

  explicit Listener(loop::Loop& loop) : acceptor_(loop.io()), retry_(loop.io()) {}

  /// Before the loop runs, or at home: binds and listens. Port 0 takes any free port.
  /// Throws boost::system::system_error (address in use, no permission, no such address).
  void listen(const std::string& host, std::uint16_t port, bool reuse_port, OnAccept on_accept);
  /// Home: accepts nothing more. What waits in the kernel's queue is refused by it.
  void close();

  std::uint16_t port() const noexcept { return port_; }

 private:
  void wait();
  void accept_all();

  boost::asio::ip::tcp::acceptor acceptor_;
  boost::asio::steady_timer retry_;
  OnAccept on_accept_;
  std::uint16_t port_ = 0;
  bool starved_ = false;  // the last accept failed, and the log says so
};

}  // namespace roomcast::net
