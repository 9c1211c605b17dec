#pragma once

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

}  // namespace roomcast::app::bench
