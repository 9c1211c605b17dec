#pragma once

#include <cstdint>
#include <string>

namespace roomcast::net {

struct PeerAddress {
  std::string address;  ///< as text, without brackets
  std::uint16_t port = 0;
};

}  // namespace roomcast::net
