// Sessions of Engine.IO 3, beside those of Engine.IO 4. The recordings of the official server have what is
// the same on one loop; here is what they leave out, on several.
#include "engine_fixture.hpp"

namespace roomcast::engine {
namespace {

using namespace std::string_literals;

class Protocol3 : public OnEachLoopCount {
 protected:
  Protocol3() { options_.allow_eio3 = true; }

  static std::string of3(std::string_view sid, std::string_view more = "&b64=1") {
    return "EIO=3&transport=polling&sid=" + std::string(sid) + std::string(more);
  }
  std::string handshake3(std::string_view more = "&b64=1") {
    return sid_of(ok(request("GET", "EIO=3&transport=polling" + std::string(more)).response()));
  }
  std::string get3(std::string_view sid) { return ok(request("GET", of3(sid)).response()); }
  std::string post3(std::string_view sid, std::string_view body) {
    return ok(request("POST", of3(sid), body).response());
  }
};
ROOMCAST_ON_EACH_LOOP_COUNT(Protocol3);

TEST_P(Protocol3, messages_come_back_with_their_lengths) {
  const std::string sid = handshake3();
  EXPECT_EQ(post3(sid,
                  "6:4hello2:4\xE2\x82\xAC"
                  "10:b4AQIDBA=="),
            "ok");
  EXPECT_EQ(get3(sid),
            "6:4hello2:4\xE2\x82\xAC"
            "10:b4AQIDBA==");
}

TEST_P(Protocol3, bytes_travel_as_bytes_where_the_client_can_take_them) {
  const std::string sid = handshake3("");
  const std::string body =
      "\0\2\xFF"
      "4a\1\5\xFF\4\1\2\3\4"s;
  EXPECT_EQ(ok(request("POST", of3(sid, ""), body, "Content-Type: application/octet-stream\r\n").response()),
            "ok");
  const RawClient::Response answer = request("GET", of3(sid, "")).response();
  EXPECT_EQ(answer.body, body);
  EXPECT_NE(answer.head.find("\r\nContent-Type: application/octet-stream\r\n"), std::string::npos);
}

TEST_P(Protocol3, a_body_that_cannot_be_read_ends_the_session_behind_what_could_be) {
  const std::string sid = handshake3();
  EXPECT_EQ(post3(sid, "2:4a5:4b"), "ok");
  expect_note("text a");
  expect_note("close parse error: wrong length in front of a packet");
  const std::string other = handshake3();
  EXPECT_EQ(ok(request("POST", of3(other),
                       "\0\2\xFF"
                       "4\xE9"s,
                       "Content-Type: application/octet-stream\r\n")
                   .response()),
            "ok");
  expect_note("close parse error: text that is not UTF-8");
}

TEST_P(Protocol3, one_session_speaks_one_protocol) {
  const std::string refused = R"(400 {"code":3,"message":"Bad request"})";
  const std::string older = handshake3(), newer = handshake();
  EXPECT_EQ(get(older), refused);
  EXPECT_EQ(post(older, "4a"), refused);
  EXPECT_EQ(get3(newer), refused);
  EXPECT_EQ(post3(newer, "2:4a"), refused);
  // Neither has noticed.
  EXPECT_EQ(post3(older, "2:4a"), "ok");
  EXPECT_EQ(get3(older), "2:4a");
  EXPECT_EQ(post(newer, "4a"), "ok");
  EXPECT_EQ(get(newer), "4a");
}

TEST_P(Protocol3, an_upgrade_speaks_the_protocol_of_its_session) {
  RawClient client = connect();
  client.send(upgrade_head("EIO=4&transport=websocket&sid=" + handshake3()));
  EXPECT_EQ(client.response().status, 400);
}

TEST_P(Protocol3, a_session_moves_to_a_websocket_with_what_waits) {
  const std::string sid = handshake3();
  RawClient websocket = this->websocket("EIO=3&transport=websocket&sid=" + sid);
  websocket.send(support::client_text("2probe"));
  EXPECT_EQ(websocket.frame().payload, "3probe");
  EXPECT_EQ(post3(sid, "2:4a6:b4AQI="), "ok");
  expect_note("text a");
  websocket.send(support::client_text("5"));
  EXPECT_EQ(websocket.frame().payload, "4a");
  EXPECT_EQ(websocket.frame().payload, "\4\1\2");
  websocket.send(support::client_text("2"));
  EXPECT_EQ(websocket.frame().payload, "3");
}

TEST_P(Protocol3, a_websocket_without_bytes_is_sent_text) {
  RawClient client = websocket("EIO=3&transport=websocket&b64=1");
  client.frame();
  client.send(support::client_binary("\4\1\2"));
  const RawClient::Frame frame = client.frame();
  EXPECT_TRUE(frame.text());
  EXPECT_EQ(frame.payload, "b4AQI=");
}

TEST_P(Protocol3, bytes_of_no_known_type_are_ignored) {
  RawClient client = websocket("EIO=3&transport=websocket");
  client.frame();
  client.send(support::client_binary("") + support::client_binary("\x09x") + support::client_text("b9AQI=") +
              support::client_binary("\4x"));
  EXPECT_EQ(client.frame().payload, "\4x");
}

TEST_P(Protocol3, a_poll_that_waits_while_the_session_is_closed_gets_the_rest) {
  const std::string sid = handshake3();
  at_home(sid, [](Session& session) {
    session.send(text_message("last"));
    session.close();
  });
  EXPECT_EQ(get3(sid), "5:4last");
  EXPECT_EQ(get3(sid), "1:61:1");
}

TEST_P(Protocol3, is_refused_where_it_is_not_allowed) {
  options_.allow_eio3 = false;
  EXPECT_EQ(ok(request("GET", "EIO=3&transport=polling").response()),
            R"(400 {"code":5,"message":"Unsupported protocol version"})");
}

}  // namespace
}  // namespace roomcast::engine
