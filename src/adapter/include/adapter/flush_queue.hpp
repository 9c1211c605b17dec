#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>

#include <roomcast/redis_error.hpp>

namespace roomcast::adapter {

/// Why Redis has not taken a message.
struct PublishFailure {
  RedisErrorCode code{};
  std::string text{};  ///< Redis's own, of an error_reply
};

/// What became of the messages between two flushes.
struct FlushOutcome {
  std::size_t failed = 0;
  PublishFailure first{};  ///< of those that failed
};

/// Tells each flush when all that was sent before it has been settled, in whatever order that happens.
/// Decides only: no I/O, no clock, one thread.
class FlushQueue {
 public:
  /// @return whether anybody still listens: if not, the next flush is told of these failures.
  using Done = std::function<bool(const FlushOutcome&)>;
  /// Between which flushes a message was sent.
  using Epoch = std::uint64_t;

  /// A message is on its way. @return what `settled` is to be told.
  Epoch sent();
  /// It has been taken, or has failed. Calls the flushes that waited for it.
  void settled(Epoch epoch, std::optional<PublishFailure> failure = std::nullopt);
  /// Calls `done` once all that was sent until now is settled, perhaps at once, with what has failed since
  /// the flush before. Flushes end in their order.
  void flush(Done done);

  /// Messages that are not settled.
  std::size_t pending() const noexcept { return pending_; }

 private:
  struct Between {
    std::size_t pending = 0;
    FlushOutcome outcome{};
    Done done{};  // of the flush that ended it
  };

  void end_flushes();

  // The last one is open: what is sent now belongs to it. There are as many others as flushes that wait.
  std::deque<Between> epochs_{1};
  Epoch first_ = 0;  // the number of epochs_.front()
  std::size_t pending_ = 0;
};

}  // namespace roomcast::adapter
