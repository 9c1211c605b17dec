#include <string>

#include <gtest/gtest.h>

#include <net/http_message.hpp>

namespace roomcast::net {
namespace {

std::string text_of(const HttpResponse& response, bool keep_alive = true, bool to_head = false) {
  return std::string(to_frame(response, keep_alive, to_head).wire());
}

TEST(HttpMessage, headers_leave_in_the_order_given_and_the_length_is_added) {
  const std::string text = text_of({.status = 404, .headers = {{"B", "2"}, {"A", "1"}}, .body = "nothing"});
  EXPECT_EQ(text.find("HTTP/1.1 404 Not Found\r\nB: 2\r\nA: 1\r\nContent-Length: 7\r\nDate: "), 0U);
  EXPECT_TRUE(text.ends_with("Connection: keep-alive\r\n\r\nnothing"));
}

// RFC9110§6.6.1
TEST(HttpMessage, has_a_date) {
  const std::string text = text_of({});
  const std::string date = text.substr(text.find("Date: "));
  EXPECT_EQ(date.find(" GMT\r\n"), std::string("Date: Sun, 06 Nov 1994 08:49:37").size()) << date;
}

TEST(HttpMessage, says_when_the_connection_closes) {
  EXPECT_NE(text_of({}, false).find("\r\nConnection: close\r\n"), std::string::npos);
}

TEST(HttpMessage, a_fixed_body_is_sent_instead_of_the_other) {
  EXPECT_TRUE(text_of({.body = "own", .fixed_body = "fixed"}).ends_with("\r\n\r\nfixed"));
}

// RFC9110§9.3.2
TEST(HttpMessage, the_answer_to_head_announces_the_length_only) {
  for (const std::string& text :
       {text_of({.body = "12345"}, true, true), text_of({.body = "12345", .head_only = true})}) {
    EXPECT_NE(text.find("Content-Length: 5\r\n"), std::string::npos);
    EXPECT_TRUE(text.ends_with("\r\n\r\n"));
  }
}

// RFC9110§8.6, §15.4.5
TEST(HttpMessage, neither_204_nor_304_has_a_body_or_a_length) {
  for (const unsigned status : {204U, 304U}) {
    const std::string text = text_of({.status = status, .body = "x"});
    EXPECT_EQ(text.find("Content-Length"), std::string::npos);
    EXPECT_TRUE(text.ends_with("\r\n\r\n"));
  }
}

}  // namespace
}  // namespace roomcast::net
