#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "server_fixture.hpp"

namespace roomcast {

/// A gate that a coroutine waits at until the test opens it: an answer of another socket.
class Gate {
 public:
  Gate(Server& io, const std::string& nsp) {
    io.of(nsp).on_connection([this](const Socket& socket) { keeper_.put(socket); });
    nsp_ = nsp;
  }
  void build(std::uint16_t port) {
    client_ = std::make_unique<SocketIoClient>(port);
    client_->connect(nsp_);
    socket_ = keeper_.take();
  }
  Task<> pass() const { co_await socket_.emit_with_ack("open"); }
  /// Opens for the next one who has come.
  void open() {
    const std::string packet = client_->hear();  // 2/gate,7["open"]
    const std::size_t comma = packet.find(',');
    client_->say("3" + nsp_ + "," + packet.substr(comma + 1, packet.find('[') - comma - 1) + "[]");
  }

 private:
  std::string nsp_;
  Inbox<Socket> keeper_;
  std::unique_ptr<SocketIoClient> client_;
  Socket socket_;
};

}  // namespace roomcast
