#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <net/connection.hpp>

// A connection without a socket, so that HTTP and websockets are tested with neither kernel nor second
// thread.

namespace roomcast::support {

/// The other end of a MemoryConnection: what the peer says, hears and sees. Outlives the connection.
/// To be used on the connection's loop.
class MemoryPeer {
 public:
  explicit MemoryPeer(loop::Loop& loop) : loop_(loop) {}
  MemoryPeer(const MemoryPeer&) = delete;
  MemoryPeer& operator=(const MemoryPeer&) = delete;
  ~MemoryPeer();

  /// The connection to this peer; once.
  std::unique_ptr<net::Connection> connect();

  /// Bytes arrive at the connection, in a buffer that is gone afterwards; nobody hears them once it is gone.
  void says(std::string_view bytes);
  /// The stream ends, and not by the connection's doing.
  void leaves(net::EndCause cause = net::EndCause::closed_by_peer);
  /// From now on the kernel takes nothing, until `reads_again`.
  void stops_reading() { reading_ = false; }
  void reads_again();

  /// What has arrived since the last call.
  std::string hears() { return std::exchange(heard_, {}); }
  /// Whether our side has ended its half, or dropped the whole.
  bool sees_end() const noexcept { return ended_ || dropped(); }
  bool dropped() const noexcept { return connection_ == nullptr; }
  /// Whether the connection wants no bytes at present.
  bool held_up() const noexcept { return paused_; }

 private:
  class MemoryConnection;

  loop::Loop& loop_;
  MemoryConnection* connection_ = nullptr;
  std::string heard_;
  bool reading_ = true;
  bool ended_ = false;
  bool paused_ = false;
};

class MemoryPeer::MemoryConnection final : public net::Connection, private loop::Flushable {
 public:
  explicit MemoryConnection(MemoryPeer& peer) : Connection(peer.loop_), peer_(&peer) {}
  ~MemoryConnection() override { MemoryConnection::stop(); }

  void send(base::Frame frame) override {
    if (peer_ == nullptr) return;
    queued_ += frame.wire();
    loop().mark_dirty(*this);
  }
  std::size_t buffered_bytes() const noexcept override { return queued_.size(); }
  bool blocked() const noexcept override { return !queued_.empty() && !peer_->reading_; }
  void pause_reading() override { peer_->paused_ = true; }
  void resume_reading() override { peer_->paused_ = false; }
  void shutdown_write() override { peer_->ended_ = true; }
  net::Detached release() override {
    stop();
    return {};
  }

  net::ConnectionHandler* handler() const noexcept { return handler_; }
  void leave(net::EndCause cause) {
    net::ConnectionHandler* handler = std::exchange(handler_, nullptr);
    stop();
    if (handler != nullptr) handler->on_end(cause);
  }
  void flush() override {
    if (peer_ == nullptr || !peer_->reading_) return;
    peer_->heard_ += std::exchange(queued_, {});
    if (handler_ != nullptr) handler_->on_drained();
  }

 private:
  void stop() noexcept override {
    loop().unmark(*this);
    queued_.clear();
    if (peer_ != nullptr) std::exchange(peer_, nullptr)->connection_ = nullptr;
  }

  friend class MemoryPeer;
  MemoryPeer* peer_;
  std::string queued_;
};

inline MemoryPeer::~MemoryPeer() {
  if (connection_ != nullptr) connection_->leave(net::EndCause::closed_by_peer);
}

inline std::unique_ptr<net::Connection> MemoryPeer::connect() {
  auto connection = std::make_unique<MemoryConnection>(*this);
  connection_ = connection.get();
  return connection;
}

inline void MemoryPeer::says(std::string_view bytes) {
  if (connection_ == nullptr || connection_->handler() == nullptr) return;
  std::vector<char> buffer(bytes.begin(), bytes.end());
  connection_->handler()->on_bytes(buffer);
}

inline void MemoryPeer::leaves(net::EndCause cause) {
  if (connection_ != nullptr) connection_->leave(cause);
}

inline void MemoryPeer::reads_again() {
  reading_ = true;
  if (connection_ != nullptr && connection_->buffered_bytes() != 0) connection_->flush();
}

}  // namespace roomcast::support
