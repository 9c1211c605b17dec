#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include <protocol/websocket/opcode.hpp>

namespace roomcast::support {

/// A frame as a client sends it, with every field that a bad client could get wrong.
struct ClientFrame {
  websocket::Opcode opcode = websocket::Opcode::text;
  std::string payload{};
  bool final = true;
  std::uint8_t reserved = 0;  ///< RSV1-3 as the values 4, 2, 1
  bool masked = true;
  int length_width = -1;  ///< 0, 2 or 8 extra length bytes instead of the shortest form
  std::array<std::uint8_t, 4> key{0x37, 0xFA, 0x21, 0x3D};

  std::string bytes() const {
    const std::uint64_t length = payload.size();
    int width = length_width;
    if (width < 0) width = length < 126 ? 0 : length < 65536 ? 2 : 8;
    std::string out;
    out += static_cast<char>((final ? 0x80 : 0) | reserved << 4 | static_cast<int>(opcode));
    const std::uint64_t short_length = width == 0 ? length : width == 2 ? 126 : 127;
    out += static_cast<char>((masked ? 0x80 : 0) | short_length);
    for (int i = width - 1; i >= 0; --i) out += static_cast<char>(length >> 8 * i);
    if (!masked) return out + payload;
    for (const std::uint8_t byte : key) out += static_cast<char>(byte);
    for (std::size_t i = 0; i < payload.size(); ++i) out += static_cast<char>(payload[i] ^ key[i % 4]);
    return out;
  }
};

inline std::string client_text(std::string_view payload) {
  return ClientFrame{.opcode = websocket::Opcode::text, .payload = std::string(payload)}.bytes();
}
inline std::string client_binary(std::string_view payload) {
  return ClientFrame{.opcode = websocket::Opcode::binary, .payload = std::string(payload)}.bytes();
}
inline std::string client_ping(std::string_view payload = {}) {
  return ClientFrame{.opcode = websocket::Opcode::ping, .payload = std::string(payload)}.bytes();
}
inline std::string client_pong(std::string_view payload = {}) {
  return ClientFrame{.opcode = websocket::Opcode::pong, .payload = std::string(payload)}.bytes();
}
/// A close frame; code 0 leaves it without one.
inline std::string client_close(std::uint16_t code = 0, std::string_view reason = {}) {
  std::string payload{};
  if (code != 0) payload = {static_cast<char>(code >> 8), static_cast<char>(code & 0xFF)};
  return ClientFrame{.opcode = websocket::Opcode::close, .payload = payload.append(reason)}.bytes();
}

}  // namespace roomcast::support
