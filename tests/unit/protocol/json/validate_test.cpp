#include <string>
#include <string_view>

#include <boost/system/errc.hpp>
#include <gtest/gtest.h>

#include <protocol/json/error.hpp>
#include <protocol/json/scanner.hpp>

namespace roomcast::json {
namespace {

bool valid(std::string_view text) { return validate(text).has_value(); }

TEST(Validate, accepts_every_kind_of_value) {
  for (const char* text : {"null", "true", "false", "0", "-1", "1.5", "\"\"", "[]", "{}", "[1,2]",
                           R"({"a":1,"b":[{}]})", R"(["a",{"b":[null,true,false]},-0.5e-7])"})
    EXPECT_TRUE(valid(text)) << text;
}

TEST(Validate, allows_the_four_kinds_of_whitespace_between_tokens_only) {
  EXPECT_TRUE(valid(" \t\r\n[ \t\r\n1 \t\r\n, \t\r\n{ \t\r\n\"a\" \t\r\n: \t\r\n2 \t\r\n} \t\r\n] \t\r\n"));
  EXPECT_TRUE(valid("[ ]"));
  EXPECT_TRUE(valid("{ }"));
  for (const char* text : {"", " ", "\f1", "\v1", "1\v",
                           "\xC2\xA0"
                           "1",
                           "\xEF\xBB\xBF"
                           "1",
                           "- 1", "1 .5", "t rue"})
    EXPECT_FALSE(valid(text)) << text;
  EXPECT_FALSE(valid(std::string_view("1\0", 2)));
  EXPECT_FALSE(valid(std::string_view("\0", 1)));
}

TEST(Validate, refuses_what_is_cut_off_or_continued) {
  const std::string whole = R"({"key":["x",{"y":-1.5e+10,"z":[true,false,null]},"\u00e9\n"]})";
  ASSERT_TRUE(valid(whole));
  for (std::size_t size = 0; size < whole.size(); ++size)
    EXPECT_FALSE(valid(std::string_view(whole).substr(0, size))) << whole.substr(0, size);
  for (const char* more : {"1", "]", "}", ",", "\"", "null", "[]", " x"})
    EXPECT_FALSE(valid(whole + more)) << more;
}

TEST(Validate, refuses_misplaced_commas_colons_and_brackets) {
  for (const char* text : {"[1,]",
                           "[,1]",
                           "[1,,2]",
                           "[1 2]",
                           "{,}",
                           R"({"a"})",
                           R"({"a":})",
                           R"({"a":1,})",
                           R"({"a" 1})",
                           R"({"a"::1})",
                           R"({"a":1 "b":2})",
                           R"({1:2})",
                           R"({a:1})",
                           R"({null:1})",
                           "[1}",
                           R"({"a":1])",
                           "[}",
                           "{]",
                           "[[]",
                           "[]]",
                           ":",
                           ",",
                           "]",
                           "}",
                           "[1:2]",
                           R"(["a":1])",
                           R"({"a",1})",
                           "{[]:1}"})
    EXPECT_FALSE(valid(text)) << text;
}

TEST(Validate, takes_numbers_as_rfc_8259_has_them) {
  for (const char* text : {"0", "-0", "10", "0.0", "1e5", "1E+5", "1e-5", "0e0", "-1.25E-10",
                           "123456789012345678901", "1e400", "0.000001"})
    EXPECT_TRUE(valid(text)) << text;
  for (const char* text :
       {"00",    "01",       "-01", "-",         "+1",  ".5",   "5.",    "1e",    "1e+", "0x1",
        "1_000", "Infinity", "NaN", "-Infinity", "--1", "1.e5", "1.5.5", "1e5e5", "1a",  "0b1"})
    EXPECT_FALSE(valid(text)) << text;
}

TEST(Validate, takes_words_only_whole_and_in_lower_case) {
  for (const char* text :
       {"nul", "nulll", "True", "NULL", "tru", "truefalse", "undefined", "'a'", "/*x*/1", "1//x"})
    EXPECT_FALSE(valid(text)) << text;
}

TEST(Validate, accepts_any_four_hex_digits_even_of_a_lone_surrogate) {
  for (const char* text :
       {R"("\u0000")", R"("\uD800")", R"("\udc00\ud800")", R"("\uAbCd")", R"("\"\\\/\b\f\n\r\t")"})
    EXPECT_TRUE(valid(text)) << text;
  for (const char* text : {R"("\u")", R"("\u12")", R"("\u123")", R"("\u123g")", R"("\x41")", R"("\U0041")",
                           R"("\ )", R"("\")", "\"\\\n\"", R"("\a")", R"("\0")"})
    EXPECT_FALSE(valid(text)) << text;
}

TEST(Validate, refuses_raw_control_characters_in_strings_at_any_place) {
  for (std::size_t size = 1; size < 40; ++size) {
    for (std::size_t place = 0; place < size; ++place) {
      std::string text = "\"" + std::string(size, 'x') + "\"";
      for (const char c : {'\0', '\n', '\x1f'}) {
        text[1 + place] = c;
        EXPECT_FALSE(valid(text)) << size << " " << place;
      }
      text[1 + place] = '\x7f';
      EXPECT_TRUE(valid(text)) << size << " " << place;
    }
  }
}

TEST(Validate, counts_depth_from_the_outermost_array) {
  const auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  EXPECT_TRUE(validate("1", 0));
  EXPECT_EQ(validate("[]", 0).error(), Error::too_deep);
  EXPECT_TRUE(validate(nested(3), 3));
  EXPECT_EQ(validate(nested(4), 3).error(), Error::too_deep);
  EXPECT_TRUE(validate(nested(512)));
  EXPECT_EQ(validate(nested(513)).error(), Error::too_deep);
  EXPECT_TRUE(validate(nested(highest_max_depth), 1'000'000));
  EXPECT_EQ(validate(nested(highest_max_depth + 1), 1'000'000).error(), Error::too_deep);
}

TEST(Validate, remembers_at_every_depth_what_is_open) {
  std::string text;
  std::string closing;
  for (int depth = 0; depth < 500; ++depth) {
    const bool object = depth % 3 == 1 || depth % 7 == 2;
    text += object ? R"({"k":)" : "[0,";
    closing.insert(closing.begin(), object ? '}' : ']');
  }
  text += "null";
  EXPECT_TRUE(valid(text + closing));
  for (std::size_t wrong = 0; wrong < closing.size(); ++wrong) {
    std::string mixed = closing;
    mixed[wrong] = mixed[wrong] == ']' ? '}' : ']';
    EXPECT_FALSE(valid(text + mixed)) << wrong;
  }
}

TEST(Validate, names_both_errors_and_counts_them_as_protocol_errors) {
  EXPECT_EQ(make_error_code(Error::syntax).message(), "not a JSON text");
  EXPECT_EQ(make_error_code(Error::too_deep).message(), "JSON nested too deep");
  EXPECT_TRUE(make_error_code(Error::syntax) == boost::system::errc::protocol_error);
}

}  // namespace
}  // namespace roomcast::json
