#include <algorithm>

#include <protocol/engineio/upgrade.hpp>

namespace roomcast::engineio {

Upgrade::Upgrade(TimePoint started, std::chrono::milliseconds timeout) noexcept
    : expires_(started + timeout) {}

Upgrade::TimePoint Upgrade::deadline() const noexcept {
  return over() ? TimePoint::max() : std::min(expires_, next_noop_);
}

Upgrade::Action Upgrade::on_packet(TimePoint now, const Packet& packet) noexcept {
  if (over()) return Action::wait;
  if (packet.type == PacketType::ping && packet.data == "probe") {
    state_ = State::probed;
    next_noop_ = now + noop_interval;
    return Action::send_probe_reply;
  }
  return end(packet.type == PacketType::upgrade ? Action::switch_transport : Action::close_transport);
}

Upgrade::Action Upgrade::on_bad_packet() noexcept { return end(Action::close_transport); }

Upgrade::Action Upgrade::on_timer(TimePoint now, bool poll_pending) noexcept {
  if (now < deadline()) return Action::wait;
  if (now >= expires_) return end(Action::close_transport);
  next_noop_ = now + noop_interval;
  return poll_pending ? Action::release_poll : Action::wait;
}

Upgrade::Action Upgrade::on_transport_closed() noexcept { return end(Action::wait); }

Upgrade::Action Upgrade::on_session_closed() noexcept { return end(Action::close_transport); }

Upgrade::Action Upgrade::end(Action last) noexcept {
  if (over()) return Action::wait;
  state_ = State::over;
  return last;
}

}  // namespace roomcast::engineio
