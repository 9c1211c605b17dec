#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <list>
#include <map>
#include <tuple>
#include <unordered_map>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <gtest/gtest.h>

#include "packets.hpp"
#include "shapes.hpp"

// Each rule of decode.hpp.

namespace roomcast {
namespace {

/// The value if the text converts to a T.
template <class T>
std::optional<T> read_as(std::string_view json, const std::vector<std::string_view>& attachments = {}) {
  T out{};
  return received(json, attachments).to(out) ? std::optional<T>(std::move(out)) : std::nullopt;
}

TEST(Decode, booleans_are_only_the_two_words) {
  EXPECT_EQ(read_as<bool>("true"), true);
  EXPECT_EQ(read_as<bool>("false"), false);
  for (const char* other : {"1", "0", "null", R"("true")", "[]", "{}"})
    EXPECT_EQ(read_as<bool>(other), std::nullopt) << other;
}

TEST(Decode, integers_are_taken_in_their_range) {
  EXPECT_EQ(read_as<std::int8_t>("-128"), -128);
  EXPECT_EQ(read_as<std::int8_t>("128"), std::nullopt);
  EXPECT_EQ(read_as<std::int8_t>("-129"), std::nullopt);
  EXPECT_EQ(read_as<std::uint8_t>("255"), 255);
  EXPECT_EQ(read_as<std::uint8_t>("256"), std::nullopt);
  EXPECT_EQ(read_as<std::uint8_t>("-1"), std::nullopt);
  EXPECT_EQ(read_as<int>("2147483647"), 2147483647);
  EXPECT_EQ(read_as<int>("2147483648"), std::nullopt);
  EXPECT_EQ(read_as<std::int64_t>("-9223372036854775808"), std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(read_as<std::int64_t>("9223372036854775808"), std::nullopt);
  EXPECT_EQ(read_as<std::uint64_t>("18446744073709551615"), std::numeric_limits<std::uint64_t>::max());
  EXPECT_EQ(read_as<std::uint64_t>("18446744073709551616"), std::nullopt);
  EXPECT_EQ(read_as<std::uint64_t>("-1"), std::nullopt);
}

TEST(Decode, an_integral_number_is_an_integer_however_it_is_written) {
  EXPECT_EQ(read_as<int>("1.0"), 1);
  EXPECT_EQ(read_as<int>("1e3"), 1000);
  EXPECT_EQ(read_as<int>("-0"), 0);
  EXPECT_EQ(read_as<unsigned>("-0.0"), 0u);
  EXPECT_EQ(read_as<int>("1.5"), std::nullopt);
  EXPECT_EQ(read_as<int>("1e100"), std::nullopt);
}

TEST(Decode, a_number_is_not_made_of_something_else) {
  for (const char* other : {"null", "true", R"("1")", "[1]", "{}"}) {
    EXPECT_EQ(read_as<int>(other), std::nullopt) << other;
    EXPECT_EQ(read_as<unsigned>(other), std::nullopt) << other;
    EXPECT_EQ(read_as<double>(other), std::nullopt) << other;
  }
}

TEST(Decode, floating_point_takes_any_number) {
  EXPECT_EQ(read_as<double>("1"), 1.0);
  EXPECT_EQ(read_as<double>("-2.5e-3"), -0.0025);
  EXPECT_EQ(read_as<float>("0.5"), 0.5f);
  EXPECT_EQ(read_as<double>("1e999"), std::numeric_limits<double>::infinity());
}

TEST(Decode, strings_are_unescaped) {
  EXPECT_EQ(read_as<std::string>(R"("a\n\u00e9\"")"), "a\né\"");
  EXPECT_EQ(read_as<std::string>(R"("\ud83c\udf88")"), "🎈");
  EXPECT_EQ(read_as<std::string>(R"("\u0000")"), std::string(1, '\0'));
  for (const char* other : {"1", "null", "true", "[]", "{}"})
    EXPECT_EQ(read_as<std::string>(other), std::nullopt) << other;
}

TEST(Decode, bytes_are_what_a_placeholder_names) {
  EXPECT_EQ(read_as<Bytes>(R"({"_placeholder":true,"num":1})", {"a", "bc"}), Bytes("bc"));
  EXPECT_EQ(read_as<Bytes>(R"({"num":0,"_placeholder":true})", {""}), Bytes());
}

TEST(Decode, bytes_are_nothing_else) {
  EXPECT_EQ(read_as<Bytes>(R"({"_placeholder":true,"num":1})", {"a"}), std::nullopt);
  EXPECT_EQ(read_as<Bytes>(R"({"_placeholder":true,"num":0})"), std::nullopt);
  EXPECT_EQ(read_as<Bytes>(R"({"_placeholder":false,"num":0})", {"a"}), std::nullopt);
  for (const char* other : {R"("a")", "null", "1", "[97]", "{}"})
    EXPECT_EQ(read_as<Bytes>(other, {"a"}), std::nullopt) << other;
}

TEST(Decode, an_optional_takes_null_or_its_type) {
  EXPECT_EQ(read_as<std::optional<int>>("null"), std::optional<std::optional<int>>(std::in_place));
  EXPECT_EQ(read_as<std::optional<int>>("1"), std::optional<int>(1));
  EXPECT_EQ(read_as<std::optional<int>>(R"("1")"), std::nullopt);
}

TEST(Decode, a_value_keeps_its_text_and_its_attachments) {
  const Value outer = received(R"([ {"_placeholder":true,"num":0} , 1.0 ])", {"bytes"});
  const auto inner = outer.as<std::vector<Value>>();
  ASSERT_EQ(inner.size(), 2u);
  EXPECT_EQ(inner[0].as<Bytes>(), Bytes("bytes"));
  EXPECT_EQ(inner[1].json(), "1.0");
}

TEST(Decode, json_library_values_take_their_own_kind) {
  EXPECT_EQ(read_as<boost::json::value>(R"({"a":[1,null]})"), (boost::json::value{{"a", {1, nullptr}}}));
  EXPECT_EQ(read_as<boost::json::object>(R"({"a":1})"), (boost::json::object{{"a", 1}}));
  EXPECT_EQ(read_as<boost::json::object>("[]"), std::nullopt);
  EXPECT_EQ(read_as<boost::json::array>("[1]"), (boost::json::array{1}));
  EXPECT_EQ(read_as<boost::json::array>("{}"), std::nullopt);
}

TEST(Decode, arrays_become_ranges) {
  EXPECT_EQ(read_as<std::vector<int>>(" [ 1 , 2 ] "), (std::vector<int>{1, 2}));
  EXPECT_EQ(read_as<std::vector<int>>("[]"), std::vector<int>());
  EXPECT_EQ(read_as<std::vector<bool>>("[true,false]"), (std::vector<bool>{true, false}));
  EXPECT_EQ(read_as<std::list<std::string>>(R"(["a","b"])"), (std::list<std::string>{"a", "b"}));
  EXPECT_EQ((read_as<std::vector<std::vector<int>>>("[[1],[]]")), (std::vector<std::vector<int>>{{1}, {}}));
}

TEST(Decode, one_bad_element_spoils_the_range) {
  EXPECT_EQ(read_as<std::vector<int>>(R"([1,"2"])"), std::nullopt);
  EXPECT_EQ(read_as<std::vector<int>>("{}"), std::nullopt);
  EXPECT_EQ(read_as<std::vector<int>>("null"), std::nullopt);
}

TEST(Decode, tuples_take_arrays_that_are_long_enough) {
  using Triple = std::tuple<int, std::string, bool>;
  EXPECT_EQ(read_as<Triple>(R"([1,"a",true])"), Triple(1, "a", true));
  EXPECT_EQ(read_as<Triple>(R"([1,"a",true,"extra"])"), Triple(1, "a", true));
  EXPECT_EQ(read_as<Triple>(R"([1,"a"])"), std::nullopt);
  EXPECT_EQ(read_as<Triple>(R"(["a",1,true])"), std::nullopt);
  EXPECT_EQ((read_as<std::pair<int, int>>("[1,2]")), (std::pair<int, int>{1, 2}));
  EXPECT_EQ((read_as<std::array<int, 2>>("[1,2]")), (std::array<int, 2>{1, 2}));
  EXPECT_EQ((read_as<std::array<int, 2>>("[1]")), std::nullopt);
}

TEST(Decode, objects_become_maps) {
  using Map = std::map<std::string, int>;
  EXPECT_EQ(read_as<Map>(R"({"b":2,"a\n":1})"), (Map{{"a\n", 1}, {"b", 2}}));
  EXPECT_EQ(read_as<Map>(R"({"a":1,"\u0061":2})"), (Map{{"a", 2}}));
  EXPECT_EQ(read_as<Map>(R"({"a":"1"})"), std::nullopt);
  EXPECT_EQ(read_as<Map>("[]"), std::nullopt);
  EXPECT_EQ((read_as<std::unordered_map<std::string, bool>>(R"({"a":true})")),
            (std::unordered_map<std::string, bool>{{"a", true}}));
}

TEST(Decode, described_structs_need_each_member) {
  const auto point = read_as<Point>(R"({"x":1,"y":2})");
  ASSERT_TRUE(point);
  EXPECT_EQ(point->x, 1);
  EXPECT_EQ(point->y, 2);
  EXPECT_FALSE(read_as<Point>(R"({"x":1})"));
  EXPECT_FALSE(read_as<Point>(R"({"x":1,"y":null})"));
  EXPECT_FALSE(read_as<Point>(R"({"x":1,"y":"2"})"));
  EXPECT_FALSE(read_as<Point>("[1,2]"));
  EXPECT_FALSE(read_as<Point>("null"));
}

TEST(Decode, described_structs_ignore_extra_members) {
  const auto point = read_as<Point>(R"({"z":{"deep":[1]},"y":2,"x":1})");
  ASSERT_TRUE(point);
  EXPECT_EQ(point->x, 1);
  EXPECT_TRUE(read_as<Nothing>(R"({"x":1})"));
  EXPECT_FALSE(read_as<Nothing>("1"));
}

TEST(Decode, of_duplicate_members_the_last_one_counts) {
  const auto point = read_as<Point>(R"({"x":"no number","x":1,"y":2,"\u0079":3})");
  ASSERT_TRUE(point);
  EXPECT_EQ(point->x, 1);
  EXPECT_EQ(point->y, 3);
}

TEST(Decode, described_structs_have_their_inherited_members) {
  const auto named = read_as<NamedPoint>(R"({"name":"a","x":1,"y":2})");
  ASSERT_TRUE(named);
  EXPECT_EQ(named->y, 2);
  EXPECT_EQ(named->name, "a");
  EXPECT_FALSE(read_as<NamedPoint>(R"({"name":"a"})"));
}

TEST(Decode, an_optional_member_may_be_missing_or_null) {
  for (const char* text : {R"({"text":"a","tags":[],"picture":{"_placeholder":true,"num":0}})",
                           R"({"text":"a","to":null,"tags":[],"picture":{"_placeholder":true,"num":0}})"}) {
    const auto message = read_as<Message>(text, {"x"});
    ASSERT_TRUE(message) << text;
    EXPECT_EQ(message->to, std::nullopt);
    EXPECT_EQ(message->picture, Bytes("x"));
  }
  EXPECT_FALSE(
      read_as<Message>(R"({"text":"a","to":1,"tags":[],"picture":{"_placeholder":true,"num":0}})", {"x"}));
}

TEST(Decode, what_a_place_held_before_is_replaced) {
  const auto preset = read_as<Preset>(R"({"numbers":[4],"counts":{"new":2}})");
  ASSERT_TRUE(preset);
  EXPECT_EQ(preset->numbers, std::vector<int>{4});
  EXPECT_EQ(preset->counts, (std::map<std::string, int>{{"new", 2}}));
  std::vector<int> used{1, 2};
  EXPECT_TRUE(received("[3]").to(used));
  EXPECT_EQ(used, std::vector<int>{3});
}

TEST(Decode, what_was_encoded_comes_back) {
  Message message{"hi", "you", {"a", "b"}, Bytes(std::string_view("\0\xFF", 2))};
  const auto back = Value::of(message).as<Message>();
  EXPECT_EQ(back.text, message.text);
  EXPECT_EQ(back.to, message.to);
  EXPECT_EQ(back.tags, message.tags);
  EXPECT_EQ(back.picture, message.picture);
}

}  // namespace
}  // namespace roomcast
