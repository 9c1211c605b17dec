#include <algorithm>

#include <redis/reconnect.hpp>

namespace roomcast::resp {

void Reconnect::dialled(TimePoint now) {
  if (!begun_) away_since_ = now;
  begun_ = true;
  dialled_ = now;
  ++attempts_;
}

void Reconnect::connected(TimePoint now) {
  connected_ = true;
  ever_connected_ = true;
  connected_since_ = now;
}

Reconnect::TimePoint Reconnect::failed(TimePoint now, std::uint32_t random) {
  // A dial that took long has waited enough: its pause counts from where it began. That keeps the time
  // between two dials below the larger of `cap` and a dial's own limit.
  TimePoint from = dialled_;
  if (connected_) {
    if (now - connected_since_ >= options_.healthy_after) failures_ = 0;
    connected_ = false;
    away_since_ = now;
    attempts_ = 0;
    from = now;
  }
  Duration pause = options_.first;
  for (unsigned n = 0; n < failures_ && pause < options_.cap; ++n) pause *= 2;
  pause = std::min<Duration>(pause, options_.cap);
  ++failures_;
  const Duration half = pause / 2;
  const auto jitter =
      Duration(static_cast<Duration::rep>(static_cast<double>(half.count()) * (random / 4294967296.0)));
  return std::max(now, from + half + jitter);
}

}  // namespace roomcast::resp
