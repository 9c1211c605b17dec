#pragma once

#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include <engine/request_hooks.hpp>
#include <roomcast/connection_error.hpp>
#include <roomcast/http.hpp>

namespace roomcast::core {

class ServerState;

/// The application's functions about clients' requests. Filled before the server listens, then only read.
class RequestHooks final : public engine::RequestHooks {
 public:
  using AddHeaders = std::function<void(HttpHeaders&, const HttpRequest&)>;

  explicit RequestHooks(ServerState& server) : server_(server) {}

  std::vector<std::function<std::optional<HttpResponse>(const HttpRequest&)>> middlewares;
  std::vector<AddHeaders> initial_headers;
  std::vector<AddHeaders> all_headers;
  std::vector<std::function<void(const ConnectionError&)>> connection_errors;

  std::optional<net::HttpResponse> answer(const net::HttpRequest& request) override;
  void add_headers(net::HttpHeaders& headers, const net::HttpRequest& request, bool initial) override;
  void on_refused(const net::HttpRequest& request, const engine::Refusal& why) override;

 private:
  template <class F>
  bool guarded(std::string_view what, F&& call);

  ServerState& server_;
};

}  // namespace roomcast::core
