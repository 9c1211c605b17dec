// Pings, and clients that do not answer them. Engine.IO v4, "Heartbeat".
#include "engine_fixture.hpp"

namespace roomcast::engine {
namespace {

using namespace std::chrono_literals;
using support::client_text;

class HeartbeatOfSession : public EngineTest {};

TEST_F(HeartbeatOfSession, a_websocket_is_pinged_and_lives_as_long_as_it_answers) {
  options_.ping_interval = 10ms;
  options_.ping_timeout = 5s;
  start();
  RawClient client = websocket_session();
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(client.frame().payload, "2");
    client.send(client_text("3"));
  }
  EXPECT_EQ(server_->clients_count(), 1U);
}

// The timer stood at the end of the wait for the pong, so the next ping was as late as that.
TEST_F(HeartbeatOfSession, an_interval_shorter_than_the_timeout_is_kept) {
  options_.ping_interval = 20ms;
  options_.ping_timeout = 60s;
  start();
  RawClient client = websocket_session();
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(client.frame().payload, "2");
    client.send(client_text("3"));
  }
}

TEST_F(HeartbeatOfSession, a_polling_client_is_pinged_on_its_get) {
  options_.ping_interval = 10ms;
  options_.ping_timeout = 5s;
  start(2);
  const std::string sid = handshake();
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(get(sid), "2");
    EXPECT_EQ(post(sid, "3"), "ok");
  }
}

TEST_F(HeartbeatOfSession, a_websocket_that_does_not_answer_is_closed) {
  options_.ping_interval = 10ms;
  options_.ping_timeout = 10ms;
  start();
  RawClient client = websocket_session();
  EXPECT_EQ(client.frame().payload, "2");
  EXPECT_TRUE(client.frame().close());
  EXPECT_EQ(client.read_to_end(), "");
  expect_note("close ping timeout");
}

TEST_F(HeartbeatOfSession, a_polling_client_that_does_not_answer_is_told_on_its_get) {
  options_.ping_interval = 50ms;
  options_.ping_timeout = 100ms;
  start(2);
  const std::string sid = handshake();
  EXPECT_EQ(get(sid), "2");
  EXPECT_EQ(get(sid), "1");
  expect_note("close ping timeout");
}

}  // namespace
}  // namespace roomcast::engine
