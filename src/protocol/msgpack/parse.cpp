#include "parse.hpp"

#include <algorithm>
#include <bit>
#include <type_traits>

namespace roomcast::msgpack::detail {
namespace {

/// The input's front, which only moves when enough bytes are there.
class Input {
 public:
  Input(const char*& at, const char* end) noexcept : at_(&at), end_(end) {}

  bool has(std::size_t bytes) const noexcept { return static_cast<std::size_t>(end_ - *at_) >= bytes; }

  template <class T>
  bool take(T& big_endian) noexcept {
    if (!has(sizeof(T))) return false;
    big_endian = 0;
    for (std::size_t i = 0; i < sizeof(T); ++i)
      big_endian = static_cast<T>((std::uint64_t{big_endian} << 8) | static_cast<unsigned char>((*at_)[i]));
    *at_ += sizeof(T);
    return true;
  }

  bool take(std::string_view& bytes, std::size_t length) noexcept {
    if (!has(length)) return false;
    bytes = {*at_, length};
    *at_ += length;
    return true;
  }

 private:
  const char** at_;
  const char* end_;
};

template <class T>
Error read_natural(Input& input, Token& token) noexcept {
  T value{};
  if (!input.take(value)) return Error::truncated;
  token.type = Type::natural;
  token.natural = value;
  return no_error;
}

template <class T>
Error read_integer(Input& input, Token& token) noexcept {
  std::make_unsigned_t<T> bits{};
  if (!input.take(bits)) return Error::truncated;
  const T value = static_cast<T>(bits);
  token.type = value < 0 ? Type::integer : Type::natural;
  token.integer = value;
  token.natural = static_cast<std::uint64_t>(value);
  return no_error;
}

template <class Float, class Bits>
Error read_float(Input& input, Token& token) noexcept {
  Bits bits{};
  if (!input.take(bits)) return Error::truncated;
  token.type = Type::number;
  token.number = std::bit_cast<Float>(bits);
  return no_error;
}

template <class Length>
Error read_length(Input& input, std::size_t& length) noexcept {
  Length value{};
  if (!input.take(value)) return Error::truncated;
  length = value;
  return no_error;
}

Error read_bytes(Input& input, Token& token, Type type, std::size_t length) noexcept {
  token.type = type;
  return input.take(token.bytes, length) ? no_error : Error::truncated;
}

template <class Length>
Error read_bytes(Input& input, Token& token, Type type) noexcept {
  std::size_t length = 0;
  if (const Error error = read_length<Length>(input, length); error != no_error) return error;
  return read_bytes(input, token, type, length);
}

Error read_header(Token& token, Type type, std::size_t elements) noexcept {
  token.type = type;
  token.natural = elements;
  return no_error;
}

template <class Length>
Error read_header(Input& input, Token& token, Type type) noexcept {
  std::size_t elements = 0;
  if (const Error error = read_length<Length>(input, elements); error != no_error) return error;
  return read_header(token, type, elements);
}

Error read_date(Token& token, double milliseconds) noexcept {
  token.type = Type::date;
  token.number = milliseconds;
  return no_error;
}

/// The timestamp extension (MessagePack specification, "Timestamp extension type"): seconds in 4 bytes;
/// 30 bits of nanoseconds and 34 of seconds; nanoseconds in 4 bytes and seconds in 8.
Error read_timestamp(Token& token, std::string_view data) noexcept {
  const char* at = data.data();
  Input input(at, at + data.size());
  std::uint32_t nanoseconds = 0;
  std::uint32_t short_seconds = 0;
  std::uint64_t bits = 0;
  switch (data.size()) {
    case 4:
      input.take(short_seconds);
      return read_date(token, short_seconds * 1e3);
    case 8: {
      input.take(bits);
      constexpr std::uint64_t seconds = (std::uint64_t{1} << 34) - 1;
      return read_date(token,
                       static_cast<double>(bits & seconds) * 1e3 + static_cast<double>(bits >> 34) / 1e6);
    }
    case 12:
      input.take(nanoseconds);
      input.take(bits);
      return read_date(token, static_cast<double>(static_cast<std::int64_t>(bits)) * 1e3 + nanoseconds / 1e6);
    default:
      return Error::unknown_extension;
  }
}

/// `fixed` tells the formats of exactly 1, 2, 4, 8 or 16 bytes from those with a length, because notepack
/// means undefined and dates by the former only, and bytes by the latter.
Error read_extension(Input& input, Token& token, std::size_t length, bool fixed) noexcept {
  std::uint8_t type = 0;
  std::string_view data;
  if (!input.take(type) || !input.take(data, length)) return Error::truncated;
  if (type == 0xFF) return read_timestamp(token, data);
  if (type != 0) return Error::unknown_extension;
  if (fixed && length == 1) {
    token.type = Type::undefined;
    return no_error;
  }
  if (fixed && length == 8) {
    std::uint64_t milliseconds = 0;
    const char* at = data.data();
    Input(at, at + 8).take(milliseconds);
    return read_date(token, static_cast<double>(static_cast<std::int64_t>(milliseconds)));
  }
  token.type = Type::binary;
  token.bytes = data;
  return no_error;
}

template <class Length>
Error read_extension(Input& input, Token& token) noexcept {
  std::size_t length = 0;
  if (const Error error = read_length<Length>(input, length); error != no_error) return error;
  return read_extension(input, token, length, false);
}

}  // namespace

Error parse(const char*& at, const char* end, Token& token) noexcept {
  if (at == end) return Error::truncated;
  Input input(at, end);
  const auto format = static_cast<unsigned char>(*at++);
  if (format < 0x80) {
    token.type = Type::natural;
    token.natural = format;
    return no_error;
  }
  if (format < 0x90) return read_header(token, Type::map, format & 0x0F);
  if (format < 0xA0) return read_header(token, Type::array, format & 0x0F);
  if (format < 0xC0) return read_bytes(input, token, Type::string, format & 0x1F);
  if (format >= 0xE0) {
    token.type = Type::integer;
    token.integer = static_cast<signed char>(format);
    return no_error;
  }
  switch (format) {
    case 0xC0:
      token.type = Type::nil;
      return no_error;
    case 0xC2:
    case 0xC3:
      token.type = Type::boolean;
      token.boolean = format == 0xC3;
      return no_error;
    case 0xC4:
      return read_bytes<std::uint8_t>(input, token, Type::binary);
    case 0xC5:
      return read_bytes<std::uint16_t>(input, token, Type::binary);
    case 0xC6:
      return read_bytes<std::uint32_t>(input, token, Type::binary);
    case 0xC7:
      return read_extension<std::uint8_t>(input, token);
    case 0xC8:
      return read_extension<std::uint16_t>(input, token);
    case 0xC9:
      return read_extension<std::uint32_t>(input, token);
    case 0xCA:
      return read_float<float, std::uint32_t>(input, token);
    case 0xCB:
      return read_float<double, std::uint64_t>(input, token);
    case 0xCC:
      return read_natural<std::uint8_t>(input, token);
    case 0xCD:
      return read_natural<std::uint16_t>(input, token);
    case 0xCE:
      return read_natural<std::uint32_t>(input, token);
    case 0xCF:
      return read_natural<std::uint64_t>(input, token);
    case 0xD0:
      return read_integer<std::int8_t>(input, token);
    case 0xD1:
      return read_integer<std::int16_t>(input, token);
    case 0xD2:
      return read_integer<std::int32_t>(input, token);
    case 0xD3:
      return read_integer<std::int64_t>(input, token);
    case 0xD4:
    case 0xD5:
    case 0xD6:
    case 0xD7:
    case 0xD8:
      return read_extension(input, token, std::size_t{1} << (format - 0xD4), true);
    case 0xD9:
      return read_bytes<std::uint8_t>(input, token, Type::string);
    case 0xDA:
      return read_bytes<std::uint16_t>(input, token, Type::string);
    case 0xDB:
      return read_bytes<std::uint32_t>(input, token, Type::string);
    case 0xDC:
      return read_header<std::uint16_t>(input, token, Type::array);
    case 0xDD:
      return read_header<std::uint32_t>(input, token, Type::array);
    case 0xDE:
      return read_header<std::uint16_t>(input, token, Type::map);
    case 0xDF:
      return read_header<std::uint32_t>(input, token, Type::map);
    default:
      return Error::unknown_format;
  }
}

Error skip(const char*& at, const char* end, unsigned max_depth) noexcept {
  std::uint64_t left[highest_max_depth];  // values that are missing, by level
  max_depth = std::min(max_depth, highest_max_depth);
  unsigned depth = 0;
  Token token;
  for (;;) {
    if (const Error error = parse(at, end, token); error != no_error) return error;
    if (token.type == Type::array || token.type == Type::map) {
      if (depth == max_depth) return Error::too_deep;
      left[depth++] = token.type == Type::map ? 2 * token.natural : token.natural;
    } else if (depth != 0) {
      --left[depth - 1];
    }
    while (depth != 0 && left[depth - 1] == 0) {
      --depth;
      if (depth != 0) --left[depth - 1];
    }
    if (depth == 0) return no_error;
  }
}

}  // namespace roomcast::msgpack::detail
