#pragma once

#include <cstddef>
#include <functional>
#include <mutex>
#include <utility>

#include <roomcast/value.hpp>

namespace roomcast::core {

/// Gathers the answers to one event from many sockets on several loops. Any thread.
///
/// The hooks are called one after the other: `counted` once, when every loop has said how many sockets it has
/// asked; `answered` for each answer; `done` last, once every socket has answered or failed to.
class AckGathering {
 public:
  std::function<void(std::size_t)> counted;
  std::function<void(const Value&)> answered;
  std::function<void()> done;

  /// Before anything is asked.
  void expect_loops(std::size_t loops) {
    loops_ = loops;
    if (loops == 0) finish(0);
  }
  /// A loop has asked its sockets.
  void asked(std::size_t sockets) {
    std::unique_lock lock(mutex_);
    sockets_ += sockets;
    if (--loops_ == 0 && counted) counted(sockets_);
    finish_if_done(std::move(lock));
  }
  /// A socket has answered with `first`, or (null) will not.
  void settled(const Value* first) {
    std::unique_lock lock(mutex_);
    if (first != nullptr && answered) answered(*first);
    ++settled_;
    finish_if_done(std::move(lock));
  }

 private:
  void finish_if_done(std::unique_lock<std::mutex> lock) {
    if (loops_ > 0 || settled_ < sockets_ || finished_) return;
    finished_ = true;
    lock.unlock();
    if (done) done();
  }
  void finish(std::size_t sockets) {
    finished_ = true;
    if (counted) counted(sockets);
    if (done) done();
  }

  std::mutex mutex_;
  std::size_t loops_ = 0;  // that have not asked yet
  std::size_t sockets_ = 0;
  std::size_t settled_ = 0;
  bool finished_ = false;
};

}  // namespace roomcast::core
