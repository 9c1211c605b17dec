#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include <loop/loop.hpp>
#include <redis/commands.hpp>
#include <redis/metrics.hpp>
#include <redis/subscriber.hpp>

namespace roomcast::resp {

/// Finds out whether messages really arrive: publishes a tiny message on a channel of our own through the
/// commands connection and expects it from the subscriber. An answer that does not come in time makes the
/// subscriber reconnect, so that a connection that looks alive and is deaf is noticed and healed. Home only,
/// but for `healthy`.
///
/// While the commands connection is away nothing is asked and the subscriber is not blamed; only `healthy()`
/// is false.
class Probe {
 public:
  struct Options {
    std::chrono::milliseconds calm_interval{2'000};  ///< from one good answer to the next question
    std::chrono::milliseconds alert_interval{
        500};  ///< while something is wrong, or for `alert_for` after it was
    std::chrono::milliseconds alert_for{5'000};
    std::chrono::milliseconds patience{1'000};  ///< how long an answer may take
  };

  /// Watches both, which must not have been started yet, and must live for as long as this is not stopped.
  Probe(loop::Loop& loop, Commands& commands, Subscriber& subscriber, Options options, Metrics& metrics);
  Probe(loop::Loop& loop, Commands& commands, Subscriber& subscriber, Metrics& metrics);
  /// At home, or when the loop does not run; before or after the two that it watches.
  ~Probe();
  Probe(const Probe&) = delete;
  Probe& operator=(const Probe&) = delete;

  /// Is called at home with each error that Redis answers to the PUBLISH. Before `start`.
  void on_refused(std::function<void(std::string_view error)> refused) { refused_ = std::move(refused); }
  /// Begins to ask on `channel`, which the caller has subscribed to and which nobody else listens to.
  void start(std::string channel);
  /// To be called with each message on the channel.
  /// @return whether it was a probe's, so that nobody else need look at it.
  bool consume(std::string_view payload);
  void stop();

  /// Any thread: whether both connections stand and a probe has come back since they did. What /readyz wants
  /// to know.
  bool healthy() const noexcept { return healthy_.load(std::memory_order_acquire); }

 private:
  void ask();
  void not_sent(std::uint64_t number, const std::string& why);
  void changed();
  void timer_expired(loop::TimePoint now);
  void set_healthy(bool healthy);

  loop::Loop& loop_;
  Commands& commands_;
  Subscriber& subscriber_;
  const Options options_;
  Metrics& metrics_;
  const std::string prefix_;            // random, so that no other process's probe is taken for ours
  const std::shared_ptr<Probe*> self_;  // null once we are gone: callbacks may come later
  std::function<void(std::string_view)> refused_;
  std::string channel_;
  std::uint64_t number_ = 0;  // of the last question
  bool waiting_ = false;      // for its answer
  loop::TimePoint alert_until_{};
  std::atomic<bool> healthy_{false};
  loop::MemberTimer<Probe, &Probe::timer_expired> timer_{*this};  // the next question, or the end of patience
};

}  // namespace roomcast::resp
