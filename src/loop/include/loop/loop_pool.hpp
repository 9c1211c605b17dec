#pragma once

#include <memory>
#include <thread>
#include <vector>

#include <loop/loop.hpp>

namespace roomcast::loop {

/// The loops of one server, neighbours of each other, and their threads. At most 64: a loop's number is 6
/// bits of every session id.
class LoopPool {
 public:
  static constexpr unsigned max_loops = 64;

  explicit LoopPool(unsigned count);
  /// Stops and joins.
  ~LoopPool();

  unsigned size() const noexcept { return static_cast<unsigned>(loops_.size()); }
  Loop& operator[](unsigned id) noexcept { return *loops_[id]; }

  /// Starts one thread per loop, named `roomcast/N`.
  void start();
  /// Any thread but the loops' own.
  void stop_and_join();

  /// Whether the calling thread is one of the loops'.
  bool here() const noexcept {
    const Loop* current = Loop::current();
    return current != nullptr && current->id() < loops_.size() && loops_[current->id()].get() == current;
  }

  /// Calls `f(loop)` for each loop.
  template <class F>
  void for_each(F&& f) {
    for (const std::unique_ptr<Loop>& loop : loops_) f(*loop);
  }

 private:
  std::vector<std::unique_ptr<Loop>> loops_;
  std::vector<std::thread> threads_;
};

}  // namespace roomcast::loop
