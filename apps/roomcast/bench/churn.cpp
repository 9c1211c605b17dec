#include "churn.hpp"

#include <algorithm>

namespace roomcast::app::bench {
namespace {

constexpr std::uint64_t patience = 30'000'000'000;

}  // namespace

Churn::Churn(const Options& options, EventLoop& loop, Meter& meter)
    : loop_(loop), meter_(meter), last_end_(now_ns()) {
  const unsigned at_once = std::min(*options.clients, options.handshakes);
  for (unsigned i = 0; i < at_once; ++i) {
    clients_.push_back(make_client(options, loop, *this, i));
    away_.push_back(clients_.back().get());
  }
}

void Churn::begin_turn() {
  while (!away_.empty() && started_ < goal_) {
    Client* client = away_.back();
    away_.pop_back();
    ++started_;
    client->dial();
  }
}

void Churn::check_progress() {
  if (now_ns() - last_end_ < patience) return;
  for (const auto& client : clients_)
    if (std::find(away_.begin(), away_.end(), client.get()) == away_.end())
      throw cannot_connect(*client, "waited 30 s for " + std::string(client->waits_for()));
}

void Churn::on_lost(Client& client, const std::string& why) { throw cannot_connect(client, why); }

void Churn::on_left(Client& client) {
  ++done_;
  last_end_ = now_ns();
  away_.push_back(&client);
}

}  // namespace roomcast::app::bench
