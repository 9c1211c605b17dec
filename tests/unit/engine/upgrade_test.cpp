// From polling to a websocket, which may arrive on a stranger's loop. Engine.IO v4, "Upgrade".
#include "engine_fixture.hpp"

namespace roomcast::engine {
namespace {

using namespace std::chrono_literals;
using support::client_binary;
using support::client_close;
using support::client_text;

class Upgrading : public OnEachLoopCount {};
ROOMCAST_ON_EACH_LOOP_COUNT(Upgrading);

TEST_P(Upgrading, a_pending_get_is_released_and_the_websocket_takes_over) {
  const std::string sid = handshake();
  RawClient waiting = pending_get(sid);
  RawClient client = probe(sid);
  EXPECT_EQ(waiting.response().body, "6");
  client.send(client_text("5") + client_text("4over websocket"));
  EXPECT_EQ(client.frame().payload, "4over websocket");
  client.send(client_close());
  expect_note("close transport close");
}

// With several loops the connection moves; each of these upgrades arrives on another one.
TEST_P(Upgrading, works_from_every_loop) {
  const std::string sid = handshake();
  for (unsigned i = 0; i < GetParam(); ++i) {
    RawClient waiting = pending_get(sid);
    RawClient client = probe(sid);
    EXPECT_EQ(waiting.response().body, "6");
    client.send(client_text("nonsense"));
    EXPECT_TRUE(client.frame().close());
  }
  EXPECT_EQ(post(sid, "4still polling"), "ok");
  EXPECT_EQ(get(sid), "4still polling");
}

TEST_P(Upgrading, frames_may_follow_the_request_at_once) {
  const std::string sid = handshake();
  RawClient client = connect();
  client.send(upgrade_head("EIO=4&transport=websocket&sid=" + sid) + client_text("2probe") +
              client_text("5") + client_text("4early"));
  client.read_through("\r\n\r\n");
  EXPECT_EQ(client.frame().payload, "3probe");
  EXPECT_EQ(client.frame().payload, "4early");
}

TEST_P(Upgrading, polling_goes_on_until_the_switch_and_nothing_is_lost) {
  const std::string sid = handshake();
  RawClient client = probe(sid);
  EXPECT_EQ(post(sid, "4one"), "ok");
  EXPECT_EQ(get(sid), "4one");
  send(sid, "two");
  client.send(client_text("5"));
  EXPECT_EQ(client.frame().payload, "4two");
}

TEST_P(Upgrading, a_switch_needs_no_probe_and_ends_a_pending_get) {
  const std::string sid = handshake();
  RawClient waiting = pending_get(sid);
  RawClient client = begin_upgrade(sid);
  client.send(client_text("5"));
  EXPECT_EQ(waiting.response().body, "1");
  client.send(client_text("4x"));
  EXPECT_EQ(client.frame().payload, "4x");
}

TEST_P(Upgrading, any_other_packet_closes_the_new_socket_only) {
  const std::string sid = handshake();
  for (const std::string& bytes : {client_text("2"), client_text("2probex"), client_text("4x"),
                                   client_text(""), client_text("junk"), client_binary("x")}) {
    RawClient client = begin_upgrade(sid);
    client.send(bytes);
    EXPECT_TRUE(client.frame().close());
    EXPECT_EQ(client.read_to_end(), "");
  }
  EXPECT_EQ(post(sid, "4x"), "ok");
  EXPECT_EQ(get(sid), "4x");
}

TEST_P(Upgrading, a_socket_that_goes_leaves_the_session_as_it_was) {
  const std::string sid = handshake();
  RawClient client = probe(sid);
  client.send(client_close());
  EXPECT_TRUE(client.frame().close());
  probe(sid).close();
  EXPECT_EQ(post(sid, "4x"), "ok");
  EXPECT_EQ(get(sid), "4x");
}

TEST_P(Upgrading, one_attempt_at_a_time) {
  const std::string sid = handshake();
  RawClient first = probe(sid);
  EXPECT_TRUE(begin_upgrade(sid).frame().close());
  first.send(client_text("5") + client_text("4x"));
  EXPECT_EQ(first.frame().payload, "4x");
  EXPECT_TRUE(begin_upgrade(sid).frame().close());
  first.send(client_text("4y"));
  EXPECT_EQ(first.frame().payload, "4y");
}

TEST_P(Upgrading, polling_is_over_afterwards) {
  const std::string sid = handshake();
  RawClient client = begin_upgrade(sid);
  client.send(client_text("5") + client_text("4x"));
  client.frame();
  const std::string bad_request = "400 {\"code\":3,\"message\":\"Bad request\"}";
  EXPECT_EQ(get(sid), bad_request);
  EXPECT_EQ(post(sid, "4y"), bad_request);
  client.send(client_text("4z"));
  EXPECT_EQ(client.frame().payload, "4z");
}

TEST_P(Upgrading, ends_with_the_session) {
  const std::string sid = handshake();
  RawClient client = probe(sid);
  EXPECT_EQ(post(sid, "1"), "ok");
  EXPECT_TRUE(client.frame().close());
  expect_note("close transport close");
}

TEST_P(Upgrading, ends_when_the_session_is_closed) {
  const std::string sid = handshake();
  RawClient client = probe(sid);
  close(sid);
  EXPECT_TRUE(client.frame().close());
  EXPECT_EQ(get(sid),
            "6\x1e"
            "1");
}

class SlowUpgrade : public EngineTest {};

TEST_F(SlowUpgrade, has_a_time_limit) {
  options_.upgrade_timeout = 30ms;
  start(2);
  const std::string sid = handshake();
  RawClient client = probe(sid);
  EXPECT_TRUE(client.frame().close());
  EXPECT_EQ(post(sid, "4x"), "ok");
  EXPECT_EQ(get(sid), "4x");
}

}  // namespace
}  // namespace roomcast::engine
