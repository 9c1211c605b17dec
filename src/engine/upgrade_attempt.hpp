#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <engine/session.hpp>
#include <protocol/engineio/upgrade.hpp>

namespace roomcast::engine {

/// A websocket that wants to become a polling session's transport: carries out what engineio::Upgrade
/// decides. Owned by the session; it may end inside each of its callbacks.
class Session::UpgradeAttempt final : public net::WebSocketHandler {
 public:
  UpgradeAttempt(Session& session, std::unique_ptr<net::WebSocketConnection> websocket);
  ~UpgradeAttempt();

  void replay(std::string unread) { websocket_->replay(std::move(unread)); }
  /// The session is over: closes the websocket.
  void give_up();

 private:
  void on_text(std::string_view text) override;
  void on_binary(std::string_view bytes) override;
  void on_end(const net::WebSocketEnd& end) override;
  void on_timer(loop::TimePoint now);
  void act(engineio::Upgrade::Action action);

  Session& session_;
  std::unique_ptr<net::WebSocketConnection> websocket_;
  engineio::Upgrade upgrade_;
  loop::MemberTimer<UpgradeAttempt, &UpgradeAttempt::on_timer> timer_{*this};
};

}  // namespace roomcast::engine
