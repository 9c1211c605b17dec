#pragma once

#include <array>

#include "run.hpp"

// The small pieces of RFC 8259 that more than one reader of JSON text needs. All of them stay inside
// [at, end) whatever the bytes are.

namespace roomcast::json::detail {

inline bool is_space(char c) noexcept { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }
inline bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

inline const char* skip_space(const char* at, const char* end) noexcept {
  while (at != end && is_space(*at)) ++at;
  return at;
}

inline const char* skip_digits(const char* at, const char* end) noexcept {
  while (at != end && is_digit(*at)) ++at;
  return at;
}

/// Behind the number that begins at `at`, or nullptr if there is none. RFC8259§6.
inline const char* skip_number(const char* at, const char* end) noexcept {
  if (at != end && *at == '-') ++at;
  if (at == end || !is_digit(*at)) return nullptr;
  at = *at == '0' ? at + 1 : skip_digits(at, end);
  if (at != end && *at == '.') {
    const char* digits = at + 1;
    at = skip_digits(digits, end);
    if (at == digits) return nullptr;
  }
  if (at != end && (*at | 0x20) == 'e') {
    const char* digits = at + 1;
    if (digits != end && (*digits == '+' || *digits == '-')) ++digits;
    at = skip_digits(digits, end);
    if (at == digits) return nullptr;
  }
  return at;
}

/// The value of a hexadecimal digit, or something above 15.
inline unsigned hex_value(char c) noexcept {
  static constexpr auto table = [] {
    std::array<unsigned char, 256> values{};
    values.fill(0xFF);
    for (unsigned i = 0; i < 10; ++i) values['0' + i] = static_cast<unsigned char>(i);
    for (unsigned i = 0; i < 6; ++i) values['a' + i] = values['A' + i] = static_cast<unsigned char>(10 + i);
    return values;
  }();
  return table[static_cast<unsigned char>(c)];
}

/// Behind the closing quote of a valid string whose opening quote is at `at`.
inline const char* skip_string(const char* at, const char* end) noexcept {
  for (++at; at < end;) {
    at = find<StringStop>(at, end);
    if (at == end) break;
    if (*at == '"') return at + 1;
    at += *at == '\\' && end - at >= 2 ? 2 : 1;
  }
  return end;
}

/// Behind the valid value that begins at `at`, which is not whitespace.
const char* skip_value(const char* at, const char* end) noexcept;

}  // namespace roomcast::json::detail
