#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace roomcast::app::bench {

class Connection;

/// Nanoseconds of the steady clock.
std::uint64_t now_ns();

/// One epoll set, edge-triggered. What connections have to send goes out once per turn.
class EventLoop {
 public:
  static constexpr std::uint64_t never = ~std::uint64_t{0};

  explicit EventLoop(std::uint64_t seed);
  ~EventLoop();
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  /// Sends what is waiting, then waits for events, at the longest until that time, and handles them.
  void turn(std::uint64_t until);

  void watch(int descriptor, Connection& connection);
  /// Its `flush` is called before the loop waits again.
  void flush_later(Connection& connection) { to_flush_.push_back(&connection); }

  /// When the bytes came that are being handled. Looked up once for each read, not for each message.
  std::uint64_t arrival() const { return arrival_; }
  void set_arrival() { arrival_ = now_ns(); }

  /// A mask for a frame; also for anything else that is to be random.
  std::uint32_t random();
  /// Where connections read to.
  char* buffer() { return buffer_.get(); }
  static constexpr std::size_t buffer_size = 256 << 10;
  /// How many connections were opened before this one.
  std::uint64_t count_dial() { return dials_++; }

 private:
  void flush();

  int epoll_;
  std::uint64_t random_;
  std::uint64_t dials_ = 0;
  std::uint64_t arrival_ = 0;
  std::vector<Connection*> to_flush_;
  std::unique_ptr<char[]> buffer_;
};

}  // namespace roomcast::app::bench
