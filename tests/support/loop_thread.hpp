#pragma once

#include <future>
#include <memory>
#include <thread>
#include <type_traits>
#include <utility>

#include <loop/loop.hpp>

namespace roomcast::support {

/// A loop on a thread of its own.
class LoopThread {
 public:
  explicit LoopThread(unsigned id = 0) : loop_(id), thread_([this] { loop_.run(); }) {}
  ~LoopThread() { stop(); }

  loop::Loop& loop() noexcept { return loop_; }

  /// Runs `f` on the loop and hands back what it returns.
  template <class F>
  auto run(F f) {
    std::promise<std::invoke_result_t<F&>> promise;
    auto result = promise.get_future();
    loop_.post([&promise, &f] {
      try {
        if constexpr (std::is_void_v<std::invoke_result_t<F&>>) {
          f();
          promise.set_value();
        } else {
          promise.set_value(f());
        }
      } catch (...) {
        promise.set_exception(std::current_exception());
      }
    });
    return result.get();
  }

  /// Runs `f` on the loop and returns at the end of that turn, when all that was dirty has been flushed.
  template <class F>
  void turn(F f) {
    struct AtEnd final : loop::Flushable {
      explicit AtEnd(loop::Loop& home) : loop(home) {}
      // Once round again: what other flushes have marked comes before us then.
      void flush() override { again ? flushed.set_value() : (again = true, loop.mark_dirty(*this)); }
      loop::Loop& loop;
      bool again = false;
      std::promise<void> flushed;
    } at_end(loop_);
    run([&] {
      f();
      loop_.mark_dirty(at_end);
    });
    at_end.flushed.get_future().wait();
  }

  void stop() {
    if (!thread_.joinable()) return;
    loop_.stop();
    thread_.join();
  }

 private:
  loop::Loop loop_;
  std::thread thread_;
};

}  // namespace roomcast::support
