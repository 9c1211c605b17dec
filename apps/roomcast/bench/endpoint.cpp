#include "endpoint.hpp"

#include <cstring>
#include <stdexcept>
#include <string_view>

#include <netdb.h>
#include <netinet/in.h>

namespace roomcast::app::bench {

bool Endpoint::is_loopback_v4() const {
  if (address.ss_family != AF_INET) return false;
  sockaddr_in v4;
  std::memcpy(&v4, &address, sizeof v4);
  return ntohl(v4.sin_addr.s_addr) >> 24 == 127;
}

std::uint32_t loopback_source(std::uint64_t connection) {
  constexpr std::uint64_t of_each = 25'000;
  constexpr std::uint64_t sources = 250;
  return std::uint32_t{127} << 24 | static_cast<std::uint32_t>(1 + connection / of_each % sources);
}

Endpoint parse_endpoint(const std::string& url) {
  const auto bad = [&url](const std::string& why) {
    return std::invalid_argument(url + ": " + why + ", for example http://127.0.0.1:3000");
  };
  Endpoint endpoint;
  endpoint.url = url;
  std::string_view rest = url;
  if (rest.starts_with("https://") || rest.starts_with("wss://"))
    throw bad("there is no TLS here; give a http:// URL");
  for (const std::string_view scheme : {"http://", "ws://"})
    if (rest.starts_with(scheme)) rest.remove_prefix(scheme.size());
  if (rest.find("://") != std::string_view::npos) throw bad("not a URL of http");
  if (const std::size_t slash = rest.find('/'); slash != std::string_view::npos) {
    if (rest.size() > slash + 1) endpoint.path = rest.substr(slash);
    if (endpoint.path.back() != '/') endpoint.path += '/';
    rest = rest.substr(0, slash);
  }
  if (endpoint.path.find_first_of("?# \r\n") != std::string::npos) throw bad("a path only, without query");
  std::string name(rest), port = "80";
  if (const std::size_t colon = rest.rfind(':');
      colon != std::string_view::npos && rest.find(']', colon) == std::string_view::npos) {
    name = rest.substr(0, colon);
    port = rest.substr(colon + 1);
  }
  if (name.size() > 2 && name.front() == '[' && name.back() == ']') name = name.substr(1, name.size() - 2);
  if (name.empty()) throw bad("there is no host");
  if (port.empty() || port.size() > 5 || port.find_first_not_of("0123456789") != std::string::npos ||
      port == "0" || std::stoi(port) > 65535)
    throw bad("the port is not a number from 1 to 65535");
  endpoint.host = std::string(rest);
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (const int error = ::getaddrinfo(name.c_str(), port.c_str(), &hints, &found); error != 0)
    throw bad(name + " is not to be found (" + ::gai_strerror(error) + ")");
  std::memcpy(&endpoint.address, found->ai_addr, found->ai_addrlen);
  endpoint.address_size = found->ai_addrlen;
  ::freeaddrinfo(found);
  return endpoint;
}

}  // namespace roomcast::app::bench
