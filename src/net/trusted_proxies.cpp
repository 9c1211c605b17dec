#include <algorithm>
#include <stdexcept>

#include <boost/asio/ip/address.hpp>
#include <boost/beast/core/string.hpp>

#include <net/trusted_proxies.hpp>

namespace roomcast::net {
namespace {

namespace ip = boost::asio::ip;

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") + 1 - begin);
}

// `1.2.3.4:567`, `[::1]:567` and `[::1]` are written too.
std::string_view without_port(std::string_view text) {
  if (text.starts_with('[')) return text.substr(1, text.find(']') - 1);
  const std::size_t colon = text.find(':');
  return colon != std::string_view::npos && text.find(':', colon + 1) == std::string_view::npos
             ? text.substr(0, colon)
             : text;
}

// All lines of the header together, as one list.
std::string list_of(const HttpRequest& request, std::string_view name) {
  std::string all;
  const auto [begin, end] = request.message.equal_range(name);
  for (auto line = begin; line != end; ++line) {
    if (!all.empty()) all += ',';
    all += std::string_view(line->value());
  }
  return all;
}

// What the nearest proxy says, where several have added to a list.
std::string_view last_of(std::string_view list) { return trimmed(list.substr(list.rfind(',') + 1)); }

}  // namespace

TrustedProxies::TrustedProxies(std::span<const std::string> listed) {
  for (const std::string& one : listed) {
    boost::system::error_code error;
    const ip::address address = ip::make_address(one, error);
    if (!error && address.is_v4()) {
      v4_.emplace_back(address.to_v4(), 32);
    } else if (!error) {
      v6_.emplace_back(address.to_v6(), 128);
    } else if (const auto v4 = ip::make_network_v4(one, error); !error) {
      v4_.push_back(v4);
    } else if (const auto v6 = ip::make_network_v6(one, error); !error) {
      v6_.push_back(v6);
    } else {
      throw std::invalid_argument("trusted_proxies: " + one +
                                  " is neither an address nor a network such as 10.0.0.0/8");
    }
  }
}

bool TrustedProxies::trusts(std::string_view text) const {
  if (v4_.empty() && v6_.empty()) return false;
  boost::system::error_code error;
  ip::address address = ip::make_address(std::string(text), error);
  if (error) return false;
  if (address.is_v6() && address.to_v6().is_v4_mapped())
    address = ip::make_address_v4(ip::v4_mapped, address.to_v6());
  if (address.is_v4())
    return std::ranges::any_of(v4_, [host = address.to_v4()](const ip::network_v4& network) {
      return ip::network_v4(host, network.prefix_length()).canonical() == network.canonical();
    });
  return std::ranges::any_of(v6_, [host = address.to_v6()](const ip::network_v6& network) {
    return ip::network_v6(host, network.prefix_length()).canonical() == network.canonical();
  });
}

void TrustedProxies::apply(HttpRequest& request) const {
  if (!trusts(request.peer.address)) return;
  if (const std::string scheme = list_of(request, "X-Forwarded-Proto"); !scheme.empty())
    request.secure = boost::beast::iequals(last_of(scheme), "https");
  const std::string hosts = list_of(request, "X-Forwarded-Host");
  request.forwarded_host = last_of(hosts);
  const std::string path = list_of(request, "X-Forwarded-For");
  std::string_view left = path;
  while (!left.empty() && trusts(request.peer.address)) {
    const std::string_view address = without_port(last_of(left));
    boost::system::error_code error;
    ip::make_address(std::string(address), error);
    if (error) return;  // what is not an address was not written by a proxy
    request.peer = {std::string(address), 0};
    const std::size_t comma = left.rfind(',');
    left = left.substr(0, comma == std::string_view::npos ? 0 : comma);
  }
}

}  // namespace roomcast::net
