#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <protocol/json/scanner.hpp>
#include <protocol/json/token_cursor.hpp>

namespace roomcast::json {
namespace {

using testing::ElementsAre;
using testing::Pair;

std::vector<std::string_view> elements(std::string_view array) {
  std::vector<std::string_view> all;
  ArrayCursor cursor(array);
  for (std::string_view element; cursor.next(element);) all.push_back(element);
  return all;
}

std::vector<std::pair<std::string_view, std::string_view>> members(std::string_view object) {
  std::vector<std::pair<std::string_view, std::string_view>> all;
  ObjectCursor cursor(object);
  for (std::string_view key, value; cursor.next(key, value);) all.emplace_back(key, value);
  return all;
}

TEST(ArrayCursor, gives_each_element_as_it_stands_in_the_text) {
  EXPECT_THAT(elements(R"(["chat",-1.5e3,null,true,[1,[2]],{"a":[],"b":{}}])"),
              ElementsAre("\"chat\"", "-1.5e3", "null", "true", "[1,[2]]", R"({"a":[],"b":{}})"));
}

TEST(ArrayCursor, trims_whitespace_around_elements_and_keeps_it_inside) {
  EXPECT_THAT(elements(" [ 1 ,\t[ 2 , 3 ]\r\n, { } , \" x \" ] "),
              ElementsAre("1", "[ 2 , 3 ]", "{ }", "\" x \""));
}

TEST(ArrayCursor, has_nothing_in_an_empty_array_or_in_other_text) {
  for (const char* text : {"[]", "[ ]", "{}", "1", "\"[1]\"", "", "[", "]"})
    EXPECT_THAT(elements(text), ElementsAre());
}

TEST(ArrayCursor, is_not_misled_by_brackets_commas_and_quotes_in_strings) {
  EXPECT_THAT(elements(R"(["],\"[",{"}":"{\\"},[",","\\\\"],"\\"])"),
              ElementsAre(R"("],\"[")", R"({"}":"{\\"})", R"([",","\\\\"])", R"("\\")"));
}

TEST(ArrayCursor, gives_the_same_where_validate_has_told_the_commas) {
  for (const std::string_view text :
       {"[]", "[ ]", "[1]", " [1] ", "[ 1 , 2 ]", R"(["a",{"b":[1,2],"c":","},[3,[4,5]]])", "[[1,2],3,4,5]",
        "[1,2,3,4,5]", "[1,2,3,4,5,6,7,8]", R"(["x,y" ,"]" , {} ,null])"}) {
    Commas commas;
    ASSERT_TRUE(validate(text, 10, &commas)) << text;
    ArrayCursor cursor(text, commas);
    ArrayCursor plain(text);
    for (std::string_view element, expected; plain.next(expected);) {
      ASSERT_TRUE(cursor.next(element)) << text;
      EXPECT_EQ(element, expected) << text;
      EXPECT_EQ(cursor.rest(), plain.rest()) << text;
    }
    std::string_view none;
    EXPECT_FALSE(cursor.next(none)) << text;
  }
}

TEST(ArrayCursor, are_told_only_the_commas_of_an_array) {
  Commas commas;
  ASSERT_TRUE(validate(R"({"a":1,"b":[2,3]})", 10, &commas));
  EXPECT_GT(commas.count, Commas::most);
  ASSERT_TRUE(validate(R"(["a",[1,2],{"b":3,"c":4}])", 10, &commas));
  EXPECT_EQ(commas.count, 2u);
  EXPECT_EQ(commas.at[0], 4u);
  EXPECT_EQ(commas.at[1], 10u);
  ASSERT_TRUE(validate("[1,2,3,4,5]", 10, &commas));
  EXPECT_GT(commas.count, Commas::most);
}

TEST(ArrayCursor, knows_the_text_of_what_is_left) {
  ArrayCursor cursor(R"( [ "name" , 1 ,[2] ] )");
  EXPECT_EQ(cursor.rest(), R"("name" , 1 ,[2])");
  std::string_view element;
  cursor.next(element);
  EXPECT_EQ(cursor.rest(), "1 ,[2]");
  cursor.next(element);
  cursor.next(element);
  EXPECT_EQ(cursor.rest(), "");
}

TEST(ObjectCursor, gives_raw_keys_and_values_in_the_order_of_the_text) {
  EXPECT_THAT(members(R"({ "b" : 1 , "a\u0041":{"x":[]},"":"" , "b":2})"),
              ElementsAre(Pair("\"b\"", "1"), Pair(R"("a\u0041")", R"({"x":[]})"), Pair("\"\"", "\"\""),
                          Pair("\"b\"", "2")));
  EXPECT_THAT(members("{ }"), ElementsAre());
  EXPECT_THAT(members("[1]"), ElementsAre());
}

TEST(TokenCursor, walks_into_everything_and_tells_keys_from_strings) {
  std::string trace;
  TokenCursor cursor(R"( ["a" , {"k" : "v","n":-1 , "o":{}},[ ] ,null])");
  Token token{};
  for (std::string_view text; cursor.next(token, text);)
    trace += (token == Token::key      ? "key "
              : token == Token::scalar ? "scalar "
                                       : "") +
             std::string(text) + "\n";
  EXPECT_EQ(
      trace,
      "[\nscalar \"a\"\n{\nkey \"k\"\nscalar \"v\"\nkey \"n\"\nscalar -1\nkey \"o\"\n{\n}\n}\n[\n]\nscalar "
      "null\n]\n");
}

TEST(KindOf, is_told_by_the_first_byte) {
  EXPECT_EQ(kind_of(" null"), Kind::null);
  EXPECT_EQ(kind_of("true"), Kind::boolean);
  EXPECT_EQ(kind_of("false"), Kind::boolean);
  EXPECT_EQ(kind_of("-1"), Kind::number);
  EXPECT_EQ(kind_of("\n\"x\""), Kind::string);
  EXPECT_EQ(kind_of("[]"), Kind::array);
  EXPECT_EQ(kind_of("{}"), Kind::object);
}

}  // namespace
}  // namespace roomcast::json
