#include <algorithm>
#include <bit>
#include <functional>

#include <base/event_names.hpp>

namespace roomcast::base {
namespace {

constexpr std::string_view other = "other";

}  // namespace

EventNames::EventNames(std::size_t most)
    : most_(most), full_(most == 0), slots_(std::bit_ceil(2 * most + 2)) {}

EventNames::~EventNames() = default;

// Where the name stands, or would stand.
std::atomic<const EventNames::Entry*>& EventNames::slot_of(std::string_view name) noexcept {
  for (std::size_t at = std::hash<std::string_view>{}(name);; ++at) {
    auto& slot = slots_[at & (slots_.size() - 1)];
    const Entry* entry = slot.load(std::memory_order_acquire);
    if (entry == nullptr || entry->name == name) return slot;
  }
}

const EventNames::Entry* EventNames::find(std::string_view name) {
  if (name == other) return nullptr;
  if (const Entry* known = slot_of(name).load(std::memory_order_acquire)) return known;
  if (full_.load(std::memory_order_acquire))  // the last number may have gone to this name just now
    return slot_of(name).load(std::memory_order_acquire);
  const std::lock_guard lock(mutex_);
  auto& slot = slot_of(name);
  if (const Entry* known = slot.load(std::memory_order_relaxed)) return known;
  if (entries_.size() == most_) return nullptr;
  entries_.push_back(std::make_unique<Entry>(Entry{std::string(name), entries_.size() + 1}));
  slot.store(entries_.back().get(), std::memory_order_release);
  full_.store(entries_.size() == most_, std::memory_order_release);
  return entries_.back().get();
}

std::vector<std::string> EventNames::names() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> all{std::string(other)};
  std::ranges::transform(entries_, std::back_inserter(all), [](const auto& entry) { return entry->name; });
  return all;
}

}  // namespace roomcast::base
