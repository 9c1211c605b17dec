// RFC6455§4.2.
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

}  // namespace
}  // namespace roomcast::websocket
