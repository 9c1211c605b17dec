#include "crowd.hpp"

#include <system_error>

#include "polling_client.hpp"
#include "websocket_client.hpp"

namespace roomcast::app::bench {
namespace {

constexpr std::uint64_t patience = 30'000'000'000;  // without anybody having become ready

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
}

void Crowd::connect(const std::function<bool()>& interrupted) {
  connecting_ = true;
  unsigned started = 0, before = 0;
  std::uint64_t since = now_ns();
  while (ready_ < clients_.size()) {
    for (; started < clients_.size() && started - ready_ < options_.handshakes; ++started) {
      clients_[started]->set_room(workload_->room_of(started));
      clients_[started]->dial();
    }
    loop_.turn(now_ns() + 100'000'000);
    if (interrupted())
      throw Failure("interrupted while " + std::to_string(clients_.size() - ready_) +
                    " clients were not connected");
    if (ready_ != before) {
      before = ready_;
      since = now_ns();
    } else if (now_ns() - since > patience) {
      for (unsigned i = 0; i < started; ++i) {
        const Client& client = *clients_[i];
        if (!client.is_ready())
          throw cannot_connect(client, "waited 30 s for " + std::string(client.waits_for()));
      }
    }
  }
  connecting_ = false;
}

void Crowd::on_ready(Client&) { ++ready_; }

void Crowd::on_packet(Client& client, std::string_view packet) { workload_->on_packet(client, packet); }

void Crowd::on_lost(Client& client, const std::string& why) {
  if (connecting_) throw cannot_connect(client, why);
  ++meter_.tally.closed;
  if (first_loss_.empty()) first_loss_ = "client " + std::to_string(client.index()) + ": " + why;
}

}  // namespace roomcast::app::bench
