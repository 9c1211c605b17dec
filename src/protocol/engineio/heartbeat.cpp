#include <algorithm>

#include <protocol/engineio/heartbeat.hpp>

namespace roomcast::engineio {

Heartbeat::Heartbeat(const HeartbeatTiming& timing, TimePoint opened, Pings pings) noexcept
    : timing_(&timing), deadline_(opened + timing.ping_interval), last_ping_(opened), pings_(pings) {
  if (pings_ == Pings::by_client) deadline_ += timing.ping_timeout;
}

Heartbeat::Action Heartbeat::on_timer(TimePoint now, TimePoint deaf_until) noexcept {
  if (now < deadline_) return Action::wait;
  if (pings_ == Pings::by_server && !awaiting_pong_) {
    awaiting_pong_ = true;
    renewed_ = reprieved_ = false;
    last_ping_ = now;
    deadline_ = now + timing_->ping_timeout;
    return Action::send_ping;
  }
  if (!reprieved_ && (now - deadline_ > stall || deaf_until > last_ping_)) {
    // It may well lie unread behind whatever kept this loop busy.
    reprieved_ = true;
    deadline_ = now + timing_->ping_interval;
    return Action::wait;
  }
  return Action::give_up;
}

Heartbeat::Action Heartbeat::on_packet(TimePoint now, PacketType type) noexcept {
  if (pings_ == Pings::by_client) {
    if (type == PacketType::pong) return Action::refuse;
    if (type != PacketType::ping) return Action::wait;
    reprieved_ = false;
    last_ping_ = now;
    deadline_ = now + timing_->ping_interval + timing_->ping_timeout;
    return Action::send_pong;
  }
  if (type == PacketType::ping) return Action::refuse;
  if (awaiting_pong_) {
    if (type == PacketType::pong) {
      awaiting_pong_ = false;
      deadline_ = now + timing_->ping_interval;
    } else if (!renewed_) {
      renewed_ = true;
      deadline_ = std::max(deadline_, now + timing_->ping_timeout);
    }
  } else if (type == PacketType::pong) {
    const TimePoint latest = last_ping_ + 2 * timing_->ping_interval;
    deadline_ = std::max(deadline_, std::min(now + timing_->ping_interval, latest));
  }
  return Action::wait;
}

}  // namespace roomcast::engineio
