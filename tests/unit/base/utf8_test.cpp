#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include <base/utf8.hpp>

namespace roomcast::base {
namespace {

using namespace std::string_literals;
using namespace std::string_view_literals;

std::string encode(std::uint32_t point) {
  std::string out;
  auto put = [&](std::uint32_t c) { out += static_cast<char>(c); };
  if (point < 0x80) {
    put(point);
  } else if (point < 0x800) {
    put(0xC0 | point >> 6), put(0x80 | (point & 63));
  } else if (point < 0x10000) {
    put(0xE0 | point >> 12), put(0x80 | (point >> 6 & 63)), put(0x80 | (point & 63));
  } else {
    put(0xF0 | point >> 18), put(0x80 | (point >> 12 & 63)), put(0x80 | (point >> 6 & 63)),
        put(0x80 | (point & 63));
  }
  return out;
}

bool valid_byte_by_byte(std::string_view text) {
  Utf8Validator validator;
  for (const char& c : text)
    if (!validator.feed({&c, 1})) return false;
  return validator.complete();
}

/// Judged whole, byte by byte, and behind ASCII that fills the fast path.
bool valid(std::string_view text) {
  const bool whole = is_valid_utf8(text);
  EXPECT_EQ(valid_byte_by_byte(text), whole);
  EXPECT_EQ(is_valid_utf8(std::string(37, 'a') + std::string(text)), whole);
  EXPECT_EQ(is_valid_utf8(to_valid_utf8(text)), true);
  EXPECT_EQ(to_valid_utf8(text) == text, whole);
  return whole;
}

// RFC3629§3.
TEST(Utf8, accepts_every_code_point_but_the_surrogates) {
  for (std::uint32_t point = 0; point < 0x110000; ++point) {
    const bool surrogate = point >= 0xD800 && point < 0xE000;
    const std::string text = encode(point);
    ASSERT_EQ(is_valid_utf8(text), !surrogate) << point;
    ASSERT_EQ(valid_byte_by_byte(text), !surrogate) << point;
  }
  EXPECT_FALSE(valid(encode(0x110000)));
}

// RFC3629§4: every two bytes there are, against the grammar's UTF8-2.
TEST(Utf8, accepts_two_bytes_exactly_as_the_grammar_does) {
  for (int a = 0; a < 256; ++a)
    for (int b = 0; b < 256; ++b) {
      const bool expected = (a < 0x80 && b < 0x80) || (a >= 0xC2 && a <= 0xDF && b >= 0x80 && b <= 0xBF);
      ASSERT_EQ(valid(std::string{static_cast<char>(a), static_cast<char>(b)}), expected) << a << ' ' << b;
    }
}

// RFC3629§10.
TEST(Utf8, refuses_overlong_forms) {
  EXPECT_FALSE(valid("\xC0\x80"sv));
  EXPECT_FALSE(valid("\xC1\xBF"sv));
  EXPECT_FALSE(valid("\xE0\x80\x80"sv));
  EXPECT_FALSE(valid("\xE0\x9F\xBF"sv));
  EXPECT_FALSE(valid("\xF0\x80\x80\x80"sv));
  EXPECT_FALSE(valid("\xF0\x8F\xBF\xBF"sv));
}

TEST(Utf8, refuses_what_is_cut_off_or_never_begins) {
  for (const std::string_view text :
       {"\x80"sv, "\xBF"sv, "\xC2"sv, "\xE2\x82"sv, "\xF0\x9F\x98"sv, "\xF5\x80\x80\x80"sv, "\xFF"sv,
        "\xE2\x82z"sv, "\xF0\x9F\x98z"sv, "z\xC2z"sv})
    EXPECT_FALSE(valid(text)) << testing::PrintToString(text);
}

TEST(Utf8, takes_mixed_text_of_any_length_cut_anywhere) {
  const std::string text =
      "NUL \0 is text, so are \xE2\x82\xAC, \xC3\xBC and \xF0\x9F\x98\x80; enough to pass a few words"s;
  for (std::size_t size = 0; size <= text.size(); ++size)
    for (std::size_t cut = 0; cut <= size; ++cut) {
      Utf8Validator validator;
      const std::string_view part = std::string_view(text).substr(0, size);
      ASSERT_TRUE(validator.feed(part.substr(0, cut)));
      ASSERT_TRUE(validator.feed(part.substr(cut)));
      ASSERT_EQ(validator.complete(), is_valid_utf8(part));
    }
}

// RFC6455§8.1 lets us fail at once, and a fragmented message should not be read to its end for nothing.
TEST(Utf8, fails_with_the_first_byte_that_cannot_be_mended) {
  Utf8Validator validator;
  EXPECT_TRUE(validator.feed("abc\xED"));
  EXPECT_FALSE(validator.complete());
  EXPECT_FALSE(validator.feed("\xA0"));  // a surrogate
  EXPECT_FALSE(validator.complete());
  EXPECT_FALSE(validator.feed("abc"));
  EXPECT_FALSE(validator.feed(""));
}

// The Unicode Standard, table 3-8; the same as `new TextDecoder().decode(…)`.
TEST(Utf8, replaces_each_malformed_part_once) {
  const std::string r = "\xEF\xBF\xBD";
  EXPECT_EQ(to_valid_utf8("\xC0\xAF\xE0\x80\xBF\xF0\x81\x82\x41"), r + r + r + r + r + r + r + r + "A");
  EXPECT_EQ(to_valid_utf8("\xED\xA0\x80\xED\xBF\xBF\xED\xAF\x41"), r + r + r + r + r + r + r + r + "A");
  EXPECT_EQ(to_valid_utf8("\xF4\x91\x92\x93\xFF\x41\x80\xBF\x42"), r + r + r + r + r + "A" + r + r + "B");
  EXPECT_EQ(to_valid_utf8("\xE1\x80\xE2\xF0\x91\x92\xF1\xBF\x41"), r + r + r + r + "A");
  EXPECT_EQ(to_valid_utf8("ab\xE2\x82"), "ab" + r);
}

TEST(Utf16Size, counts_what_javascript_calls_the_length) {
  EXPECT_EQ(utf16_size(""), 0U);
  EXPECT_EQ(utf16_size("a\xC3\xA9\xE2\x82\xAC"), 3U);
  EXPECT_EQ(utf16_size("\xF0\x9F\x98\x80x"), 3U);
}

}  // namespace
}  // namespace roomcast::base
