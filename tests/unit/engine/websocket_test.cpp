// Sessions on a websocket. Engine.IO v4, "WebSocket".
#include "engine_fixture.hpp"

namespace roomcast::engine {
namespace {

using support::client_binary;
using support::client_close;
using support::client_ping;
using support::client_text;
using support::ClientFrame;

class WebSocketSession : public OnEachLoopCount {};
ROOMCAST_ON_EACH_LOOP_COUNT(WebSocketSession);

TEST_P(WebSocketSession, messages_go_both_ways) {
  RawClient client = websocket_session();
  client.send(client_text("4hello") + client_binary("\x01\x02") + client_text("4") + client_text("bAwQ="));
  EXPECT_EQ(client.frame().payload, "4hello");
  const RawClient::Frame binary = client.frame();
  EXPECT_TRUE(binary.binary());
  EXPECT_EQ(binary.payload, "\x01\x02");
  EXPECT_EQ(client.frame().payload, "4");
  EXPECT_EQ(client.frame().payload, "\x03\x04");
}

TEST_P(WebSocketSession, frames_may_follow_the_upgrade_request_at_once) {
  RawClient client = connect();
  client.send(upgrade_head("EIO=4&transport=websocket") + client_text("4early") +
              client_text("4cut").substr(0, 3));
  client.read_through("\r\n\r\n");
  client.frame();
  EXPECT_EQ(client.frame().payload, "4early");
  client.send(client_text("4cut").substr(3));
  EXPECT_EQ(client.frame().payload, "4cut");
}

TEST_P(WebSocketSession, packets_that_mean_nothing_here_are_ignored) {
  RawClient client = websocket_session();
  for (const std::string_view packet : {"0", "1", "3", "5", "6"}) client.send(client_text(packet));
  client.send(client_text("4still here"));
  EXPECT_EQ(client.frame().payload, "4still here");
}

TEST_P(WebSocketSession, bad_packets_end_the_session) {
  struct Case {
    std::string_view packet;
    std::string_view note;
  };
  for (const Case& one : {Case{"", "close parse error: empty packet"},
                          Case{"x", "close parse error: packet of an unknown type"},
                          Case{"2", "close transport error: ping from a client"}}) {
    RawClient client = websocket_session();
    client.send(client_text(one.packet) + client_text("4never"));
    EXPECT_TRUE(client.frame().close());
    EXPECT_EQ(client.read_to_end(), "");
    expect_note(std::string(one.note));
  }
  EXPECT_EQ(notes(), std::vector<std::string>{});
}

TEST_P(WebSocketSession, bad_frames_end_the_session_with_their_code) {
  RawClient client = websocket_session();
  client.send(ClientFrame{.payload = "4x", .masked = false}.bytes());
  EXPECT_EQ(client.frame().payload, "\x03\xea");  // 1002
  client.read_to_end();
  until([&] { return server_->clients_count() == 0; });
  ASSERT_EQ(notes().size(), 1U);
  EXPECT_TRUE(notes()[0].starts_with("close transport error: "));
}

TEST_P(WebSocketSession, a_message_that_is_too_large_ends_the_session_with_1009) {
  RawClient client = websocket_session();
  client.send(client_text("4" + std::string(1'000'000, 'x')).substr(0, 100));
  EXPECT_EQ(client.frame().payload, "\x03\xf1");
  expect_note("close transport error: payload too large");
}

TEST_P(WebSocketSession, the_client_may_close_it_or_go) {
  RawClient polite = websocket_session();
  polite.send(client_close(1000));
  EXPECT_EQ(polite.frame().payload, "\x03\xe8");
  EXPECT_EQ(polite.read_to_end(), "");
  expect_note("close transport close");
  RawClient rude = websocket_session();
  rude.close();
  expect_note("close transport close: no close frame");
  RawClient reset = websocket_session();
  reset.close(true);
  expect_note("close transport error: connection lost");
}

TEST_P(WebSocketSession, the_server_closes_it_behind_what_was_sent) {
  std::string sid;
  RawClient client = websocket_session(&sid);
  at_home(sid, [](Session& session) {
    EXPECT_TRUE(session.writable());
    session.send(text_message("last"));
    session.close("why not");
    EXPECT_FALSE(session.writable());
    session.send(text_message("too late"));
  });
  EXPECT_EQ(client.frame().payload, "4last");
  const RawClient::Frame close = client.frame();
  EXPECT_TRUE(close.close());
  EXPECT_EQ(close.payload, "");
  EXPECT_EQ(client.read_to_end(), "");
  expect_note("close forced close: why not");
}

TEST_P(WebSocketSession, it_may_be_closed_by_its_own_message) {
  at_text = [](Session& session, std::string_view) { session.close(); };
  RawClient client = websocket_session();
  client.send(client_text("4close") + client_text("4never") + client_ping());
  EXPECT_TRUE(client.frame().close());
  EXPECT_EQ(client.read_to_end(), "");
  expect_note("close forced close");
  EXPECT_EQ(notes(), (std::vector<std::string>{"text close"}));
}

TEST_P(WebSocketSession, a_handler_that_throws_costs_no_other_message) {
  at_text = [](Session& session, std::string_view text) {
    if (text == "bad") throw 42;
    session.send(text_message(text));
  };
  RawClient client = websocket_session();
  client.send(client_text("4bad") + client_text("4good"));
  EXPECT_EQ(client.frame().payload, "4good");
}

TEST_P(WebSocketSession, a_client_that_does_not_read_is_a_slow_consumer) {
  std::string sid;
  RawClient client = websocket_session(&sid);
  const std::string large(1'000'000, 'x');
  while (alive(sid)) {
    try {
      send(sid, large);
    } catch (const std::runtime_error&) {  // it has just gone
    }
  }
  expect_note("close transport error: slow consumer");
  EXPECT_EQ(server_->total(&base::Metrics::slow_consumers), 1U);
}

}  // namespace
}  // namespace roomcast::engine
