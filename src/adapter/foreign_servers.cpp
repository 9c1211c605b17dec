#include <algorithm>

#include <adapter/foreign_servers.hpp>

namespace roomcast::adapter {

void ForeignServers::on_census(std::size_t subscribers, std::size_t answers, loop::TimePoint now) {
  first_ = std::min(first_, now);
  lately_.push_back({now, answers});
  last_subscribers_ = subscribers;
}

std::size_t ForeignServers::expected(std::size_t subscribers, loop::TimePoint now) {
  while (!lately_.empty() && lately_.front().when + patience_ < now) lately_.pop_front();
  // Too little is known yet: better to wait for one who never answers than to miss one who would.
  if (lately_.empty() || first_ + patience_ > now) return subscribers;
  std::size_t live = 0;
  for (const Census& census : lately_) live = std::max(live, census.answers);
  const std::size_t fresh = subscribers > last_subscribers_ ? subscribers - last_subscribers_ : 0;
  return std::min(subscribers, live + fresh);
}

}  // namespace roomcast::adapter
