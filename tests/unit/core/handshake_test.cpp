#include <chrono>
#include <clocale>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <roomcast/handshake.hpp>

namespace roomcast {
namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

Handshake handshake_of(std::string_view url, std::string_view headers = {}) {
  const auto issued = std::chrono::sys_days(std::chrono::year(2026) / 3 / 1) + std::chrono::hours(9) +
                      std::chrono::minutes(5) + std::chrono::seconds(7);
  return Handshake(std::make_shared<detail::HandshakeRequest>(url, headers, "192.0.2.7", issued, false),
                   {{"token", "abc"}});
}

TEST(Handshake, finds_a_header_in_any_case) {
  const Handshake handshake =
      handshake_of("/", "Host: localhost\r\nX-Custom: a: b\r\nOrigin: https://app.example\r\n");
  EXPECT_EQ(handshake.header("host"), "localhost");
  EXPECT_EQ(handshake.header("HOST"), "localhost");
  EXPECT_EQ(handshake.header("x-custom"), "a: b");
  EXPECT_EQ(handshake.header("x"), "");
  EXPECT_TRUE(handshake.xdomain());
}

TEST(Handshake, lists_headers_in_lower_case_and_in_order) {
  const Handshake handshake = handshake_of("/", "Host: localhost\r\nX-Empty: \r\nCookie: A=B\r\n");
  EXPECT_EQ(handshake.headers(), (Pairs{{"host", "localhost"}, {"x-empty", ""}, {"cookie", "A=B"}}));
  EXPECT_EQ(handshake.header("x-empty"), "");
}

TEST(Handshake, has_no_headers_when_there_were_none) {
  const Handshake handshake = handshake_of("/");
  EXPECT_TRUE(handshake.headers().empty());
  EXPECT_EQ(handshake.header("host"), "");
  EXPECT_FALSE(handshake.xdomain());
}

TEST(Handshake, decodes_query_parameters_and_takes_the_last_of_equals) {
  const Handshake handshake = handshake_of("/socket.io/?EIO=4&name=J%C3%B6rg+A&x=1&x=2&flag");
  EXPECT_EQ(handshake.query("name"), "Jörg A");
  EXPECT_EQ(handshake.query("x"), "2");
  EXPECT_EQ(handshake.query("flag"), "");
  EXPECT_EQ(handshake.query("nothing"), std::nullopt);
  EXPECT_EQ(handshake.queries(),
            (Pairs{{"EIO", "4"}, {"name", "Jörg A"}, {"x", "1"}, {"x", "2"}, {"flag", ""}}));
}

TEST(Handshake, keeps_the_url_as_it_was_sent) {
  EXPECT_EQ(handshake_of("/socket.io/?a=%41").url(), "/socket.io/?a=%41");
  EXPECT_TRUE(handshake_of("/socket.io/").queries().empty());
}

TEST(Handshake, writes_its_time_as_javascript_does) {
  EXPECT_EQ(handshake_of("/").time(), "Sun Mar 01 2026 09:05:07 GMT+0000 (Coordinated Universal Time)");
}

TEST(Handshake, has_what_the_client_sent_as_auth) {
  const Handshake handshake = handshake_of("/");
  EXPECT_EQ(handshake.auth.at("token").as_string(), "abc");
  EXPECT_EQ(handshake.address(), "192.0.2.7");
  EXPECT_FALSE(handshake.secure());
}

}  // namespace
}  // namespace roomcast
