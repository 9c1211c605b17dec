#include <bit>
#include <charconv>
#include <limits>
#include <string>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/string.hpp>
#include <gtest/gtest.h>

#include <base/base64.hpp>
#include <protocol/json/reader.hpp>
#include <protocol/json/writer.hpp>
#include <support/vectors.hpp>

namespace roomcast::json {
namespace {

template <class T>
std::string number(T value) {
  base::FrameBuilder out;
  write_number(out, value);
  return std::string(out.view());
}

std::string string_json(std::string_view text) {
  base::FrameBuilder out;
  write_string(out, text);
  return std::string(out.view());
}

std::string text_of(const boost::json::value& value) {
  base::FrameBuilder out;
  write(out, value);
  return std::string(out.view());
}

TEST(WriteNumber, writes_every_double_as_json_stringify_does) {
  const auto vectors = support::load_vectors("json-js-semantics.json");
  for (const auto& vector : vectors.at("stringify_number").as_array()) {
    std::uint64_t bits = 0;
    const boost::json::string& hex = vector.at("bits").as_string();
    std::from_chars(hex.data(), hex.data() + hex.size(), bits, 16);
    EXPECT_EQ(number(std::bit_cast<double>(bits)), vector.at("json").as_string()) << hex;
  }
}

TEST(WriteNumber, writes_what_json_parse_read_as_node_would_relay_it) {
  const auto vectors = support::load_vectors("json-js-semantics.json");
  for (const auto& vector : vectors.at("parse_number").as_array()) {
    if (!vector.at("ok").as_bool()) continue;
    EXPECT_EQ(number(*read_double(vector.at("text").as_string())), vector.at("restringified").as_string());
  }
}

TEST(WriteNumber, turns_nan_and_infinities_into_null) {
  EXPECT_EQ(number(std::numeric_limits<double>::quiet_NaN()), "null");
  EXPECT_EQ(number(std::numeric_limits<double>::infinity()), "null");
  EXPECT_EQ(number(-std::numeric_limits<double>::infinity()), "null");
}

TEST(WriteNumber, keeps_all_digits_of_integers) {
  EXPECT_EQ(number(std::numeric_limits<std::int64_t>::min()), "-9223372036854775808");
  EXPECT_EQ(number(std::numeric_limits<std::uint64_t>::max()), "18446744073709551615");
  EXPECT_EQ(number(-5), "-5");
  EXPECT_EQ(number(static_cast<std::uint8_t>(200)), "200");
}

TEST(WriteString, escapes_as_json_stringify_does) {
  std::size_t compared = 0;
  const auto vectors = support::load_vectors("json-js-semantics.json");
  for (const auto& vector : vectors.at("stringify_string").as_array()) {
    const std::string expected = base::base64_decode_lenient(vector.at("json_utf8_b64").as_string());
    if (expected.find("\\ud") != std::string::npos)
      continue;  // a lone surrogate, which UTF-8 text cannot hold
    EXPECT_EQ(string_json(unescape(expected)), expected);
    ++compared;
  }
  EXPECT_GT(compared, 260u);
}

TEST(WriteString, finds_what_to_escape_at_any_place) {
  for (std::size_t size = 1; size < 40; ++size) {
    for (std::size_t place = 0; place < size; ++place) {
      std::string text(size, 'x');
      text[place] = '"';
      EXPECT_EQ(string_json(text),
                "\"" + std::string(place, 'x') + "\\\"" + std::string(size - place - 1, 'x') + "\"");
    }
  }
}

TEST(WriteString, replaces_what_is_not_utf8) {
  EXPECT_EQ(string_json("a\xFF\"b"), "\"a\uFFFD\\\"b\"");
  EXPECT_EQ(string_json("\xC3"), "\"\uFFFD\"");
  EXPECT_EQ(string_json("é\n\xE2\x82z"), "\"é\\n\uFFFDz\"");
  EXPECT_EQ(string_json("\xED\xA0\x80"), "\"\uFFFD\uFFFD\uFFFD\"");  // a surrogate in UTF-8's clothes
}

TEST(Write, puts_array_indices_first_in_ascending_order) {
  EXPECT_EQ(text_of({{"b", 1}, {"10", 2}, {"2", 3}, {"a", 4}, {"-1", 5}, {"01", 6}, {"0", 7}}),
            R"({"0":7,"2":3,"10":2,"b":1,"a":4,"-1":5,"01":6})");
}

TEST(Write, takes_as_an_index_what_javascript_does) {
  EXPECT_EQ(text_of({{"a", 0},
                     {"4294967295", 1},
                     {"4294967294", 2},
                     {"4294967296", 3},
                     {"", 4},
                     {"1.5", 5},
                     {"1e3", 6}}),
            R"({"4294967294":2,"a":0,"4294967295":1,"4294967296":3,"":4,"1.5":5,"1e3":6})");
}

TEST(Write, writes_any_value_without_spaces) {
  EXPECT_EQ(text_of({{"a", {1, -2.5, true, false, nullptr, "x\"y"}},
                     {"b", boost::json::object()},
                     {"c", {{"d", 1e21}}}}),
            R"({"a":[1,-2.5,true,false,null,"x\"y"],"b":{},"c":{"d":1e+21}})");
  EXPECT_EQ(text_of(boost::json::array()), "[]");
  EXPECT_EQ(text_of(nullptr), "null");
}

}  // namespace
}  // namespace roomcast::json
