#include <string>

#include <gtest/gtest.h>

#include <protocol/socketio/placeholder.hpp>

namespace roomcast::socketio {
namespace {

TEST(FindPlaceholders, tells_where_each_one_stands) {
  const std::string text =
      R"(["name", {"_placeholder":true,"num":1}, [{"a": {"num":0 , "_placeholder": true }}]])";
  const auto found = find_placeholders(text);
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(text.substr(found[0].offset, found[0].length), R"({"_placeholder":true,"num":1})");
  EXPECT_EQ(text.substr(found[1].offset, found[1].length), R"({"num":0 , "_placeholder": true })");
  EXPECT_EQ(found[0].num, 1u);
  EXPECT_EQ(found[1].num, 0u);
}

TEST(FindPlaceholders, is_not_misled_by_strings_and_arrays) {
  EXPECT_TRUE(find_placeholders(R"(["{\"_placeholder\":true,\"num\":0}"])").empty());
  EXPECT_TRUE(find_placeholders(R"({"a":"_placeholder","b":true})").empty());
  EXPECT_TRUE(find_placeholders(R"({"x":{"_placeholder":[true],"num":0}})").empty());
  EXPECT_TRUE(find_placeholders(R"([{"_placeholder":true,"_placeholder":[]}])").empty());
}

// One pass, whatever the nesting: a cursor inside a cursor would take time with the square of it.
TEST(FindPlaceholders, goes_to_any_depth) {
  std::string text = R"({"_placeholder":true,"num":3})";
  for (int depth = 0; depth < 500; ++depth)
    text = depth % 2 == 0 ? "[" + text + "]" : R"({"k":)" + text + "}";
  const auto found = find_placeholders(text);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].num, 3u);
}

TEST(ReadPlaceholder, looks_at_the_value_itself_only) {
  EXPECT_EQ(read_placeholder(R"({"_placeholder":true,"num":2})")->num, 2u);
  EXPECT_EQ(read_placeholder(R"({"_placeh\u006flder":true,"n\u0075m":2})")->num, 2u);
  EXPECT_FALSE(read_placeholder(R"({"_placeholder":true,"num":"2"})")->num);
  EXPECT_FALSE(read_placeholder(R"([{"_placeholder":true,"num":2}])"));
  EXPECT_FALSE(read_placeholder(R"({"x":{"_placeholder":true,"num":2}})"));
  EXPECT_FALSE(read_placeholder(R"("_placeholder")"));
}

}  // namespace
}  // namespace roomcast::socketio
