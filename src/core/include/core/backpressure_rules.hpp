#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <span>
#include <string>

#include <roomcast/backpressure.hpp>

namespace roomcast::core {

/// Null: none but the limits of the connection.
using BackpressureRule = std::shared_ptr<const Backpressure>;

/// The rules of a namespace. Any thread; a namespace without rules costs its emits one plain load.
class BackpressureRules {
 public:
  BackpressureRules() = default;
  BackpressureRules& operator=(const BackpressureRules& other);

  /// For a room, or for all that no room's rule is about if `room` is empty. A rule that is like none at all
  /// takes away what was there.
  void set(const std::string& room, Backpressure rule);
  /// That of the first of the rooms that has one, else the general one.
  BackpressureRule find(std::span<const std::string> rooms) const {
    return any_.load(std::memory_order_relaxed) ? look_up(rooms) : nullptr;
  }

 private:
  BackpressureRule look_up(std::span<const std::string> rooms) const;

  std::atomic<bool> any_{false};
  mutable std::shared_mutex mutex_;  // guards the rest
  BackpressureRule general_;
  std::map<std::string, BackpressureRule, std::less<>> by_room_;
};

}  // namespace roomcast::core
