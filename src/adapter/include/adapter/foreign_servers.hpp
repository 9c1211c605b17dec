#pragma once

#include <cstddef>
#include <deque>

#include <loop/timer.hpp>

namespace roomcast::adapter {

/// Decides how many answers to wait for from servers that are not roomcast's: they do not tell their names,
/// and of the subscribers that Redis counts some may be no servers at all, or dead.
///
/// A census now and then asks all of them something small. A subscriber that has answered none for as long
/// as `patience` is not waited for; one that has come since the last census is. No I/O, no clock.
class ForeignServers {
 public:
  explicit ForeignServers(loop::Clock::duration patience) : patience_(patience) {}

  /// A census has ended: of `subscribers` that are no roomcast servers `answers` have answered.
  void on_census(std::size_t subscribers, std::size_t answers, loop::TimePoint now);
  /// How many answers to wait for when there are `subscribers` now.
  std::size_t expected(std::size_t subscribers, loop::TimePoint now);

 private:
  struct Census {
    loop::TimePoint when;
    std::size_t answers;
  };

  const loop::Clock::duration patience_;
  std::deque<Census> lately_;
  std::size_t last_subscribers_ = 0;
  loop::TimePoint first_{loop::TimePoint::max()};  // of all censuses since there were foreign servers
};

}  // namespace roomcast::adapter
