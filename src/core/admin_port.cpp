#include <core/admin_port.hpp>

namespace roomcast::core {

AdminPort::AdminPort(loop::Loop& loop, const Monitoring& monitoring)
    : monitoring_(monitoring),
      io_(loop, net::OutboxLimits{}, buffered_),
      http_(loop, *this, net::HttpLimits{}, metrics_),
      listener_(loop) {}

void AdminPort::listen(const std::string& host, std::uint16_t port) {
  listener_.listen(host, port, false, [this](net::Descriptor descriptor, net::PeerAddress peer) {
    http_.add(io_.adopt(std::move(descriptor)), std::move(peer));
  });
}

std::size_t AdminPort::on_head(const net::HttpRequest&, const net::Exchange&) { return 0; }

void AdminPort::on_request(net::HttpRequest request, const net::Exchange& exchange) {
  if (auto answer = monitoring_.answer(request, true)) return exchange.respond(std::move(*answer));
  exchange.respond(
      {.status = 404, .headers = {{"Content-Type", "text/plain; charset=utf-8"}}, .body = "Not Found\n"});
}

void AdminPort::on_upgrade(net::Upgrade upgrade) { net::Connection::retire(std::move(upgrade.connection)); }

}  // namespace roomcast::core
