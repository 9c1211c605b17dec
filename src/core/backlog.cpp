#include <algorithm>
#include <utility>

#include <core/backlog.hpp>

namespace roomcast::core {

Backlog::Dropped Backlog::push(const EncodedPacket& packet, const BackpressureRule& rule, std::string key) {
  Dropped dropped;
  auto lane = std::ranges::find(lanes_, rule, &Lane::rule);
  if (lane == lanes_.end()) lane = lanes_.insert(lane, Lane{rule});
  const bool by_key = rule && rule->overflow == Overflow::keep_latest;
  if (by_key) {
    if (const auto older = lane->by_key.find(key); older != lane->by_key.end()) {
      drop(*lane, older->second);
      ++dropped.replaced;
    }
  }
  const std::size_t bytes = bytes_of(packet);
  lane->waiting.push_back({packet, next_number_++, bytes, std::move(key)});
  lane->bytes += bytes;
  bytes_ += bytes;
  if (by_key) lane->by_key.emplace(lane->waiting.back().key, std::prev(lane->waiting.end()));
  if (rule) {
    const std::size_t most = rule->max_bytes == 0 ? max_bytes_ : rule->max_bytes;
    for (; lane->bytes > most && lane->waiting.size() > 1; ++dropped.oldest)
      drop(*lane, lane->waiting.begin());
  }
  return dropped;
}

EncodedPacket Backlog::pop() {
  const auto lane =
      std::ranges::min_element(lanes_, {}, [](const Lane& one) { return one.waiting.front().number; });
  EncodedPacket packet = std::move(lane->waiting.front().packet);
  drop(*lane, lane->waiting.begin());
  if (lane->waiting.empty()) lanes_.erase(lane);
  return packet;
}

std::size_t Backlog::kept_bytes() const noexcept {
  const auto kept = std::ranges::find(lanes_, BackpressureRule(), &Lane::rule);
  return kept == lanes_.end() ? 0 : kept->bytes;
}

void Backlog::drop(Lane& lane, std::list<Waiting>::iterator which) {
  if (lane.rule && lane.rule->overflow == Overflow::keep_latest) lane.by_key.erase(which->key);
  lane.bytes -= which->bytes;
  bytes_ -= which->bytes;
  lane.waiting.erase(which);
}

}  // namespace roomcast::core
