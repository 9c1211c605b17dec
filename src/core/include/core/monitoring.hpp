#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include <core/readiness.hpp>
#include <net/http_message.hpp>
#include <roomcast/metrics.hpp>

namespace roomcast::core {

class ServerState;

/// What a server says about itself: health, readiness, metrics. Any thread.
///
/// Whatever it tells is read at that moment from what it is about; nothing is kept up to date for it.
class Monitoring {
 public:
  explicit Monitoring(ServerState& server);

  /// The answer if the path is one of /healthz, /readyz and, `with_metrics`, /metrics.
  std::optional<net::HttpResponse> answer(const net::HttpRequest& request, bool with_metrics) const;
  std::string metrics_text() const;

  Readiness& readiness() noexcept { return readiness_; }
  /// Adds to the metrics what `write` writes. If it throws, that is logged and its part left out.
  void add_metrics(std::function<void(MetricsWriter&)> write);

 private:
  ServerState& server_;
  const std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
  Readiness readiness_;
  mutable std::mutex mutex_;  // guards writers_
  std::vector<std::function<void(MetricsWriter&)>> writers_;
};

/// The server's own metrics (src/core/server_metrics.cpp).
void write_server_metrics(const ServerState& server, MetricsWriter& out);

}  // namespace roomcast::core
