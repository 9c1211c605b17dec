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

std::string joined(const std::vector<std::string>& list) {
  std::string all;
  for (const std::string& one : list) all += (all.empty() ? "" : ",") + one;
  return all;
}

void add_list(net::HttpHeaders& headers, std::string_view field, const std::vector<std::string>& list) {
  if (!list.empty()) headers.emplace_back(field, joined(list));
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

bool OriginPolicy::any_origin() const {
  return std::ranges::find(options_.cors.origin, "*") != options_.cors.origin.end();
}

bool OriginPolicy::listed(std::string_view origin) const {
  return std::ranges::find(options_.cors.origin, origin) != options_.cors.origin.end() ||
         (options_.cors.allow && !origin.empty() && options_.cors.allow(origin));
}

bool OriginPolicy::allows(const net::HttpRequest& request) const {
  const std::string_view origin = request.header("Origin");
  if (!options_.origin_check || origin.empty() || any_origin() || listed(origin)) return true;
  return boost::beast::iequals(host_of(origin), request.host());
}

std::string OriginPolicy::refusal(const net::HttpRequest& request) {
  std::string origin(request.header("Origin").substr(0, 200));
  std::erase_if(origin, [](char c) { return c == '"' || c == '\\' || static_cast<unsigned char>(c) < ' '; });
  return "Origin " + origin + " is neither this server's own nor listed in cors.origin";
}

net::HttpHeaders OriginPolicy::headers(const net::HttpRequest& request) const {
  return headers(request, false);
}

net::HttpHeaders OriginPolicy::headers(const net::HttpRequest& request, bool preflight) const {
  net::HttpHeaders headers;
  if (!cors()) return headers;
  const std::string_view origin = request.header("Origin");
  if (any_origin()) {
    headers.emplace_back("Access-Control-Allow-Origin", "*");
  } else {
    if (options_.cors.origin.size() == 1 && !options_.cors.allow) {
      headers.emplace_back("Access-Control-Allow-Origin", options_.cors.origin.front());
    } else if (listed(origin)) {
      headers.emplace_back("Access-Control-Allow-Origin", origin);
    }
    headers.emplace_back("Vary", "Origin");
  }
  if (options_.cors.credentials) headers.emplace_back("Access-Control-Allow-Credentials", "true");
  // In an answer to a preflight it stands behind what only that has.
  if (!preflight) add_list(headers, "Access-Control-Expose-Headers", options_.cors.exposed_headers);
  return headers;
}

net::HttpResponse OriginPolicy::preflight(const net::HttpRequest& request) const {
  const CorsOptions& cors = options_.cors;
  net::HttpResponse response{.status = 204, .headers = headers(request, true)};
  response.headers.emplace_back("Access-Control-Allow-Methods",
                                cors.methods.empty() ? std::string(preflight_methods) : joined(cors.methods));
  const std::string_view wanted = request.header("Access-Control-Request-Headers");
  if (!cors.allowed_headers.empty()) {
    add_list(response.headers, "Access-Control-Allow-Headers", cors.allowed_headers);
  } else if (!wanted.empty()) {
    add_vary(response.headers, "Access-Control-Request-Headers");
    response.headers.emplace_back("Access-Control-Allow-Headers", wanted);
  }
  if (cors.max_age)
    response.headers.emplace_back("Access-Control-Max-Age", std::to_string(cors.max_age->count()));
  add_list(response.headers, "Access-Control-Expose-Headers", cors.exposed_headers);
  response.headers.emplace_back("Content-Length", "0");
  return response;
}

}  // namespace roomcast::engine
