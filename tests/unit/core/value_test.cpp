#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "packets.hpp"

namespace roomcast {
namespace {

TEST(Value, is_null_unless_told_otherwise) {
  const Value value;
  EXPECT_TRUE(value.is_null());
  EXPECT_EQ(value.json(), "null");
  EXPECT_FALSE(value.has_binary());
  EXPECT_TRUE(value.attachments().empty());
  EXPECT_EQ(value.as<std::optional<int>>(), std::nullopt);
  EXPECT_THROW(value.as<int>(), ConversionError);
}

TEST(Value, knows_its_kind) {
  EXPECT_TRUE(Value::parse("{}").is_object());
  EXPECT_TRUE(Value::parse("[]").is_array());
  EXPECT_TRUE(Value::parse(R"("")").is_string());
  EXPECT_TRUE(Value::parse("null").is_null());
  EXPECT_FALSE(Value::parse("1").is_object() || Value::parse("1").is_array() || Value::parse("1").is_null());
}

TEST(Value, parse_takes_one_json_value_and_drops_the_space_around_it) {
  EXPECT_EQ(Value::parse(" [1, 2]\n").json(), "[1, 2]");
  EXPECT_EQ(Value::parse("1e5").json(), "1e5");
}

TEST(Value, parse_refuses_what_is_not_json) {
  for (const char* bad : {"", " ", "{", "[1,]", "nul", "1 2", "'a'", "{a:1}", "01", "\"a"})
    EXPECT_THROW(Value::parse(bad), std::invalid_argument) << bad;
}

TEST(Value, members_are_found_by_name_and_the_last_of_equals_counts) {
  const Value value = Value::parse(R"({"a":1,"b":{"c":[10,20]},"a":2,"\u0064":3})");
  EXPECT_EQ(value["a"].as<int>(), 2);
  EXPECT_EQ(value["d"].as<int>(), 3);
  EXPECT_EQ(value["b"]["c"][1].as<int>(), 20);
  EXPECT_TRUE(value["nothing"].is_null());
}

TEST(Value, elements_are_found_by_their_place) {
  const Value value = Value::parse("[ 0 , [1] ,2]");
  EXPECT_EQ(value[std::size_t{0}].as<int>(), 0);
  EXPECT_EQ(value[1].json(), "[1]");
  EXPECT_EQ(value[2].as<int>(), 2);
  EXPECT_TRUE(value[3].is_null());
}

TEST(Value, what_has_no_members_or_elements_gives_null) {
  EXPECT_TRUE(Value::parse("1")["a"].is_null());
  EXPECT_TRUE(Value::parse("[1]")["a"].is_null());
  EXPECT_TRUE(Value::parse(R"({"0":1})")[std::size_t{0}].is_null());
  EXPECT_TRUE(Value()["a"][1].is_null());
}

TEST(Value, a_part_outlives_the_whole) {
  Value part;
  {
    const Value whole =
        received(R"({"a":{"_placeholder":true,"num":0},"long enough to be on the heap":1})", {"x"});
    part = whole["a"];
  }
  EXPECT_EQ(part.as<Bytes>(), Bytes("x"));
}

TEST(Value, a_copy_shares_the_text) {
  const Value value = Value::parse("[1,2,3]");
  const Value copy = value;
  EXPECT_EQ(copy.json().data(), value.json().data());
}

TEST(Value, a_conversion_that_fails_names_the_value) {
  try {
    (void)Value::parse(R"({"a":1})").as<int>();
    FAIL();
  } catch (const ConversionError& e) {
    EXPECT_NE(std::string(e.what()).find(R"({"a":1})"), std::string::npos);
  }
}

TEST(Bytes, are_made_of_text_of_numbers_or_of_a_range) {
  EXPECT_EQ(Bytes("ab").view(), "ab");
  EXPECT_EQ((Bytes{97, 98}), Bytes("ab"));
  const std::string text = "ab";
  EXPECT_EQ(Bytes(text.begin(), text.end()), Bytes("ab"));
  EXPECT_EQ(Bytes().view(), "");
}

TEST(Args, give_null_beyond_their_end) {
  const Args args({Value::of(1), Value::of("two")});
  EXPECT_EQ(args.size(), 2u);
  EXPECT_EQ(args.get<int>(0), 1);
  EXPECT_EQ(args.get<std::string>(1), "two");
  EXPECT_TRUE(args[2].is_null());
  EXPECT_EQ(args.get<std::optional<int>>(2), std::nullopt);
  EXPECT_THROW(args.get<int>(1), ConversionError);
  EXPECT_TRUE(Args().empty());
}

TEST(Args, can_be_walked_through) {
  const Args args({Value::of(1), Value::of(2)});
  int sum = 0;
  for (const Value& value : args) sum += value.as<int>();
  EXPECT_EQ(sum, 3);
}

}  // namespace
}  // namespace roomcast
