#pragma once

#include <utility>

#include <loop/loop.hpp>

// A loop that the test's own thread runs, one step at a time: no second thread, no waiting.

namespace roomcast::support {

/// Runs `f` on the loop as a posted task, and the rest of that turn: the flush, the timers that are due, the
/// graveyard.
template <class F>
void turn(loop::Loop& loop, F&& f) {
  loop.post(std::forward<F>(f));
  loop.stop();
  loop.run();
}
inline void turn(loop::Loop& loop) {
  turn(loop, [] {});
}

/// Turns the loop until `done()`.
template <class Done>
void turn_until(loop::Loop& loop, Done&& done) {
  while (!done()) turn(loop);
}

/// Fires the timers that are next, as if their time had come.
inline void fire_next_timer(loop::Loop& loop) {
  turn(loop, [&loop] { loop.timers().fire(loop.timers().next()); });
}

}  // namespace roomcast::support
