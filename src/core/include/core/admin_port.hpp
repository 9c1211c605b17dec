#pragma once

#include <cstdint>
#include <string>

#include <core/monitoring.hpp>
#include <net/epoll_engine.hpp>
#include <net/http_connection.hpp>
#include <net/listener.hpp>

namespace roomcast::core {

/// A second port with nothing but health, readiness and metrics.
///
/// It lives on the service loop, which runs no handlers: it answers also while those block the other loops,
/// and while the server drains. To be destroyed once that loop has stopped.
class AdminPort final : private net::HttpHandler {
 public:
  AdminPort(loop::Loop& loop, const Monitoring& monitoring);

  /// Before the loop runs. Throws boost::system::system_error when the port is not to be had.
  void listen(const std::string& host, std::uint16_t port);
  std::uint16_t port() const noexcept { return listener_.port(); }

 private:
  std::size_t on_head(const net::HttpRequest& head, const net::Exchange& exchange) override;
  void on_request(net::HttpRequest request, const net::Exchange& exchange) override;
  void on_upgrade(net::Upgrade upgrade) override;

  const Monitoring& monitoring_;
  base::Metrics metrics_;  // its own: scrapes do not count as the server's traffic
  base::BufferedBytes::Total all_{0};
  base::BufferedBytes buffered_{all_};
  net::EpollEngine io_;
  net::HttpConnections http_;
  net::Listener listener_;
};

}  // namespace roomcast::core
