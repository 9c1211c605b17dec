#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <redis/reply_reader.hpp>

#include "redis_fixture.hpp"

namespace roomcast::resp {
namespace {

constexpr std::size_t roomy = 1'000'000;

/// Every reply in the order read, and at the end the error if there is one.
std::vector<std::string> read(std::string_view wire, std::size_t step, std::size_t limit = roomy) {
  ReplyReader reader(limit);
  std::vector<std::string> read;
  for (std::size_t at = 0; at < wire.size(); at += step) {
    reader.feed(wire.substr(at, step));
    for (;;) {
      const auto reply = reader.next();
      if (reply.has_error()) {
        read.push_back(reply.error() == ReplyError::too_large ? "too large" : "violation");
        return read;
      }
      if (!*reply) break;
      read.push_back(to_text(**reply));
    }
  }
  return read;
}

void expect_both_ways(std::string_view wire, const std::vector<std::string>& expected,
                      std::size_t limit = roomy) {
  EXPECT_EQ(read(wire, wire.size(), limit), expected) << wire.substr(0, 100);
  EXPECT_EQ(read(wire, 1, limit), expected) << "byte by byte: " << wire.substr(0, 100);
  EXPECT_EQ(read(wire, 7, limit), expected) << "in sevens: " << wire.substr(0, 100);
}

TEST(ReplyReader, every_kind_of_reply) {
  expect_both_ways("+OK\r\n-ERR no\r\n:-42\r\n$5\r\na\r\nb!\r\n$0\r\n\r\n$-1\r\n*-1\r\n*0\r\n",
                   {"+OK", "-ERR no", ":-42", "$a\r\nb!", "$", "nil", "nil", "[]"});
}

TEST(ReplyReader, arrays_in_arrays) {
  expect_both_ways("*3\r\n$7\r\nmessage\r\n*2\r\n:1\r\n*1\r\n+x\r\n*-1\r\n:9\r\n",
                   {"[$message [:1 [+x]] nil]", ":9"});
}

TEST(ReplyReader, pieces_that_end_anywhere) {
  const std::string wire = "*3\r\n$7\r\nmessage\r\n$2\r\nch\r\n$11\r\nhello\r\n bye\r\n+OK\r\n";
  for (std::size_t cut = 1; cut < wire.size(); ++cut) {
    ReplyReader reader(roomy);
    std::vector<std::string> seen;
    for (const std::string& piece : {wire.substr(0, cut), wire.substr(cut)}) {
      reader.feed(piece);
      for (auto reply = reader.next(); *reply; reply = reader.next()) seen.push_back(to_text(**reply));
    }
    EXPECT_EQ(seen, (std::vector<std::string>{"[$message $ch $hello\r\n bye]", "+OK"})) << cut;
  }
}

TEST(ReplyReader, seven_arrays_deep_and_no_deeper) {
  std::string deep;
  for (int n = 0; n < 7; ++n) deep += "*1\r\n";
  expect_both_ways(deep + ":1\r\n", {"[[[[[[[:1]]]]]]]"});
  expect_both_ways(deep + "*1\r\n*1\r\n:1\r\n", {"violation"});
  std::string very_deep;
  for (int n = 0; n < 100'000; ++n) very_deep += "*1\r\n";
  EXPECT_EQ(read(very_deep, very_deep.size()), std::vector<std::string>{"violation"});
}

TEST(ReplyReader, what_is_not_resp2_is_refused) {
  for (const char* wire :
       {"HTTP/1.1 400\r\n", "%1\r\n", "_\r\n", "#t\r\n", "$x\r\n", "$-2\r\n", "*x\r\n", "*-2\r\n", ":x\r\n",
        ":\r\n", "$+5\r\n", "$ 5\r\n", "*99999999999999999999\r\n", "$99999999999999999999\r\n"})
    expect_both_ways(wire, {"violation"});
}

TEST(ReplyReader, a_number_that_never_ends_is_refused) {
  EXPECT_EQ(read("$" + std::string(1'000, '1'), 1), std::vector<std::string>{"violation"});
  EXPECT_EQ(read("*" + std::string(1'000, '1'), 1), std::vector<std::string>{"violation"});
  EXPECT_EQ(read(":" + std::string(1'000, '1'), 1), std::vector<std::string>{"violation"});
}

TEST(ReplyReader, a_line_that_never_ends_is_refused) {
  EXPECT_EQ(read("+" + std::string(20'000, 'x'), 1'000), std::vector<std::string>{"too large"});
  expect_both_ways("+" + std::string(16'385, 'x') + "\r\n", {"too large"});
  expect_both_ways("-" + std::string(16'384, 'x') + "\r\n", {"-" + std::string(16'384, 'x')});
}

TEST(ReplyReader, a_string_is_refused_when_its_length_is_announced) {
  expect_both_ways("$1001\r\n", {"too large"}, 1'000);
  expect_both_ways("$9223372036854775807\r\n", {"too large"});
  expect_both_ways("$1000\r\n" + std::string(1'000, 'x') + "\r\n", {"$" + std::string(1'000, 'x')}, 1'000);
  expect_both_ways("$1001\r\n" + std::string(1'001, 'x') + "\r\n", {"too large"}, 1'000);
}

TEST(ReplyReader, an_array_is_refused_when_its_length_is_announced) {
  expect_both_ways("*2147483647\r\n", {"too large"});
  expect_both_ways("*14\r\n", {"too large"}, 1'000);
  EXPECT_EQ(read("*2147483648\r\n", 100), std::vector<std::string>{"violation"});
}

TEST(ReplyReader, all_of_one_reply_counts_and_the_next_begins_anew) {
  const std::string half = "$400\r\n" + std::string(400, 'x') + "\r\n";
  expect_both_ways("*3\r\n" + half + half + half, {"too large"}, 1'000);
  expect_both_ways(
      "*2\r\n" + half + half + half,
      {"[$" + std::string(400, 'x') + " $" + std::string(400, 'x') + "]", "$" + std::string(400, 'x')},
      1'000);
  std::string nested = "*5\r\n";
  for (int n = 0; n < 5; ++n) nested += "*5\r\n:1\r\n:1\r\n:1\r\n:1\r\n:1\r\n";
  expect_both_ways(nested, {"too large"}, 1'000);
}

TEST(ReplyReader, stays_in_error) {
  ReplyReader reader(roomy);
  reader.feed("?\r\n");
  EXPECT_TRUE(reader.next().has_error());
  reader.feed("+OK\r\n");
  EXPECT_TRUE(reader.next().has_error());
}

TEST(ReplyReader, a_large_string_in_small_pieces) {
  const std::string text(5'000'000, 'z');
  const auto seen = read("$5000000\r\n" + text + "\r\n:7\r\n", 16 * 1024, 8'000'000);
  ASSERT_EQ(seen.size(), 2u);
  EXPECT_EQ(seen[0], "$" + text);
  EXPECT_EQ(seen[1], ":7");
}

}  // namespace
}  // namespace roomcast::resp
