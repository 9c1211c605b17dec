#include <boost/asio/co_spawn.hpp>

#include <base/log.hpp>
#include <core/client_bundle.hpp>
#include <core/http_messages.hpp>
#include <core/routes.hpp>

namespace roomcast::core {
namespace {

net::HttpResponse plain(unsigned status, std::string text) {
  return {
      .status = status, .headers = {{"Content-Type", "text/plain; charset=utf-8"}}, .body = std::move(text)};
}

std::string_view path_of(const net::HttpRequest& request) {
  const std::string_view target = request.target();
  return target.substr(0, target.find('?'));
}

}  // namespace

void Routes::add(std::string method, std::string path, Handler handler) {
  const bool prefix = path.ends_with('*');
  if (prefix) path.pop_back();
  routes_.push_back({std::move(method), std::move(path), prefix, std::move(handler)});
}

bool Routes::claims(std::string_view target) const {
  return options_.serve_client && !client_file_of(target, options_.path).empty();
}

std::size_t Routes::max_body(const net::HttpRequest&) { return options_.max_http_buffer_size; }

bool Routes::wants_body(const net::HttpRequest& head) const {
  bool path_known = false;
  return !claims(head.target()) && find(head.message.method_string(), path_of(head), path_known) != nullptr;
}

const Routes::Route* Routes::find(std::string_view method, std::string_view path, bool& path_known) const {
  for (const Route& route : routes_) {
    if (route.prefix ? !path.starts_with(route.path) : path != route.path) continue;
    path_known = true;
    if (route.method == method || (method == "HEAD" && route.method == "GET")) return &route;
  }
  return nullptr;
}

// Anybody may have the files; the headers tell browsers whose pages may read them.
net::HttpResponse Routes::client_file(const net::HttpRequest& request) const {
  if (request.method() == net::http::verb::options && origins_.cors()) return origins_.preflight(request);
  net::HttpResponse response = serve_client_file(client_file_of(request.target(), options_.path), request);
  net::HttpHeaders headers = origins_.headers(request);
  response.headers.insert(response.headers.begin(), headers.begin(), headers.end());
  return response;
}

void Routes::on_request(net::HttpRequest request, const net::Exchange& exchange) {
  if (claims(request.target())) return exchange.respond(client_file(request));
  const std::string_view method = request.message.method_string();
  bool path_known = false;
  const Route* route = find(method, path_of(request), path_known);
  if (route == nullptr) {
    if (auto answer = monitoring_.answer(request, options_.metrics))
      return exchange.respond(std::move(*answer));
    return exchange.respond(path_known ? plain(405, "Method Not Allowed\n") : plain(404, "Not Found\n"));
  }
  const bool head_only = method == "HEAD";
  HttpRequest seen = to_public(request);
  seen.body = std::move(request.message.body());
  boost::asio::co_spawn(
      loop::Loop::current()->io(), route->handler(std::move(seen)),
      [exchange, head_only](std::exception_ptr error, HttpResponse response) {
        if (!error) return exchange.respond(to_net(std::move(response), head_only));
        try {
          std::rethrow_exception(error);
        } catch (const std::exception& e) {
          base::log::error("an HTTP route's handler threw: {}", e.what());
        } catch (...) {
          base::log::error("an HTTP route's handler threw something that is not a std::exception");
        }
        exchange.respond(plain(500, "Internal Server Error\n"));
      });
}

}  // namespace roomcast::core
