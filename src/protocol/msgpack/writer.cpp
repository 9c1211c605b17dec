#include <bit>
#include <cmath>
#include <limits>
#include <stdexcept>

#include <protocol/msgpack/writer.hpp>

namespace roomcast::msgpack {

template <class T>
void Writer::format(unsigned first, T big_endian) {
  char bytes[1 + sizeof(T)];
  bytes[0] = static_cast<char>(first);
  for (std::size_t i = 0; i < sizeof(T); ++i)
    bytes[1 + i] = static_cast<char>(static_cast<std::uint64_t>(big_endian) >> (8 * (sizeof(T) - 1 - i)));
  out_->append(bytes, sizeof bytes);
}

/// The two long forms; the format with 32 bits follows the one with 16.
void Writer::length(unsigned format16, std::size_t length) {
  if (length <= 0xFFFF)
    format(format16, static_cast<std::uint16_t>(length));
  else if (length <= 0xFFFF'FFFF)
    format(format16 + 1, static_cast<std::uint32_t>(length));
  else
    throw std::length_error("MessagePack has no lengths of more than 32 bits");
}

void Writer::nil() { byte(0xC0); }

void Writer::boolean(bool value) { byte(value ? 0xC3 : 0xC2); }

void Writer::natural(std::uint64_t value) {
  if (value < 0x80)
    byte(static_cast<unsigned>(value));
  else if (value <= 0xFF)
    format(0xCC, static_cast<std::uint8_t>(value));
  else if (value <= 0xFFFF)
    format(0xCD, static_cast<std::uint16_t>(value));
  else if (value <= 0xFFFF'FFFF)
    format(0xCE, static_cast<std::uint32_t>(value));
  else
    format(0xCF, value);
}

void Writer::integer(std::int64_t value) {
  if (value >= 0)
    natural(static_cast<std::uint64_t>(value));
  else if (value >= -32)
    byte(static_cast<unsigned char>(value));
  else if (value >= std::numeric_limits<std::int8_t>::min())
    format(0xD0, static_cast<std::int8_t>(value));
  else if (value >= std::numeric_limits<std::int16_t>::min())
    format(0xD1, static_cast<std::int16_t>(value));
  else if (value >= std::numeric_limits<std::int32_t>::min())
    format(0xD2, static_cast<std::int32_t>(value));
  else
    format(0xD3, value);
}

void Writer::number(double value) {
  constexpr double lowest = -9223372036854775808.0;  // -2^63
  constexpr double beyond = 18446744073709551616.0;  // 2^64
  if (std::trunc(value) != value || value < lowest || value >= beyond)
    format(0xCB, std::bit_cast<std::uint64_t>(value));
  else if (value < 0)
    integer(static_cast<std::int64_t>(value));
  else
    natural(static_cast<std::uint64_t>(value));
}

void Writer::string(std::string_view text) {
  if (text.size() < 32)
    byte(0xA0 | static_cast<unsigned>(text.size()));
  else if (text.size() <= 0xFF)
    format(0xD9, static_cast<std::uint8_t>(text.size()));
  else
    length(0xDA, text.size());
  out_->append(text);
}

void Writer::binary(std::string_view bytes) {
  if (bytes.size() <= 0xFF)
    format(0xC4, static_cast<std::uint8_t>(bytes.size()));
  else
    length(0xC5, bytes.size());
  out_->append(bytes);
}

void Writer::array(std::size_t elements) {
  if (elements < 16)
    byte(0x90 | static_cast<unsigned>(elements));
  else
    length(0xDC, elements);
}

void Writer::map(std::size_t members) {
  if (members < 16)
    byte(0x80 | static_cast<unsigned>(members));
  else
    length(0xDE, members);
}

}  // namespace roomcast::msgpack
