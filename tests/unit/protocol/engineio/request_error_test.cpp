// What refused requests are answered with: the official server's texts.
#include <gtest/gtest.h>

#include <protocol/engineio/error.hpp>

namespace roomcast::engineio {
namespace {

TEST(RequestError, has_the_official_code_text_and_status) {
  EXPECT_EQ(json_body(RequestError::transport_unknown), R"({"code":0,"message":"Transport unknown"})");
  EXPECT_EQ(json_body(RequestError::session_id_unknown), R"({"code":1,"message":"Session ID unknown"})");
  EXPECT_EQ(json_body(RequestError::bad_handshake_method), R"({"code":2,"message":"Bad handshake method"})");
  EXPECT_EQ(json_body(RequestError::bad_request), R"({"code":3,"message":"Bad request"})");
  EXPECT_EQ(json_body(RequestError::forbidden), R"({"code":4,"message":"Forbidden"})");
  EXPECT_EQ(json_body(RequestError::unsupported_protocol_version),
            R"({"code":5,"message":"Unsupported protocol version"})");
  for (const auto error :
       {RequestError::transport_unknown, RequestError::session_id_unknown, RequestError::bad_handshake_method,
        RequestError::bad_request, RequestError::unsupported_protocol_version})
    EXPECT_EQ(http_status(error), 400u);
  EXPECT_EQ(http_status(RequestError::forbidden), 403u);
}

TEST(RequestError, carries_the_applications_own_text_as_json) {
  EXPECT_EQ(json_body(RequestError::forbidden, "not \"you\" \\ \n\x01\x1F \xE2\x82\xAC"),
            "{\"code\":4,\"message\":\"not \\\"you\\\" \\\\ \\n\\u0001\\u001f \xE2\x82\xAC\"}");
}

TEST(RequestError, refuses_an_upgrade_in_raw_http) {
  EXPECT_EQ(
      upgrade_refusal(message(RequestError::session_id_unknown)),
      "HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-type: text/html\r\nContent-Length: 18\r\n\r\n"
      "Session ID unknown");
}

}  // namespace
}  // namespace roomcast::engineio
