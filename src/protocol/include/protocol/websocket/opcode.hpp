#pragma once

#include <cstdint>

namespace roomcast::websocket {

/// What a frame is. RFC6455§5.2; values not named here are reserved.
enum class Opcode : std::uint8_t {
  continuation = 0x0,
  text = 0x1,
  binary = 0x2,
  close = 0x8,
  ping = 0x9,
  pong = 0xA,
};

/// RFC6455§5.5: control frames are those with the high bit of the opcode set.
constexpr bool is_control(Opcode opcode) noexcept { return (static_cast<std::uint8_t>(opcode) & 0x8) != 0; }

}  // namespace roomcast::websocket
