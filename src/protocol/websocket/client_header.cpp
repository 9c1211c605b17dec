#include "client_header.hpp"

#include <cstring>

namespace roomcast::websocket {
namespace {

std::uint64_t big_endian(std::span<const char> bytes) {
  std::uint64_t value = 0;
  for (const char c : bytes) value = value << 8 | static_cast<unsigned char>(c);
  return value;
}

bool is_known(unsigned opcode) { return opcode <= 0x2 || (opcode >= 0x8 && opcode <= 0xA); }

}  // namespace

boost::system::result<std::optional<ClientHeader>> read_client_header(std::span<const char> bytes,
                                                                      bool deflate) {
  if (bytes.empty()) return std::nullopt;
  const auto first = static_cast<unsigned char>(bytes[0]);
  const bool final = (first & 0x80) != 0;
  const bool compressed = (first & 0x40) != 0;
  if ((first & 0x30) != 0 || (compressed && !deflate)) return Error::reserved_bits;
  if (!is_known(first & 0x0F)) return Error::unknown_opcode;
  const auto opcode = static_cast<Opcode>(first & 0x0F);
  if (compressed && opcode != Opcode::text && opcode != Opcode::binary) return Error::misplaced_compression;
  if (is_control(opcode) && !final) return Error::fragmented_control;

  if (bytes.size() < 2) return std::nullopt;
  const auto second = static_cast<unsigned char>(bytes[1]);
  if ((second & 0x80) == 0) return Error::unmasked_frame;
  std::uint64_t length = second & 0x7F;
  if (is_control(opcode) && length > 125) return Error::control_too_long;

  std::size_t size = 2;
  if (length >= 126) {
    const std::size_t width = length == 126 ? 2 : 8;
    size += width;
    if (bytes.size() < size) return std::nullopt;
    length = big_endian(bytes.subspan(2, width));
    if (length >> 63 != 0) return Error::length_too_large;
    if (length <= (width == 2 ? 125 : 0xFFFF)) return Error::length_not_minimal;
  }

  MaskKey key;
  size += key.size();
  if (bytes.size() < size) return std::nullopt;
  std::memcpy(key.data(), bytes.data() + size - key.size(), key.size());
  return ClientHeader{opcode, final, compressed, static_cast<std::uint8_t>(size), key, length};
}

}  // namespace roomcast::websocket
