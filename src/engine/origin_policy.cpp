#include <algorithm>

#include <boost/beast/core/string.hpp>

#include <engine/origin_policy.hpp>

namespace roomcast::engine {
namespace {

constexpr std::string_view preflight_methods = "GET,HEAD,PUT,PATCH,POST,DELETE";

// The host and port of `https://host:port`. The scheme is not compared: a proxy that ends TLS changes it.
std::string_view host_of(std::string_view origin) {
  const std::size_t scheme = origin.find("://");
  return scheme == std::string_view::npos ? origin : origin.substr(scheme + 3);
}

// All in one header, as Node's server answers.
void add_vary(net::HttpHeaders& headers, std::string_view field) {
  const auto vary = std::ranges::find(headers, "Vary", &net::HttpHeaders::value_type::first);
  if (vary == headers.end()) {
    headers.emplace_back("Vary", field);
  } else {
    vary->second.append(", ").append(field);
  }
}

}  // namespace

bool OriginPolicy::any_origin() const { return listed("*"); }

bool OriginPolicy::listed(std::string_view origin) const {
  return std::ranges::find(options_.cors.origin, origin) != options_.cors.origin.end();
}

bool OriginPolicy::allows(const net::HttpRequest& request) const {
  const std::string_view origin = request.header("Origin");
  if (!options_.origin_check || origin.empty() || any_origin() || listed(origin)) return true;
  return boost::beast::iequals(host_of(origin), request.header("Host"));
}

std::string OriginPolicy::refusal(const net::HttpRequest& request) {
  std::string origin(request.header("Origin").substr(0, 200));
  std::erase_if(origin, [](char c) { return c == '"' || c == '\\' || static_cast<unsigned char>(c) < ' '; });
  return "Origin " + origin + " is neither this server's own nor listed in cors.origin";
}

net::HttpHeaders OriginPolicy::headers(const net::HttpRequest& request) const {
  net::HttpHeaders headers;
  if (!cors()) return headers;
  const std::string_view origin = request.header("Origin");
  if (any_origin()) {
    headers.emplace_back("Access-Control-Allow-Origin", "*");
  } else {
    if (options_.cors.origin.size() == 1) {
      headers.emplace_back("Access-Control-Allow-Origin", options_.cors.origin.front());
    } else if (listed(origin)) {
      headers.emplace_back("Access-Control-Allow-Origin", origin);
    }
    headers.emplace_back("Vary", "Origin");
  }
  if (options_.cors.credentials) headers.emplace_back("Access-Control-Allow-Credentials", "true");
  return headers;
}

net::HttpResponse OriginPolicy::preflight(const net::HttpRequest& request) const {
  net::HttpResponse response{.status = 204, .headers = headers(request)};
  response.headers.emplace_back("Access-Control-Allow-Methods", preflight_methods);
  if (const std::string_view wanted = request.header("Access-Control-Request-Headers"); !wanted.empty()) {
    add_vary(response.headers, "Access-Control-Request-Headers");
    response.headers.emplace_back("Access-Control-Allow-Headers", wanted);
  }
  response.headers.emplace_back("Content-Length", "0");
  return response;
}

}  // namespace roomcast::engine
