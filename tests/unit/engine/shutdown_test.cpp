// The end of a server, with clients and without.
#include <filesystem>

#include "engine_fixture.hpp"

namespace roomcast::engine {
namespace {

using namespace std::chrono_literals;
using support::client_text;

class Shutdown : public EngineTest {
 protected:
  loop::Clock::duration time_to_close() {
    const auto began = loop::Clock::now();
    server_->close();
    return loop::Clock::now() - began;
  }
};

std::size_t open_descriptors() {
  return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator("/proc/self/fd"), {}));
}

TEST_F(Shutdown, clients_that_take_their_leave_do_not_hold_it_up) {
  start(2);
  const std::string polling = handshake(), between_polls = handshake();
  RawClient waiting = pending_get(polling);
  RawClient socket = websocket_session();
  RawClient idle = connect();
  RawClient upgrading = probe(between_polls);
  std::thread clients([&] {
    EXPECT_EQ(waiting.response().body, "1");
    EXPECT_EQ(waiting.read_to_end(), "");
    waiting.close();
    EXPECT_TRUE(socket.frame().close());
    EXPECT_EQ(socket.read_to_end(), "");
    socket.close();
    EXPECT_EQ(idle.read_to_end(), "");
    EXPECT_TRUE(upgrading.frame().close());
    upgrading.read_to_end();
    upgrading.close();
  });
  EXPECT_LT(time_to_close(), 2s);
  clients.join();
  for (int i = 0; i < 3; ++i) expect_note("close forced close: server shutting down");
  EXPECT_EQ(notes(), std::vector<std::string>{});
  EXPECT_EQ(server_->clients_count(), 0U);
}

TEST_F(Shutdown, what_was_sent_just_before_still_arrives) {
  start();
  std::string sid;
  RawClient socket = websocket_session(&sid);
  const std::string polling = handshake();
  RawClient waiting = pending_get(polling);
  send(sid, "last");
  send(polling, "last");
  std::thread clients([&] {
    EXPECT_EQ(socket.frame().payload, "4last");
    EXPECT_TRUE(socket.frame().close());
    socket.close();
    EXPECT_EQ(waiting.response().body, "4last");
    waiting.close();
  });
  EXPECT_LT(time_to_close(), 2s);
  clients.join();
}

TEST_F(Shutdown, clients_that_do_not_leave_are_dropped_when_the_time_is_up) {
  options_.drain_timeout = 50ms;
  start(2);
  RawClient socket = websocket_session();
  RawClient half = connect();
  half.send("POST /engine.io/?" + of(handshake()) + " HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n4half");
  const auto took = time_to_close();
  EXPECT_GE(took, 50ms);
  EXPECT_LT(took, 5s);
  EXPECT_EQ(server_->clients_count(), 0U);
}

TEST_F(Shutdown, nobody_is_let_in_any_more) {
  start();
  const std::uint16_t port = server_->port();
  server_->close();
  EXPECT_THROW(RawClient{port}, std::system_error);
}

// The request had been half read when the sessions were ended, and began one that nobody ended.
TEST_F(Shutdown, no_session_begins_behind_it) {
  start();
  RawClient half = connect();
  half.send("GET /engine.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nx");
  std::thread closing([&] { server_->close(); });
  until([&] { return server_->draining(); });
  try {
    half.send("x");
    half.read_to_end();
  } catch (const std::system_error&) {
  }
  half.close();
  closing.join();
  EXPECT_EQ(server_->clients_count(), 0U);
}

TEST_F(Shutdown, may_be_asked_for_twice_and_without_a_start) {
  start();
  server_->close();
  server_->close();
  make();
  server_->close();
  make();
  server_->listen();
  const std::uint16_t port = server_->port();
  server_->close();
  EXPECT_THROW(RawClient{port}, std::system_error);
}

TEST_F(Shutdown, a_thousand_servers_leave_no_descriptor_behind) {
  start();
  server_.reset();
  const std::size_t before = open_descriptors();
  for (int i = 0; i < 1000; ++i) {
    start();
    server_.reset();
  }
  EXPECT_EQ(open_descriptors(), before);
}

TEST_F(Shutdown, with_clients_it_leaves_no_descriptor_behind_either) {
  options_.drain_timeout = 0ms;
  start(2);
  server_.reset();
  const std::size_t before = open_descriptors();
  for (int i = 0; i < 50; ++i) {
    start(2);
    RawClient socket = websocket_session();
    const std::string sid = handshake();
    RawClient waiting = begin_get(sid);
    RawClient moving = begin_upgrade(sid);
    moving.send(client_text("2probe"));
    server_.reset();
  }
  EXPECT_EQ(open_descriptors(), before);
}

}  // namespace
}  // namespace roomcast::engine
