#pragma once

#include <bit>
#include <cstdint>
#include <cstring>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

// Finding the next interesting byte is most of the work on JSON text, so it goes 16 bytes at a time where
// SSE2 is (every x86-64), then 8 at a time, then one by one. A "stop" is a set of bytes, told in the three
// ways those need; the answers must agree (run_test compares them).

namespace roomcast::json::detail {

inline constexpr std::uint64_t every_byte = 0x0101010101010101;

// The lowest marked byte of these two is always right; one above it may be marked wrongly, by a borrow.
constexpr std::uint64_t mark_equal(std::uint64_t bytes, unsigned char wanted) noexcept {
  const std::uint64_t x = bytes ^ (every_byte * wanted);
  return (x - every_byte) & ~x & (every_byte * 0x80);
}
constexpr std::uint64_t mark_control(std::uint64_t bytes) noexcept {
  return (bytes - every_byte * 0x20) & ~bytes & (every_byte * 0x80);
}

/// What ends a run of plain bytes inside a string: a quote, a backslash, a control character.
struct StringStop {
  static bool one(unsigned char c) noexcept { return c == '"' || c == '\\' || c < 0x20; }
  static std::uint64_t eight(std::uint64_t bytes) noexcept {
    return mark_equal(bytes, '"') | mark_equal(bytes, '\\') | mark_control(bytes);
  }
#ifdef __SSE2__
  static __m128i sixteen(__m128i bytes) noexcept {
    const __m128i control = _mm_cmpeq_epi8(_mm_min_epu8(bytes, _mm_set1_epi8(0x1f)), bytes);
    return _mm_or_si128(
        _mm_or_si128(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('"')), _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\'))),
        control);
  }
#endif
};

/// The same, and every byte of a non-ASCII character.
struct AsciiStringStop {
  static bool one(unsigned char c) noexcept { return StringStop::one(c) || c >= 0x80; }
  static std::uint64_t eight(std::uint64_t bytes) noexcept {
    return StringStop::eight(bytes) | (bytes & (every_byte * 0x80));
  }
#ifdef __SSE2__
  // movemask looks at the top bits only, which non-ASCII bytes have set by themselves.
  static __m128i sixteen(__m128i bytes) noexcept { return _mm_or_si128(StringStop::sixteen(bytes), bytes); }
#endif
};

/// What matters when a whole array or object is skipped: brackets, braces, quotes. Brackets and braces
/// differ from each other in bit 5 only.
struct NestingStop {
  static bool one(unsigned char c) noexcept { return (c | 0x20) == '{' || (c | 0x20) == '}' || c == '"'; }
  static std::uint64_t eight(std::uint64_t bytes) noexcept {
    const std::uint64_t folded = bytes | (every_byte * 0x20);
    return mark_equal(folded, '{') | mark_equal(folded, '}') | mark_equal(bytes, '"');
  }
#ifdef __SSE2__
  static __m128i sixteen(__m128i bytes) noexcept {
    const __m128i folded = _mm_or_si128(bytes, _mm_set1_epi8(0x20));
    return _mm_or_si128(
        _mm_or_si128(_mm_cmpeq_epi8(folded, _mm_set1_epi8('{')), _mm_cmpeq_epi8(folded, _mm_set1_epi8('}'))),
        _mm_cmpeq_epi8(bytes, _mm_set1_epi8('"')));
  }
#endif
};

/// The first byte in [at, end) that Stop names, or `end`.
template <class Stop>
inline const char* find(const char* at, const char* end) noexcept {
#ifdef __SSE2__
  for (; end - at >= 16; at += 16) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
    const auto found = static_cast<unsigned>(_mm_movemask_epi8(Stop::sixteen(bytes)));
    if (found != 0) return at + std::countr_zero(found);
  }
#endif
  if constexpr (std::endian::native == std::endian::little) {
    for (; end - at >= 8; at += 8) {
      std::uint64_t bytes;
      std::memcpy(&bytes, at, 8);
      const std::uint64_t found = Stop::eight(bytes);
      if (found != 0) return at + std::countr_zero(found) / 8;
    }
  }
  while (at != end && !Stop::one(static_cast<unsigned char>(*at))) ++at;
  return at;
}

}  // namespace roomcast::json::detail
