#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <core/monitoring.hpp>
#include <engine/server.hpp>
#include <roomcast/http.hpp>
#include <roomcast/options.hpp>

namespace roomcast::core {

/// Requests that are not Engine.IO's: the official client's files, the application's routes, health and
/// metrics, 404.
class Routes final : public engine::Routes {
 public:
  using Handler = std::function<Task<HttpResponse>(HttpRequest)>;

  Routes(const ServerOptions& options, const Monitoring& monitoring)
      : options_(options), monitoring_(monitoring) {}

  /// Before the server listens.
  void add(std::string method, std::string path, Handler handler);

  bool claims(std::string_view target) const override;
  std::size_t max_body(const net::HttpRequest& head) override;
  bool wants_body(const net::HttpRequest& head) const override;
  void on_request(net::HttpRequest request, const net::Exchange& exchange) override;

 private:
  struct Route {
    std::string method;
    std::string path;  // without a `*` at its end
    bool prefix;
    Handler handler;
  };

  net::HttpResponse client_file(const net::HttpRequest& request) const;
  const Route* find(std::string_view method, std::string_view path, bool& path_known) const;

  const ServerOptions& options_;
  const engine::OriginPolicy origins_{options_};
  const Monitoring& monitoring_;
  std::vector<Route> routes_;
};

}  // namespace roomcast::core
