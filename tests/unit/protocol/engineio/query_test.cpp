// Request targets and query strings, as browsers send them and Node reads them.
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <protocol/engineio/query.hpp>

namespace roomcast::engineio {
namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

Pairs pairs(std::string_view text) {
  Pairs all;
  Query(text).for_each(
      [&](std::string name, std::string value) { all.emplace_back(std::move(name), std::move(value)); });
  return all;
}

TEST(Query, values_are_found_by_name) {
  const Query query("EIO=4&transport=polling&t=abc&sid=");
  EXPECT_EQ(query.get("EIO"), "4");
  EXPECT_EQ(query.get("transport"), "polling");
  EXPECT_EQ(query.get("sid"), "");
  EXPECT_EQ(query.get("b64"), std::nullopt);
  EXPECT_EQ(query.get("eio"), std::nullopt);
  EXPECT_EQ(Query("").get("EIO"), std::nullopt);
}

TEST(Query, names_and_values_are_percent_decoded) {
  EXPECT_EQ(Query("transport=%70olling").get("transport"), "polling");
  EXPECT_EQ(Query("%74ransport=polling").get("transport"), "polling");
  EXPECT_EQ(Query("a+b=1+2%2B3").get("a b"), "1 2+3");
  EXPECT_EQ(Query("a=%E2%82%ac").get("a"), "\xE2\x82\xAC");
}

TEST(Query, the_last_of_duplicates_wins) {
  EXPECT_EQ(Query("a=1&a=2&b=3").get("a"), "2");
  EXPECT_EQ(Query("a=1&%61=2").get("a"), "2");
  EXPECT_EQ(Query("a=1&a").get("a"), "");
}

// Each line is what Node 20's querystring.parse answers.
TEST(Query, whatever_browsers_send_is_read) {
  EXPECT_EQ(pairs("?a=[x]"), (Pairs{{"?a", "[x]"}}));
  EXPECT_EQ(pairs("a=%zz%4%"), (Pairs{{"a", "%zz%4%"}}));
  EXPECT_EQ(pairs("a"), (Pairs{{"a", ""}}));
  EXPECT_EQ(pairs("=x"), (Pairs{{"", "x"}}));
  EXPECT_EQ(pairs("a=b=c"), (Pairs{{"a", "b=c"}}));
  EXPECT_EQ(pairs("&&a=1&&b=2&"), (Pairs{{"a", "1"}, {"b", "2"}}));
  EXPECT_EQ(pairs("a;b=1"), (Pairs{{"a;b", "1"}}));
  EXPECT_EQ(pairs("a%3Db=1"), (Pairs{{"a=b", "1"}}));
  EXPECT_EQ(pairs("&"), Pairs{});
}

TEST(Query, values_are_always_utf8) {
  EXPECT_EQ(Query("a=%ff%e2%82").get("a"), "\xEF\xBF\xBD\xEF\xBF\xBD");
  EXPECT_EQ(Query("a=\xFF").get("a"), "\xEF\xBF\xBD");
  EXPECT_EQ(Query("\xFF=1").get("\xEF\xBF\xBD"), "1");  // names too: found by the fuzzer
}

TEST(Query, a_long_one_is_read_in_linear_time) {
  std::string text;
  for (int i = 0; i < 200'000; ++i) text += "&%61=%";
  EXPECT_EQ(Query(text).get("a"), "%");
  EXPECT_EQ(Query(std::string(2'000'000, '&')).get("a"), std::nullopt);
}

// Engine.IO v4, "Request target": a prefix test on bytes.
TEST(Query, a_path_matches_as_a_prefix_of_bytes) {
  EXPECT_TRUE(path_matches("/socket.io/", "/socket.io/"));
  EXPECT_TRUE(path_matches("/socket.io/anything?EIO=4", "/socket.io/"));
  EXPECT_FALSE(path_matches("/socket.io?EIO=4", "/socket.io/"));
  EXPECT_FALSE(path_matches("//socket.io/", "/socket.io/"));
  EXPECT_FALSE(path_matches("/Socket.io/", "/socket.io/"));
  EXPECT_FALSE(path_matches("/%73ocket.io/", "/socket.io/"));
  EXPECT_TRUE(path_matches("/socket.iox?EIO=4", "/socket.io"));
}

TEST(Query, begins_behind_the_first_question_mark) {
  EXPECT_EQ(query_of("/socket.io/?EIO=4&a=?"), "EIO=4&a=?");
  EXPECT_EQ(query_of("/socket.io/"), "");
  EXPECT_EQ(query_of("/socket.io/?a=1#x?b=2"), "a=1");
  EXPECT_EQ(query_of("/socket.io/#x?b=2"), "");
}

}  // namespace
}  // namespace roomcast::engineio
