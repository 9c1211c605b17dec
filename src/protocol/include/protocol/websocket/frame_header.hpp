#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <protocol/websocket/opcode.hpp>

namespace roomcast::websocket {

/// The bytes in front of a server frame's payload: unmasked, unfragmented. At most 10 of them.
struct Header {
  char bytes[10];
  std::uint8_t size;
  std::string_view view() const noexcept { return {bytes, size}; }
};

/// The header of a final, unmasked frame with `length` bytes of payload. RFC6455§5.2, and RFC7692§6 for a
/// compressed one.
Header server_header(Opcode opcode, std::size_t length, bool compressed = false) noexcept;

/// A whole close frame. `code` 0 means a frame without a code, as Engine.IO closes; otherwise `code` must be
/// one that `may_be_sent`. `reason` is UTF-8; what does not fit in 123 bytes is cut between characters.
std::string close_frame(std::uint16_t code = 0, std::string_view reason = {});

/// A whole pong frame that echoes a ping's payload (at most 125 bytes). RFC6455§5.5.3.
std::string pong_frame(std::string_view payload);

}  // namespace roomcast::websocket
