#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "endpoint.hpp"
#include "event_loop.hpp"

namespace roomcast::app::bench {

/// A TCP connection that never blocks. It must outlive the turn in which it is closed.
class Connection {
 public:
  struct Owner {
    virtual void on_open(Connection& connection) = 0;
    virtual void on_bytes(Connection& connection, std::string_view bytes) = 0;
    /// The peer has closed it, or it has failed. It is closed by then.
    virtual void on_end(Connection& connection, const std::string& why) = 0;

   protected:
    ~Owner() = default;
  };

  Connection(EventLoop& loop, Owner& owner) : loop_(loop), owner_(owner) {}
  ~Connection() { close(); }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// `on_open` or `on_end` follows. To 127.0.0.0/8 from a source address that has ports left.
  /// Throws std::system_error when there is no descriptor, or no way to the address.
  void dial(const Endpoint& endpoint);
  /// Before `dial`: the kernel keeps little for it, some KiB here and some tens at the peer, which it would
  /// give more than a megabyte on loopback.
  void narrow() { narrow_ = true; }
  /// Reads nothing any more; `on_end` is all that can follow.
  void stall() { stalled_ = true; }
  /// What is appended to it is sent at the end of the turn.
  std::string& output();
  void close();
  bool is_open() const { return descriptor_ >= 0; }
  bool is_idle() const { return out_.empty(); }

  void on_events(std::uint32_t events);
  void flush();

 private:
  void read(bool to_the_end);
  int error() const;
  void end(const std::string& why);

  EventLoop& loop_;
  Owner& owner_;
  int descriptor_ = -1;
  bool connected_ = false;
  bool queued_ = false;
  bool narrow_ = false;
  bool stalled_ = false;
  std::string out_;
};

}  // namespace roomcast::app::bench
