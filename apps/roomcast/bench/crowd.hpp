#pragma once

#include <functional>
#include <memory>
#include <stdexcept>
#include <string>

#include "websocket_client.hpp"
#include "workload.hpp"

namespace roomcast::app::bench {

/// A run that cannot go on; what() says why, and which option may help.
struct Failure : std::runtime_error {
  using std::runtime_error::runtime_error;
};

std::unique_ptr<Client> make_client(const Options& options, EventLoop& loop, ClientHandler& handler,
                                    unsigned index);

/// Why a run fails when this client cannot connect, or is not connected in time.
Failure cannot_connect(const Client& client, const std::string& why);

/// All clients of a run, and those that are to stall as soon as they are ready.
class Crowd final : ClientHandler {
 public:
  Crowd(const Options& options, EventLoop& loop, Meter& meter);

  /// To be called once, before `connect`.
  void serve(Workload& workload) { workload_ = &workload; }
  /// Connects everybody, some at once. Throws Failure, also when `interrupted` says so.
  void connect(const std::function<bool()>& interrupted);

  /// Those that read.
  Clients& clients() { return clients_; }
  /// How many of the stalled ones the server has closed. Asks those that seem to be there still, and waits a
  /// little for what the network says.
  unsigned closed_of_stalled();
  /// Why the first connection that was lost was.
  const std::string& first_loss() const { return first_loss_; }

 private:
  void on_ready(Client&) override;
  void on_packet(Client& client, std::string_view packet) override;
  void on_lost(Client& client, const std::string& why) override;
  void on_left(Client&) override {}
  bool is_stalled(const Client& client) const { return client.index() >= clients_.size(); }
  Client& client(unsigned index);

  const Options& options_;
  EventLoop& loop_;
  Meter& meter_;
  Workload* workload_ = nullptr;
  Clients clients_;
  std::vector<std::unique_ptr<WebSocketClient>> stalled_;  // their indices follow those of clients_
  unsigned closed_of_stalled_ = 0;
  unsigned ready_ = 0;
  bool connecting_ = false;
  std::string first_loss_;
};

}  // namespace roomcast::app::bench
