// What a client asks for beside the protocol: compressed answers, scripts, text instead of bytes.
#include <support/uncompressed.hpp>

#include "engine_fixture.hpp"

namespace roomcast::engine {
namespace {

using support::uncompressed;

class Dialects : public OnEachLoopCount {
 protected:
  RawClient::Response get_accepting(std::string_view coding, std::string_view query) {
    return request("GET", query, {}, "Accept-Encoding: " + std::string(coding) + "\r\n").response();
  }
};
ROOMCAST_ON_EACH_LOOP_COUNT(Dialects);

TEST_P(Dialects, a_long_answer_is_compressed_for_who_accepts_it) {
  const std::string sid = handshake();
  const std::string message = "4" + std::string(1023, 'x');
  for (const std::string coding : {"gzip", "deflate"}) {
    EXPECT_EQ(post(sid, message), "ok");
    const RawClient::Response answer = get_accepting(coding, of(sid));
    EXPECT_NE(answer.head.find("\r\nContent-Encoding: " + coding + "\r\n"), std::string::npos) << answer.head;
    EXPECT_LT(answer.body.size(), 100U);
    EXPECT_EQ(uncompressed(answer.body), message);
  }
  EXPECT_EQ(post(sid, message), "ok");
  EXPECT_EQ(get(sid), message);
}

TEST_P(Dialects, a_short_answer_is_not_compressed) {
  const std::string sid = handshake();
  const std::string message = "4" + std::string(1022, 'x');
  EXPECT_EQ(post(sid, message), "ok");
  EXPECT_EQ(get_accepting("gzip", of(sid)).body, message);
}

/// With a threshold of its own, which is to be set before the server starts.
class CompressedAnswers : public EngineTest {
 protected:
  bool compressed(std::size_t size) {
    const std::string sid = handshake(), message = "4" + std::string(size - 1, 'x');
    EXPECT_EQ(post(sid, message), "ok");
    const RawClient::Response answer = request("GET", of(sid), {}, "Accept-Encoding: gzip\r\n").response();
    const bool is = answer.head.find("\r\nContent-Encoding: gzip\r\n") != std::string::npos;
    EXPECT_EQ(is ? uncompressed(answer.body) : answer.body, message);
    return is;
  }
};

TEST_F(CompressedAnswers, are_those_from_the_threshold_on) {
  options_.http_compression_threshold = 100;
  start();
  EXPECT_FALSE(compressed(99));
  EXPECT_TRUE(compressed(100));
}

TEST_F(CompressedAnswers, are_none_without_a_threshold) {
  options_.http_compression_threshold = std::nullopt;
  start();
  EXPECT_FALSE(compressed(500'000));
}

TEST_P(Dialects, a_script_calls_the_function_that_the_first_request_named) {
  const std::string open = ok(request("GET", "EIO=4&transport=polling&j=3").response());
  EXPECT_TRUE(open.starts_with("___eio[3](\"0{\\\"sid\\\":\\\"")) << open;
  EXPECT_TRUE(open.ends_with("}\");")) << open;
  const std::string sid = open.substr(open.find("sid\\\":\\\"") + 8, 20);
  EXPECT_EQ(post(sid, "d=4line%5Cnline"), "ok");
  EXPECT_EQ(get(sid), "___eio[3](\"4line\\nline\");");
  EXPECT_EQ(post(sid, "4not a form"), "ok");
  EXPECT_EQ(post(sid, "d=4next"), "ok");
  EXPECT_EQ(get(sid), "___eio[3](\"4next\");");
}

TEST_P(Dialects, a_websocket_without_bytes_is_sent_text) {
  RawClient client = websocket("EIO=4&transport=websocket&b64=1");
  client.frame();
  client.send(support::client_binary("\x01\x02"));
  const RawClient::Frame frame = client.frame();
  EXPECT_TRUE(frame.text());
  EXPECT_EQ(frame.payload, "bAQI=");
  client.send(support::client_text("4text"));
  EXPECT_EQ(client.frame().payload, "4text");
}

TEST_P(Dialects, a_websocket_may_be_without_bytes_when_the_session_moves_to_it) {
  const std::string sid = handshake();
  RawClient client = websocket("EIO=4&transport=websocket&b64=1&sid=" + sid);
  client.send(support::client_text("2probe"));
  EXPECT_EQ(client.frame().payload, "3probe");
  client.send(support::client_text("5"));
  client.send(support::client_binary("\x01\x02"));
  EXPECT_EQ(client.frame().payload, "bAQI=");
}

}  // namespace
}  // namespace roomcast::engine
