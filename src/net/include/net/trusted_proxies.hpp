#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/ip/network_v4.hpp>
#include <boost/asio/ip/network_v6.hpp>

#include <net/http_message.hpp>

namespace roomcast::net {

/// The proxies whose word about their clients counts. Anybody can send `X-Forwarded-For`: what peers say that
/// are not listed here is ignored. Never changes; any thread.
class TrustedProxies {
 public:
  TrustedProxies() = default;
  /// Addresses (`10.0.0.7`, `::1`) and networks (`10.0.0.0/8`). Throws std::invalid_argument that names one
  /// which is neither.
  explicit TrustedProxies(std::span<const std::string> listed);

  /// Replaces what the request says of its peer by what trusted proxies say: its address, from the right of
  /// `X-Forwarded-For` the first that is no proxy of ours; whether it was encrypted (`X-Forwarded-Proto`);
  /// and the host that it named (`X-Forwarded-Host`).
  void apply(HttpRequest& request) const;
  /// Whether the address is one of theirs.
  bool trusts(std::string_view address) const;

 private:
  std::vector<boost::asio::ip::network_v4> v4_;
  std::vector<boost::asio::ip::network_v6> v6_;
};

}  // namespace roomcast::net
