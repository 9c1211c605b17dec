#pragma once

#include <cstdint>
#include <string>

#include <sys/socket.h>

namespace roomcast::app::bench {

/// A server as its URL names it.
struct Endpoint {
  std::string url;   ///< as it was given
  std::string host;  ///< for the Host header, with the port
  std::string path = "/socket.io/";
  sockaddr_storage address{};
  socklen_t address_size = 0;

  bool is_loopback_v4() const;
};

/// Reads http://HOST[:PORT][/PATH] (ws:// is the same) and looks the host up.
/// Throws std::invalid_argument that says what is wrong with it.
Endpoint parse_endpoint(const std::string& url);

/// The address in 127.0.0.0/8, in numbers, that the how many-th connection to a loopback server comes from:
/// one address has about 28,000 ports for connections to one port, and those of closed connections rest for a
/// minute.
std::uint32_t loopback_source(std::uint64_t connection);

}  // namespace roomcast::app::bench
