#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace roomcast::base {

/// Whether `bytes` is UTF-8 as RFC3629 has it: shortest forms only, no surrogates, nothing above U+10FFFF.
bool is_valid_utf8(std::string_view bytes) noexcept;

/// `bytes` with each maximal malformed part replaced by U+FFFD, as browsers and Node decode.
std::string to_valid_utf8(std::string_view bytes);

/// How many UTF-16 code units valid UTF-8 has: what JavaScript calls the length of a string.
std::size_t utf16_size(std::string_view text) noexcept;

/// The same judgement for text that arrives in pieces, cut anywhere. Four bytes; one thread at a time.
class Utf8Validator {
 public:
  /// Takes the next piece. False as soon as no continuation can make the text valid; it stays false.
  bool feed(std::string_view bytes) noexcept;

  /// Whether the text so far is valid and does not end inside a character.
  bool complete() const noexcept { return expected_ == 0; }

 private:
  // While `expected_` > 0, that many continuation bytes are to come and the next of them must lie in
  // [lowest_, highest_]: the narrower range after E0, ED, F0 and F4 keeps out overlong forms, surrogates
  // and what is above U+10FFFF (RFC3629§4).
  // A failed validator expects a byte for ever.
  std::uint8_t expected_ = 0;
  std::uint8_t lowest_ = 0x80;
  std::uint8_t highest_ = 0xBF;
  bool failed_ = false;
};

}  // namespace roomcast::base
