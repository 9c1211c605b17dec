#include <cstring>

#include <base/utf8.hpp>

namespace roomcast::base {
namespace {

/// What a lead byte asks for: RFC3629§4. No continuation bytes means that it cannot lead.
struct Sequence {
  std::uint8_t continuations;
  std::uint8_t lowest = 0x80;  // of the first continuation byte; the others have the whole range
  std::uint8_t highest = 0xBF;
};

Sequence sequence_after(unsigned char lead) {
  if (lead < 0xC2) return {0};  // a continuation byte, or the overlong C0 and C1
  if (lead < 0xE0) return {1};
  if (lead == 0xE0) return {2, 0xA0, 0xBF};  // below: overlong
  if (lead == 0xED) return {2, 0x80, 0x9F};  // above: surrogates
  if (lead < 0xF0) return {2};
  if (lead == 0xF0) return {3, 0x90, 0xBF};  // below: overlong
  if (lead < 0xF4) return {3};
  if (lead == 0xF4) return {3, 0x80, 0x8F};  // above: beyond U+10FFFF
  return {0};
}

const unsigned char* skip_ascii(const unsigned char* from, const unsigned char* end) {
  constexpr std::uint64_t high_bits = 0x8080808080808080;
  while (end - from >= 16) {
    std::uint64_t words[2];
    std::memcpy(words, from, sizeof words);
    if (((words[0] | words[1]) & high_bits) != 0) break;
    from += 16;
  }
  while (from != end && *from < 0x80) ++from;
  return from;
}

bool continues(unsigned char c) { return (c & 0xC0) == 0x80; }

/// The end of the whole and valid characters from `from` on.
const unsigned char* skip_characters(const unsigned char* from, const unsigned char* end) {
  while (from != end) {
    if (*from < 0x80) {
      from = skip_ascii(from, end);
      continue;
    }
    const auto [continuations, lowest, highest] = sequence_after(*from);
    if (continuations == 0 || end - from <= continuations || from[1] < lowest || from[1] > highest) break;
    if (continuations > 1 && !continues(from[2])) break;
    if (continuations > 2 && !continues(from[3])) break;
    from += 1 + continuations;
  }
  return from;
}

}  // namespace

bool is_valid_utf8(std::string_view bytes) noexcept {
  const auto* from = reinterpret_cast<const unsigned char*>(bytes.data());
  return skip_characters(from, from + bytes.size()) == from + bytes.size();
}

std::string to_valid_utf8(std::string_view bytes) {
  std::string text;
  text.reserve(bytes.size());
  const auto* from = reinterpret_cast<const unsigned char*>(bytes.data());
  const auto* const end = from + bytes.size();
  for (;;) {
    const auto* const valid = skip_characters(from, end);
    text.append(reinterpret_cast<const char*>(from), static_cast<std::size_t>(valid - from));
    if (valid == end) return text;
    // The longest beginning of a character counts as one malformed part (WHATWG Encoding, "decode").
    const auto [continuations, lowest, highest] = sequence_after(*valid);
    from = valid + 1;
    if (continuations > 0 && from != end && *from >= lowest && *from <= highest) {
      ++from;
      if (continuations > 2 && from != end && continues(*from)) ++from;
    }
    text += "\xEF\xBF\xBD";
  }
}

std::size_t utf16_size(std::string_view text) noexcept {
  std::size_t units = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    // One for each character, a second one for those outside the Basic Multilingual Plane.
    units += static_cast<std::size_t>(!continues(byte)) + static_cast<std::size_t>(byte >= 0xF0);
  }
  return units;
}

bool Utf8Validator::feed(std::string_view bytes) noexcept {
  if (failed_) return false;
  const auto* from = reinterpret_cast<const unsigned char*>(bytes.data());
  const auto* const end = from + bytes.size();
  while (from != end) {
    if (expected_ == 0) {
      from = skip_characters(from, end);
      if (from == end) break;
      // A character that is cut off by the end of the piece, or a bad one.
      const Sequence sequence = sequence_after(*from++);
      expected_ = sequence.continuations;
      lowest_ = sequence.lowest;
      highest_ = sequence.highest;
      failed_ = expected_ == 0;
    } else {
      const unsigned char c = *from++;
      failed_ = c < lowest_ || c > highest_;
      --expected_;
      lowest_ = 0x80;
      highest_ = 0xBF;
    }
    if (failed_) {
      expected_ = 1;
      return false;
    }
  }
  return true;
}

}  // namespace roomcast::base
