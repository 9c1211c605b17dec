#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <stdexcept>
#include <utility>
#include <vector>

namespace roomcast::support {

/// What other threads tell a test, in the order in which they told it. Waiting has an end.
template <class T>
class Inbox {
 public:
  static constexpr std::chrono::seconds patience{10};

  void put(T what) {
    const std::lock_guard lock(mutex_);
    items_.push_back(std::move(what));
    changed_.notify_all();
  }
  /// The next one; throws if none comes in time.
  T take() {
    std::unique_lock lock(mutex_);
    if (!changed_.wait_for(lock, patience, [this] { return !items_.empty(); }))
      throw std::runtime_error("nothing was put into the inbox in time");
    T first = std::move(items_.front());
    items_.pop_front();
    return first;
  }
  /// The next `n`.
  std::vector<T> take(std::size_t n) {
    std::vector<T> all;
    while (all.size() < n) all.push_back(take());
    return all;
  }
  /// The next `n`, for when several threads tell.
  std::vector<T> take_sorted(std::size_t n) {
    std::vector<T> all = take(n);
    std::ranges::sort(all);
    return all;
  }
  std::size_t size() const {
    const std::lock_guard lock(mutex_);
    return items_.size();
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<T> items_;
};

}  // namespace roomcast::support
