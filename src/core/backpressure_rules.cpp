#include <stdexcept>
#include <utility>

#include <core/backpressure_rules.hpp>

namespace roomcast::core {

BackpressureRules& BackpressureRules::operator=(const BackpressureRules& other) {
  if (this == &other) return *this;
  const std::scoped_lock lock(mutex_, other.mutex_);
  general_ = other.general_;
  by_room_ = other.by_room_;
  any_ = other.any_.load();
  return *this;
}

void BackpressureRules::set(const std::string& room, Backpressure rule) {
  if (rule.key && rule.overflow != Overflow::keep_latest)
    throw std::invalid_argument("backpressure: a key is for Overflow::keep_latest only");
  const bool none = rule.overflow == Overflow::disconnect && rule.max_bytes == 0;
  BackpressureRule made = none ? nullptr : std::make_shared<const Backpressure>(std::move(rule));
  const std::lock_guard lock(mutex_);
  if (room.empty()) {
    general_ = std::move(made);
  } else if (made) {
    by_room_[room] = std::move(made);
  } else {
    by_room_.erase(room);
  }
  any_ = general_ != nullptr || !by_room_.empty();
}

BackpressureRule BackpressureRules::look_up(std::span<const std::string> rooms) const {
  const std::shared_lock lock(mutex_);
  for (const std::string& room : rooms)
    if (const auto found = by_room_.find(room); found != by_room_.end()) return found->second;
  return general_;
}

}  // namespace roomcast::core
