#include <base/log.hpp>
#include <engine/message.hpp>

#include "polling.hpp"

namespace roomcast::engine {

Session::UpgradeAttempt::UpgradeAttempt(Session& session, std::unique_ptr<net::WebSocketConnection> websocket)
    : session_(session),
      websocket_(std::move(websocket)),
      upgrade_(session.loop().now(), session.context().options.upgrade_timeout) {
  websocket_->set_handler(this);
  session_.loop().timers().arm(timer_, upgrade_.deadline());
}

Session::UpgradeAttempt::~UpgradeAttempt() { net::WebSocketConnection::retire(std::move(websocket_)); }

void Session::UpgradeAttempt::on_text(std::string_view text) {
  std::string scratch;
  const auto packet = engineio::decode(text, scratch);
  act(packet ? upgrade_.on_packet(session_.loop().now(), *packet) : upgrade_.on_bad_packet());
}

void Session::UpgradeAttempt::on_binary(std::string_view) { act(upgrade_.on_bad_packet()); }

void Session::UpgradeAttempt::on_end(const net::WebSocketEnd&) {
  session_.context().metrics.upgrades_given_up.add();
  upgrade_.on_transport_closed();
  timer_.cancel();
  session_.loop().bury(std::move(session_.polling_->upgrade));
}

void Session::UpgradeAttempt::on_timer(loop::TimePoint now) {
  act(upgrade_.on_timer(now, session_.polling_->get.has_value()));
}

void Session::UpgradeAttempt::give_up() {
  if (!upgrade_.over()) act(upgrade_.on_session_closed());
}

void Session::UpgradeAttempt::act(engineio::Upgrade::Action action) {
  using Action = engineio::Upgrade::Action;
  static const base::Frame probe_reply = packet_frame(engineio::probe_reply);
  switch (action) {
    case Action::wait:
      break;
    case Action::send_probe_reply:
      websocket_->send(probe_reply);
      break;
    case Action::release_poll:
      session_.answer_poll({engineio::noop_packet});
      break;
    case Action::switch_transport: {
      timer_.cancel();
      session_.loop().bury(std::move(session_.polling_->upgrade));
      session_.context().metrics.upgrades.add();
      return session_.switch_to(std::move(websocket_));
    }
    case Action::close_transport: {
      session_.context().metrics.upgrades_given_up.add();
      base::log::debug("session {}: an upgrade to websocket was given up", session_.sid());
      timer_.cancel();
      session_.loop().bury(std::move(session_.polling_->upgrade));
      return net::WebSocketConnection::close(std::move(websocket_));
    }
  }
  if (!upgrade_.over()) session_.loop().timers().arm(timer_, upgrade_.deadline());
}

}  // namespace roomcast::engine
