#include <cassert>

#include <protocol/websocket/error.hpp>
#include <protocol/websocket/frame_header.hpp>

namespace roomcast::websocket {
namespace {

constexpr std::size_t longest_control = 125;  // RFC6455§5.5

char low_byte(std::size_t value) { return static_cast<char>(value & 0xFF); }

std::string whole_frame(Opcode opcode, std::string_view payload) {
  std::string frame(server_header(opcode, payload.size()).view());
  return frame.append(payload);
}

}  // namespace

Header server_header(Opcode opcode, std::size_t length, bool compressed) noexcept {
  Header header{};
  header.bytes[0] = static_cast<char>(0x80 | (compressed ? 0x40 : 0) | static_cast<unsigned>(opcode));
  std::size_t width = 0;
  if (length <= 125) {
    header.bytes[1] = low_byte(length);
  } else if (length <= 0xFFFF) {
    header.bytes[1] = 126;
    width = 2;
  } else {
    header.bytes[1] = 127;
    width = 8;
  }
  for (std::size_t i = 0; i < width; ++i) header.bytes[2 + i] = low_byte(length >> 8 * (width - 1 - i));
  header.size = static_cast<std::uint8_t>(2 + width);
  return header;
}

std::string close_frame(std::uint16_t code, std::string_view reason) {
  if (code == 0) return whole_frame(Opcode::close, {});
  assert(may_be_sent(code));
  if (reason.size() > longest_control - 2) {
    std::size_t cut = longest_control - 2;
    while (cut > 0 && (reason[cut] & 0xC0) == 0x80) --cut;  // not inside a character
    reason = reason.substr(0, cut);
  }
  std::string payload{low_byte(code >> 8), low_byte(code)};
  return whole_frame(Opcode::close, payload.append(reason));
}

std::string pong_frame(std::string_view payload) {
  assert(payload.size() <= longest_control);
  return whole_frame(Opcode::pong, payload);
}

}  // namespace roomcast::websocket
