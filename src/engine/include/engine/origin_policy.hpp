#pragma once

#include <string>
#include <string_view>

#include <net/http_message.hpp>
#include <roomcast/options.hpp>

namespace roomcast::engine {

/// Which origins may talk to this server, and what the answers to them say (CORS). Any thread.
class OriginPolicy {
 public:
  explicit OriginPolicy(const ServerOptions& options) : options_(options) {}

  /// Whether CORS headers are sent at all.
  bool cors() const noexcept { return !options_.cors.origin.empty() || options_.cors.allow; }
  /// A request is allowed if it names no origin, its own host's, one of `cors.origin`, or one that
  /// `cors.allow` takes. The same rule holds for polling, upgrades, and requests with a session id.
  bool allows(const net::HttpRequest& request) const;
  /// Why `allows` said no, for the answer and the log: names the origin, the rule and the option.
  static std::string refusal(const net::HttpRequest& request);
  /// The CORS headers of an ordinary answer; empty when CORS is off.
  net::HttpHeaders headers(const net::HttpRequest& request) const;
  /// The whole answer to a preflight request.
  net::HttpResponse preflight(const net::HttpRequest& request) const;

 private:
  net::HttpHeaders headers(const net::HttpRequest& request, bool preflight) const;
  bool any_origin() const;
  bool listed(std::string_view origin) const;

  const ServerOptions& options_;
};

}  // namespace roomcast::engine
