#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include <boost/system/result.hpp>

#include <protocol/websocket/error.hpp>
#include <protocol/websocket/opcode.hpp>

#include "mask.hpp"

namespace roomcast::websocket {

/// What stands in front of a client frame's payload. RFC6455§5.2.
struct ClientHeader {
  static constexpr std::size_t longest = 14;

  Opcode opcode;
  bool final;
  bool compressed;    ///< RSV1: the message begins here, and is compressed (RFC7692§6)
  std::uint8_t size;  ///< of the header itself
  MaskKey key;
  std::uint64_t length;  ///< of the payload
};

/// Reads the header at the front of `bytes`; nothing when it is not whole yet. A fault is reported as soon as
/// the byte that holds it is there. What depends on earlier frames is the decoder's to check. `deflate`:
/// whether messages may be compressed.
boost::system::result<std::optional<ClientHeader>> read_client_header(std::span<const char> bytes,
                                                                      bool deflate);

}  // namespace roomcast::websocket
