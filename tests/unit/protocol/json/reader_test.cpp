#include <bit>
#include <charconv>
#include <cmath>
#include <limits>
#include <string>

#include <boost/json/array.hpp>
#include <boost/json/monotonic_resource.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>
#include <gtest/gtest.h>

#include <protocol/json/error.hpp>
#include <protocol/json/reader.hpp>
#include <support/vectors.hpp>

namespace roomcast::json {
namespace {

std::uint64_t bits_of(const boost::json::value& hex) {
  std::uint64_t bits = 0;
  const boost::json::string& text = hex.as_string();
  std::from_chars(text.data(), text.data() + text.size(), bits, 16);
  return bits;
}

TEST(ReadDouble, agrees_with_json_parse_in_every_golden_vector) {
  const auto vectors = support::load_vectors("json-js-semantics.json");
  for (const auto& vector : vectors.at("parse_number").as_array()) {
    const std::string_view text = vector.at("text").as_string();
    const std::optional<double> number = read_double(text);
    EXPECT_EQ(validate(text).has_value(), vector.at("ok").as_bool()) << text;
    ASSERT_EQ(number.has_value(), vector.at("ok").as_bool()) << text;
    if (!number) continue;
    EXPECT_EQ(std::bit_cast<std::uint64_t>(*number), bits_of(vector.at("bits"))) << text;
  }
}

TEST(ReadDouble, reads_back_every_number_that_json_stringify_wrote) {
  const auto vectors = support::load_vectors("json-js-semantics.json");
  for (const auto& vector : vectors.at("stringify_number").as_array()) {
    if (vector.at("json").as_string() == "null") continue;
    const auto number = read_double(vector.at("json").as_string());
    ASSERT_TRUE(number);
    if (*number == 0) continue;  // -0 was written without its sign
    EXPECT_EQ(std::bit_cast<std::uint64_t>(*number), bits_of(vector.at("bits")));
  }
}

TEST(ReadDouble, tells_too_large_from_too_small) {
  const double infinity = std::numeric_limits<double>::infinity();
  EXPECT_EQ(read_double("1" + std::string(400, '0')), infinity);
  EXPECT_EQ(read_double("-1" + std::string(400, '0')), -infinity);
  EXPECT_EQ(read_double("0." + std::string(400, '0') + "1e800"), infinity);
  EXPECT_EQ(read_double("1e99999999999999999999999"), infinity);
  EXPECT_EQ(read_double("0." + std::string(400, '0') + "1"), 0.0);
  EXPECT_EQ(read_double("1" + std::string(400, '0') + "e-900"), 0.0);
  EXPECT_EQ(read_double("1e-99999999999999999999999"), 0.0);
  EXPECT_EQ(read_double("0e99999999999999999999999"), 0.0);
  EXPECT_TRUE(std::signbit(*read_double("-1e-400")));
}

TEST(ReadDouble, refuses_what_is_no_number) {
  for (const char* text : {"", "\"1\"", "null", "[1]", "inf", "nan", "-inf", "1 2", "0x10"})
    EXPECT_FALSE(read_double(text)) << text;
}

TEST(ReadInteger, takes_integral_numbers_in_any_form) {
  EXPECT_EQ(read_integer<int>("42"), 42);
  EXPECT_EQ(read_integer<int>(" -7 "), -7);
  EXPECT_EQ(read_integer<int>("1.0"), 1);
  EXPECT_EQ(read_integer<int>("1e3"), 1000);
  EXPECT_EQ(read_integer<int>("-2500E-2"), -25);
  EXPECT_EQ(read_integer<unsigned>("-0"), 0u);
  EXPECT_EQ(read_integer<unsigned>("-0.0"), 0u);
  EXPECT_EQ(read_integer<std::int64_t>("-9223372036854775808"), std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(read_integer<std::uint64_t>("18446744073709551615"), std::numeric_limits<std::uint64_t>::max());
}

TEST(ReadInteger, refuses_fractions_and_what_does_not_fit) {
  EXPECT_FALSE(read_integer<int>("1.5"));
  EXPECT_FALSE(read_integer<int>("1e-1"));
  EXPECT_FALSE(read_integer<int>("2147483648"));
  EXPECT_FALSE(read_integer<int>("-2147483649"));
  EXPECT_EQ(read_integer<int>("2147483647"), 2147483647);
  EXPECT_FALSE(read_integer<std::uint8_t>("256"));
  EXPECT_FALSE(read_integer<unsigned>("-1"));
  EXPECT_FALSE(read_integer<unsigned>("-1.0"));
  EXPECT_FALSE(read_integer<std::int64_t>("9223372036854775808"));
  EXPECT_FALSE(read_integer<std::int64_t>("9223372036854775808.0"));
  EXPECT_FALSE(read_integer<std::int64_t>("1e400"));
  EXPECT_FALSE(read_integer<std::uint64_t>("18446744073709551616"));
  EXPECT_FALSE(read_integer<std::uint64_t>("1.8446744073709552e19"));
  for (const char* text : {"", "\"1\"", "true", "1x"}) EXPECT_FALSE(read_integer<int>(text)) << text;
}

TEST(Unescape, undoes_every_escape) {
  EXPECT_EQ(unescape(R"("")"), "");
  EXPECT_EQ(unescape(R"("plain é")"), "plain é");
  EXPECT_EQ(unescape(R"("\"\\\/\b\f\n\r\t")"), "\"\\/\b\f\n\r\t");
  EXPECT_EQ(unescape(R"("a\u0000b")"), std::string("a\0b", 3));
  EXPECT_EQ(unescape(R"("\u00e9\u65E5\uD83D\ude00!")"), "é日😀!");
}

TEST(Unescape, turns_lone_surrogates_into_the_replacement_character) {
  EXPECT_EQ(unescape(R"("\ud800")"), "\uFFFD");
  EXPECT_EQ(unescape(R"("a\udc00b")"), "a\uFFFDb");
  EXPECT_EQ(unescape(R"("\udc00\ud800")"), "\uFFFD\uFFFD");
  EXPECT_EQ(unescape(R"("\ud800\ud83d\ude00")"), "\uFFFD😀");
  EXPECT_EQ(unescape(R"("\ud800\u0041")"), "\uFFFDA");
  EXPECT_EQ(unescape(R"("\ud800\n")"), "\uFFFD\n");
}

TEST(Equals, compares_what_the_string_means) {
  EXPECT_TRUE(equals(R"("num")", "num"));
  EXPECT_TRUE(equals(R"("\u006eum")", "num"));
  EXPECT_TRUE(equals(R"("")", ""));
  EXPECT_FALSE(equals(R"("nums")", "num"));
  EXPECT_FALSE(equals(R"("nu\u006d5")", "num"));
  EXPECT_FALSE(equals(R"("\n")", "n"));
}

TEST(Parse, builds_what_the_text_says) {
  const auto value = parse(R"( {"a":[1,-2.5,true,false,null,"x\ny"],"b":{},"c":[ ],"\u0064":"é"} )");
  ASSERT_TRUE(value);
  EXPECT_EQ(*value, (boost::json::value{{"a", {1, -2.5, true, false, nullptr, "x\ny"}},
                                        {"b", boost::json::object()},
                                        {"c", boost::json::array()},
                                        {"d", "é"}}));
}

TEST(Parse, keeps_integers_that_fit_64_bits) {
  const auto value =
      *parse("[9223372036854775807,18446744073709551615,-9223372036854775808,18446744073709551616,1.0,-0]");
  EXPECT_EQ(value.at(0).as_int64(), std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(value.at(1).as_uint64(), std::numeric_limits<std::uint64_t>::max());
  EXPECT_EQ(value.at(2).as_int64(), std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(value.at(3).as_double(), 18446744073709551616.0);
  EXPECT_EQ(value.at(4).as_double(), 1.0);
  EXPECT_EQ(value.at(5).as_int64(), 0);
}

TEST(Parse, lets_the_last_of_equal_keys_win_at_the_place_of_the_first) {
  EXPECT_EQ(boost::json::serialize(*parse(R"({"a":1,"b":2,"\u0061":3})")), R"({"a":3,"b":2})");
}

TEST(Parse, keeps_an_escaped_key_apart_from_an_escaped_value) {
  EXPECT_EQ(*parse(R"({"k\n":"v\n","l\t":{"m\t":"n\t"}})"),
            (boost::json::value{{"k\n", "v\n"}, {"l\t", {{"m\t", "n\t"}}}}));
}

TEST(Parse, goes_as_deep_as_validate) {
  const auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  EXPECT_TRUE(parse(nested(512)));
  EXPECT_EQ(parse(nested(513)).error(), Error::too_deep);
  EXPECT_EQ(parse("[1,]").error(), Error::syntax);
}

TEST(Parse, uses_the_storage_it_is_given_throughout) {
  const boost::json::storage_ptr storage =
      boost::json::make_shared_resource<boost::json::monotonic_resource>();
  const auto value = *json::parse(R"({"a":["x",1,{"b":null}]})", storage);
  EXPECT_EQ(value.storage(), storage);
  EXPECT_EQ(value.at("a").at(0).storage(), storage);
  EXPECT_EQ(value.at("a").at(2).at("b").storage(), storage);
}

}  // namespace
}  // namespace roomcast::json
