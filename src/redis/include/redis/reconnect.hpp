#pragma once

#include <chrono>
#include <cstdint>

namespace roomcast::resp {

/// When to dial again. Decides, and has neither socket nor clock nor randomness of its own.
///
/// It never gives up: every failure has a next attempt, at most `cap` after the start of the one before. The
/// pause doubles with each failure and is jittered to between half of it and all of it, so that many servers
/// do not come back at one moment. It starts from the beginning only after a connection that was good for
/// `healthy_after`, so that one that opens and dies at once is not dialled in a tight loop.
class Reconnect {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;
  using Duration = std::chrono::steady_clock::duration;

  struct Options {
    std::chrono::milliseconds first{50};
    std::chrono::milliseconds cap{1'000};
    std::chrono::milliseconds healthy_after{10'000};
  };

  explicit Reconnect(Options options) : options_(options) {}

  /// A dial begins.
  void dialled(TimePoint now);
  /// It ended in a connection that can be used.
  void connected(TimePoint now);
  /// The dial failed, or the connection was lost. `random` is any 32 random bits.
  /// @return when to dial again, not before `now`.
  TimePoint failed(TimePoint now, std::uint32_t random);

  /// Whether there is no usable connection.
  bool away() const noexcept { return !connected_; }
  /// Dials since the last usable connection, or since the beginning.
  unsigned attempts() const noexcept { return attempts_; }
  /// When the usable connection was lost, or the first dial began.
  TimePoint away_since() const noexcept { return away_since_; }
  /// Whether there has been a usable connection at all.
  bool ever_connected() const noexcept { return ever_connected_; }

 private:
  Options options_;
  TimePoint dialled_{};
  TimePoint connected_since_{};
  TimePoint away_since_{};
  unsigned failures_ = 0;  // in a row, as the pause counts them
  unsigned attempts_ = 0;
  bool connected_ = false;
  bool ever_connected_ = false;
  bool begun_ = false;
};

}  // namespace roomcast::resp
