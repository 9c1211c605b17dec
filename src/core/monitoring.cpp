#include <base/log.hpp>
#include <core/monitoring.hpp>
#include <core/process.hpp>
#include <core/server_state.hpp>

namespace roomcast::core {

Monitoring::Monitoring(ServerState& server) : server_(server) {
  readiness_.add("listening", [&server] {
    return std::string(server.serving() ? "" : "the server accepts no connections");
  });
  readiness_.add("draining",
                 [&server] { return std::string(server.draining() ? "the server is stopping" : ""); });
  if (const std::size_t limit = server.options().max_ready_memory; limit > 0)
    readiness_.add("memory", [limit] {
      const std::uint64_t used = resident_memory();
      if (used <= limit) return std::string();
      return std::to_string(used) + " bytes of memory are in use, max_ready_memory is " +
             std::to_string(limit);
    });
}

std::optional<net::HttpResponse> Monitoring::answer(const net::HttpRequest& request,
                                                    bool with_metrics) const {
  const std::string_view target = request.target();
  const std::string_view path = target.substr(0, target.find('?'));
  const bool metrics = with_metrics && path == "/metrics";
  if (!metrics && path != "/healthz" && path != "/readyz") return {};
  const auto method = request.method();
  const std::string_view text = "text/plain; charset=utf-8";
  if (method != net::http::verb::get && method != net::http::verb::head)
    return net::HttpResponse{.status = 405,
                             .headers = {{"Content-Type", std::string(text)}, {"Allow", "GET, HEAD"}},
                             .body = "Method Not Allowed\n"};
  auto respond = [](unsigned status, std::string_view type, std::string body) {
    return net::HttpResponse{.status = status,
                             .headers = {{"Content-Type", std::string(type)}, {"Cache-Control", "no-store"}},
                             .body = std::move(body)};
  };
  if (path == "/healthz") return respond(200, text, "ok\n");
  if (metrics) return respond(200, "text/plain; version=0.0.4; charset=utf-8", metrics_text());
  const Readiness::Report report = readiness_.report();
  return respond(report.ready ? 200 : 503, "application/json; charset=utf-8", report.json() + "\n");
}

std::string Monitoring::metrics_text() const {
  MetricsWriter out;
  const std::chrono::duration<double> uptime = std::chrono::steady_clock::now() - began_;
  out.gauge("roomcast_uptime_seconds", "Time since the server was made.", uptime.count());
  write_server_metrics(server_, out);
  std::unique_lock lock(mutex_);
  const auto writers = writers_;
  lock.unlock();
  for (const auto& write : writers) {
    MetricsWriter with_more = out;
    try {
      write(with_more);
      out = std::move(with_more);
    } catch (const std::exception& e) {
      base::log::error("a part of the metrics is left out: {}", e.what());
    } catch (...) {
      base::log::error("a part of the metrics is left out: its writer threw");
    }
  }
  return out.text();
}

void Monitoring::add_metrics(std::function<void(MetricsWriter&)> write) {
  const std::lock_guard lock(mutex_);
  writers_.push_back(std::move(write));
}

}  // namespace roomcast::core
