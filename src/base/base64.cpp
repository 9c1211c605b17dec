#include <array>
#include <cstdint>
#include <cstring>

#include <base/base64.hpp>

namespace roomcast::base {
namespace {

constexpr std::string_view standard_alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view url_alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

// Two characters for every 12 bits: half the look-ups of a table of 64, and 8 KiB still fit the L1 cache.
struct Pair {
  char characters[2];
};
constexpr auto make_pairs() {
  std::array<Pair, 4096> pairs{};
  for (std::size_t i = 0; i < pairs.size(); ++i)
    pairs[i] = {standard_alphabet[i >> 6], standard_alphabet[i & 63]};
  return pairs;
}
constexpr std::array<Pair, 4096> pairs = make_pairs();

constexpr std::uint8_t junk = 0x40;
constexpr std::uint8_t end_mark = 0x80;
constexpr auto make_values() {
  std::array<std::uint8_t, 256> values{};
  values.fill(junk);
  for (const std::string_view alphabet : {standard_alphabet, url_alphabet})
    for (std::size_t i = 0; i < alphabet.size(); ++i)
      values[static_cast<unsigned char>(alphabet[i])] = static_cast<std::uint8_t>(i);
  values['='] = end_mark;
  return values;
}
constexpr std::array<std::uint8_t, 256> values = make_values();

std::uint32_t byte_at(std::string_view bytes, std::size_t i) { return static_cast<unsigned char>(bytes[i]); }

/// Writes the whole groups of three; the rest is the caller's. Returns the end of what was written.
char* encode_groups(std::string_view bytes, char* to) {
  for (std::size_t i = 0; i + 3 <= bytes.size(); i += 3, to += 4) {
    const std::uint32_t group = byte_at(bytes, i) << 16 | byte_at(bytes, i + 1) << 8 | byte_at(bytes, i + 2);
    std::memcpy(to, pairs[group >> 12].characters, 2);
    std::memcpy(to + 2, pairs[group & 0xFFF].characters, 2);
  }
  return to;
}

void encode_padded(std::string_view bytes, char* to) {
  to = encode_groups(bytes, to);
  const std::string_view rest = bytes.substr(bytes.size() / 3 * 3);
  if (rest.empty()) return;
  const std::uint32_t group = byte_at(rest, 0) << 16 | (rest.size() == 2 ? byte_at(rest, 1) << 8 : 0);
  std::memcpy(to, pairs[group >> 12].characters, 2);
  to[2] = rest.size() == 2 ? pairs[group & 0xFFF].characters[0] : '=';
  to[3] = '=';
}

}  // namespace

std::string base64_encode(std::string_view bytes) {
  std::string text;
  base64_encode(bytes, text);
  return text;
}

void base64_encode(std::string_view bytes, std::string& out) {
  const std::size_t at = out.size();
  out.resize(at + base64_size(bytes.size()));
  encode_padded(bytes, out.data() + at);
}

void base64_encode(std::string_view bytes, FrameBuilder& out) {
  encode_padded(bytes, out.extend(base64_size(bytes.size())));
}

std::string base64url_encode(std::string_view bytes) {
  std::string text = base64_encode(bytes);
  text.resize((bytes.size() * 4 + 2) / 3);
  for (char& c : text) {
    if (c == '+') c = '-';
    if (c == '/') c = '_';
  }
  return text;
}

std::string base64_decode_lenient(std::string_view text) {
  std::string bytes;
  base64_decode_lenient(text, bytes);
  return bytes;
}

void base64_decode_lenient(std::string_view text, std::string& out) {
  const std::size_t at = out.size();
  out.resize(at + text.size() / 4 * 3 + text.size() % 4 * 3 / 4);
  char* to = out.data() + at;
  const auto* from = reinterpret_cast<const unsigned char*>(text.data());
  const auto* const end = from + text.size();

  while (from != end) {
    // Four clean characters at a time, until something else turns up …
    for (; end - from >= 4; from += 4, to += 3) {
      const std::uint32_t a = values[from[0]], b = values[from[1]], c = values[from[2]], d = values[from[3]];
      if ((a | b | c | d) >= junk) break;
      const std::uint32_t group = a << 18 | b << 12 | c << 6 | d;
      to[0] = static_cast<char>(group >> 16);
      to[1] = static_cast<char>(group >> 8);
      to[2] = static_cast<char>(group);
    }
    // … then one group with care.
    std::uint32_t group = 0;
    int characters = 0;
    while (from != end && characters < 4) {
      const std::uint8_t value = values[*from++];
      if (value == end_mark) from = end;
      if (value >= junk) continue;
      group = group << 6 | value;
      ++characters;
    }
    group <<= 6 * (4 - characters);
    for (int i = 0; i < characters * 3 / 4; ++i) *to++ = static_cast<char>(group >> (16 - 8 * i));
  }
  out.resize(static_cast<std::size_t>(to - out.data()));
}

}  // namespace roomcast::base
