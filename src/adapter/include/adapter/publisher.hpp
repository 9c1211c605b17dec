#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include <adapter/flush_queue.hpp>
#include <loop/loop.hpp>
#include <redis/commands.hpp>
#include <redis/metrics.hpp>
#include <redis/options.hpp>

namespace roomcast::adapter {

/// Publishes from any thread, over one connection with a thread of its own that comes back for ever, and
/// knows when all of it has been taken. For processes without a server, which have no loops.
///
/// Messages of one thread are published in the order of the calls. While Redis is away they wait,
/// `max_outbound_bytes` of them for `max_outbound_age`.
class Publisher {
 public:
  /// Throws std::invalid_argument when TLS cannot be set up.
  explicit Publisher(const resp::Options& options);
  Publisher(const Publisher&) = delete;
  Publisher& operator=(const Publisher&) = delete;
  /// Closes without patience.
  ~Publisher();

  /// Any thread. Throws std::length_error for a message above `max_publish_bytes`; RedisError: `dropped` if
  /// so much waits already that it does not fit, `closed`.
  void publish(std::string_view channel, std::string_view message);
  /// Any thread: calls `done` on the publisher's own once Redis has taken, or will not take, all that this
  /// thread has published. Throws RedisError: `closed`.
  void flush(FlushQueue::Done done);
  /// Any thread: whether the connection stands.
  bool ready() const noexcept { return commands_.ready(); }

  /// Waits for what was published, for as long as `patience` at most, and ends the connection and the thread.
  /// Any thread but the publisher's own; a second call does nothing.
  void close(std::chrono::milliseconds patience);

 private:
  /// Runs `f` at home, in the order of the calls, unless closed.
  template <class F>
  void post(F f);
  void send(const std::string& command);
  void settled(FlushQueue::Epoch epoch, std::size_t bytes, const resp::Result& result);

  resp::Metrics metrics_;
  loop::Loop loop_{0};
  resp::Commands commands_;
  FlushQueue flushes_;                 // home only
  bool refused_ = false;               // by Redis, and the log says so; home only
  std::atomic<std::size_t> bytes_{0};  // published and not settled
  std::mutex mutex_;
  bool closed_ = false;  // under the mutex
  std::thread thread_;   // last: it uses all the others
};

}  // namespace roomcast::adapter
