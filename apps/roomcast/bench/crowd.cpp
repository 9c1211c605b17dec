#include "crowd.hpp"

#include <system_error>

#include "polling_client.hpp"

namespace roomcast::app::bench {
namespace {

constexpr std::uint64_t patience = 30'000'000'000;  // without anybody having become ready
constexpr std::uint64_t answer_time = 500'000'000;  // for the network to say that a connection is no more

}  // namespace

std::unique_ptr<Client> make_client(const Options& options, EventLoop& loop, ClientHandler& handler,
                                    unsigned index) {
  const Endpoint& endpoint = options.endpoint_of(index);
  if (options.is_polling())
    return std::make_unique<PollingClient>(loop, handler, index, endpoint, !options.is_idle());
  return std::make_unique<WebSocketClient>(loop, handler, index, endpoint);
}

Failure cannot_connect(const Client& client, const std::string& why) {
  return Failure("client " + std::to_string(client.index()) + " could not connect to " +
                 client.endpoint().url + ": " + why + " (--url, --clients, --handshakes)");
}

Crowd::Crowd(const Options& options, EventLoop& loop, Meter& meter)
    : options_(options), loop_(loop), meter_(meter) {
  for (unsigned i = 0; i < *options.clients; ++i) clients_.push_back(make_client(options, loop, *this, i));
  ClientHandler& handler = *this;
  for (unsigned i = *options.clients; i < options.connections(); ++i) {
    stalled_.push_back(std::make_unique<WebSocketClient>(loop, handler, i, options.endpoint_of(i)));
    stalled_.back()->narrow();
  }
}

Client& Crowd::client(unsigned index) {
  if (index < clients_.size()) return *clients_[index];
  return *stalled_[index - clients_.size()];
}

void Crowd::connect(const std::function<bool()>& interrupted) {
  connecting_ = true;
  const unsigned all = options_.connections();
  unsigned started = 0, before = 0;
  std::uint64_t since = now_ns();
  while (ready_ < all) {
    for (; started < all && started - ready_ < options_.handshakes; ++started) {
      client(started).set_room(workload_->room_of(started));
      client(started).dial();
    }
    loop_.turn(now_ns() + 100'000'000);
    if (interrupted())
      throw Failure("interrupted while " + std::to_string(all - ready_) + " clients were not connected");
    if (ready_ != before) {
      before = ready_;
      since = now_ns();
    } else if (now_ns() - since > patience) {
      for (unsigned i = 0; i < started; ++i) {
        const Client& late = client(i);
        if (!late.is_ready()) throw cannot_connect(late, "waited 30 s for " + std::string(late.waits_for()));
      }
    }
  }
  connecting_ = false;
}

unsigned Crowd::closed_of_stalled() {
  for (const auto& client : stalled_)
    if (client->is_ready()) client->probe();
  const std::uint64_t end = now_ns() + answer_time;
  while (closed_of_stalled_ < stalled_.size() && now_ns() < end) loop_.turn(end);
  return closed_of_stalled_;
}

void Crowd::on_ready(Client& client) {
  ++ready_;
  if (is_stalled(client)) stalled_[client.index() - clients_.size()]->stall();
}

void Crowd::on_packet(Client& client, std::string_view packet) {
  if (!is_stalled(client)) workload_->on_packet(client, packet);
}

void Crowd::on_lost(Client& client, const std::string& why) {
  if (connecting_) throw cannot_connect(client, why);
  if (is_stalled(client)) {
    ++closed_of_stalled_;
    return;
  }
  ++meter_.tally.closed;
  if (first_loss_.empty()) first_loss_ = "client " + std::to_string(client.index()) + ": " + why;
}

}  // namespace roomcast::app::bench
