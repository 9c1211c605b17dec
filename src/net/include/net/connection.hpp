#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include <boost/unordered/unordered_flat_map.hpp>

#include <base/frame.hpp>
#include <base/metrics.hpp>
#include <loop/loop.hpp>
#include <net/detached.hpp>
#include <net/places.hpp>

namespace roomcast::net {

/// Why a connection ended without being asked to.
enum class EndCause : std::uint8_t {
  closed_by_peer,
  error,           ///< reading or writing failed
  slow_consumer,   ///< more bytes waited, or for longer, than OutboxLimits allow
  memory_ceiling,  ///< too much waited for all clients together, and a good part of it here
};

/// How much may wait for one slow reader before its connection is closed.
struct OutboxLimits {
  std::size_t max_bytes = 1 << 20;
  std::chrono::milliseconds max_age{10'000};  ///< counts only while the kernel refuses to take more
};

/// What a connection tells the protocol above it. All calls on the connection's loop.
class ConnectionHandler {
 public:
  /// Bytes arrived, in a buffer that the whole loop shares: they may be changed in place and are gone
  /// when the call returns. The handler may retire the connection during the call.
  virtual void on_bytes(std::span<char> bytes) = 0;
  /// The connection is over; called once, and nothing after it.
  virtual void on_end(EndCause cause) = 0;
  /// Everything that was queued has been taken by the kernel.
  virtual void on_drained() {}
  /// The kernel refused bytes, or took some that it had refused before: `buffered_bytes` and `blocked` tell
  /// how it stands. Not called while the peer keeps up.
  virtual void on_pressure() {}

 protected:
  ~ConnectionHandler() = default;
};

/// A stream of bytes to one peer: bytes up, Frames down. The narrow face behind which an I/O engine hides.
///
/// Lives on one loop and is touched there only. Give it up with `retire`: it may be in the middle of a
/// callback.
class Connection {
 public:
  virtual ~Connection() = default;

  void set_handler(ConnectionHandler* handler) noexcept { handler_ = handler; }

  /// Queues the frame's wire form; it leaves at the end of the turn, in order.
  virtual void send(base::Frame frame) = 0;
  /// Bytes queued and not yet taken by the kernel.
  virtual std::size_t buffered_bytes() const noexcept = 0;
  /// The kernel refused the last write, so what is sent now has to wait.
  virtual bool blocked() const noexcept = 0;
  /// No bytes are read until `resume_reading`.
  virtual void pause_reading() = 0;
  virtual void resume_reading() = 0;
  /// Ends our half of the stream, for a peer that waits for that.
  virtual void shutdown_write() = 0;
  /// Takes what the stream consists of away for another loop. Nothing may be queued.
  virtual Detached release() = 0;
  /// What encrypts the stream, or null.
  virtual const TlsStream* tls() const noexcept { return nullptr; }
  /// Hands `bytes` (read earlier, before this handler was there) to the handler.
  void replay(std::string bytes) {
    if (handler_ != nullptr && !bytes.empty()) handler_->on_bytes(bytes);
  }

  loop::Loop& loop() const noexcept { return loop_; }

  /// Drops the connection at once: nothing more is written, read or reported.
  static void retire(std::unique_ptr<Connection> connection);

 protected:
  explicit Connection(loop::Loop& loop) : loop_(loop) {}
  /// Stops all activity at once; the object itself is destroyed at the end of the turn.
  virtual void stop() noexcept = 0;

  ConnectionHandler* handler_ = nullptr;

 private:
  loop::Loop& loop_;
};

/// One loop's way to do I/O: makes connections out of accepted descriptors.
class IoEngine {
 public:
  virtual ~IoEngine() = default;
  /// Home loop. The descriptor is a connected, non-blocking stream socket.
  virtual std::unique_ptr<Connection> adopt(Descriptor descriptor) = 0;
  /// Home loop: ends every connection as if its peer had gone.
  virtual void end_all() = 0;
  /// Any thread: how many connections are open. Approximate while others change it.
  virtual std::size_t open_connections() const noexcept = 0;
  /// Home: a connection of this engine holds the place until it ends, or takes it along when it is released.
  void seat(const Connection& connection, Places::Place place) {
    places_.emplace(&connection, std::move(place));
  }
  /// Home: the place that the connection holds; null where connections are not limited.
  Places::Place* place_of(const Connection& connection) noexcept {
    const auto found = places_.find(&connection);
    return found == places_.end() ? nullptr : &found->second;
  }
  /// Any thread: bytes that were read from and written to the kernel.
  std::uint64_t bytes_received() const noexcept { return bytes_received_.value(); }
  std::uint64_t bytes_sent() const noexcept { return bytes_sent_.value(); }

 protected:
  /// Takes the place that the connection holds, if any, away from it.
  Places::Place unseat(const Connection& connection) noexcept {
    Places::Place taken;
    if (const auto found = places_.find(&connection); found != places_.end()) {
      taken = std::move(found->second);
      places_.erase(found);
    }
    return taken;
  }

  base::Counter bytes_received_;
  base::Counter bytes_sent_;

 private:
  // Beside the connections, so that they are no larger where they are not limited.
  boost::unordered_flat_map<const Connection*, Places::Place> places_;
};

}  // namespace roomcast::net
