#pragma once

#include <cstdint>
#include <vector>

#include "crowd.hpp"

namespace roomcast::app::bench {

/// Clients that connect, leave as soon as they are ready, and come again: to find memory that is not given
/// back.
class Churn final : ClientHandler {
 public:
  Churn(const Options& options, EventLoop& loop, Meter& meter);

  /// Goes on until that many have come and gone, or until `is_over` of the run. Throws Failure when one
  /// cannot connect.
  template <class IsOver>
  void run_to(std::uint64_t cycles, IsOver is_over) {
    goal_ = cycles;
    begin_turn();
    while (done_ < goal_ && !is_over()) {
      check_progress();
      loop_.turn(now_ns() + 100'000'000);
      begin_turn();
    }
  }
  std::uint64_t done() const { return done_; }

 private:
  /// Dials for those that may come; not while the events of a turn are being handled.
  void begin_turn();
  void check_progress();
  void on_ready(Client& client) override { client.leave(); }
  void on_packet(Client&, std::string_view) override { ++meter_.tally.corrupt; }
  void on_lost(Client& client, const std::string& why) override;
  void on_left(Client& client) override;

  EventLoop& loop_;
  Meter& meter_;
  Clients clients_;
  std::vector<Client*> away_;
  std::uint64_t goal_ = 0;
  std::uint64_t started_ = 0;
  std::uint64_t done_ = 0;
  std::uint64_t last_end_ = 0;
};

}  // namespace roomcast::app::bench
