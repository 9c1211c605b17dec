// RFC6455§4.2.
#include <chrono>
#include <string>

#include <gtest/gtest.h>

#include <protocol/websocket/handshake.hpp>

namespace roomcast::websocket {
namespace {

// RFC6455§1.3, the example.
TEST(Handshake, answers_the_key_as_in_the_example_of_the_rfc) {
  EXPECT_EQ(accept_key("dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}

// RFC6455§4.2.1, item 5.
TEST(Handshake, takes_a_key_of_16_bytes_in_base64_only) {
  EXPECT_TRUE(valid_key("dGhlIHNhbXBsZSBub25jZQ=="));
  EXPECT_TRUE(valid_key("++++////abcdABCD012349=="));
  EXPECT_FALSE(valid_key(""));
  EXPECT_FALSE(valid_key("dGhlIHNhbXBsZSBub25jZQ="));
  EXPECT_FALSE(valid_key("dGhlIHNhbXBsZSBub25jZQ==="));
  EXPECT_FALSE(valid_key("dGhlIHNhbXBsZSBub25jZQAA"));
  EXPECT_FALSE(valid_key("dGhlIHNhbXBsZSBub25j-_=="));
  EXPECT_FALSE(valid_key("dGhl HNhbXBsZSBub25jZQ=="));
}

// RFC6455§4.2.1, item 7, and §4.1, item 10: the names are tokens, and no two alike.
TEST(Handshake, takes_the_first_protocol_of_a_good_list) {
  EXPECT_EQ(first_protocol("chat"), "chat");
  EXPECT_EQ(first_protocol("chat ,\tsuperchat,x"), "chat");
  for (const std::string_view bad :
       {"", ",", "a,", ",a", "a,,b", "a b", "a;b", "a, a", "b, a, c, a", "\"a\""})
    EXPECT_EQ(first_protocol(bad), std::nullopt) << bad;
}

// CVE-2021-32640. The list must be sorted to see what is named twice, and its spaces are passed over once.
TEST(Handshake, long_lists_of_protocols_are_read_once) {
  std::string offers = "first";
  for (int i = 0; offers.size() < 1'000'000; ++i) offers += ", " + std::to_string(i);
  const std::string spaces(500'000, ' ');
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(first_protocol(offers), "first");
  EXPECT_EQ(first_protocol(offers + ", 0"), std::nullopt);
  EXPECT_EQ(first_protocol("a," + spaces + "b" + spaces + ",c"), "a");
  EXPECT_EQ(first_protocol("a" + spaces + "b"), std::nullopt);
  EXPECT_EQ(first_protocol("a" + spaces), "a");
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(5));
}

}  // namespace
}  // namespace roomcast::websocket
