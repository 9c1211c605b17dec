// Connections over real sockets, on a loop with a thread of its own.
#include <future>
#include <optional>
#include <stdexcept>

#include <gtest/gtest.h>

#include <net/epoll_engine.hpp>
#include <net/websocket_connection.hpp>
#include <support/loop_thread.hpp>
#include <support/raw_client.hpp>

namespace roomcast::net {
namespace {

using namespace std::chrono_literals;
using support::LoopThread;
using support::RawClient;

base::Frame bytes(std::string_view text) {
  base::FrameBuilder builder(text.size());
  builder.append(text);
  return std::move(builder).finish(base::FrameKind::binary, "");
}

/// Owns its connection and does what the test says.
struct TestConnection final : ConnectionHandler {
  void on_bytes(std::span<char> given) override {
    received.append(given.data(), given.size());
    if (at_bytes) at_bytes(given);
  }
  void on_end(EndCause cause) override {
    Connection::retire(std::move(connection));
    ended.set_value(cause);
  }
  void on_drained() override { drained.emplace(); }
  void on_pressure() override {
    ++pressures;
    blocked_then = connection->blocked();
    if (at_pressure) at_pressure();
  }

  /// Home: waits for nothing.
  void send(std::string_view text) { connection->send(bytes(text)); }
  EndCause end() {
    std::future<EndCause> future = ended.get_future();
    if (future.wait_for(RawClient::patience) != std::future_status::ready) throw std::runtime_error("no end");
    return future.get();
  }

  std::unique_ptr<Connection> connection;
  std::string received;
  std::function<void(std::span<char>)> at_bytes;
  std::optional<int> drained;
  int pressures = 0;
  bool blocked_then = false;
  std::function<void()> at_pressure;
  std::promise<EndCause> ended;
};

class EpollEngineTest : public testing::Test {
 protected:
  ~EpollEngineTest() override {
    home_.stop();
    for (auto& one : made_) one->connection.reset();
    engine_.reset();
  }

  void use(OutboxLimits limits) { engine_.emplace(home_.loop(), limits, buffered_); }

  /// A connection and the client at its other end.
  std::pair<TestConnection&, RawClient> connect() {
    if (!engine_) home_.run([&] { use({}); });
    auto [ours, theirs] = support::socket_pair();
    TestConnection& made = *made_.emplace_back(std::make_unique<TestConnection>());
    home_.run([&, &ours = ours] {
      made.connection = engine_->adopt(std::move(ours));
      made.connection->set_handler(&made);
    });
    return {made, RawClient(std::move(theirs))};
  }

  /// Turns the loop until `done()` holds there.
  template <class Done>
  void until(Done done) {
    const auto deadline = loop::Clock::now() + RawClient::patience;
    while (!home_.run(done)) {
      if (loop::Clock::now() > deadline) throw std::runtime_error("it did not come to that in time");
    }
  }

  LoopThread home_;
  base::BufferedBytes::Total all_{24 << 20};
  base::BufferedBytes buffered_{all_};
  std::optional<EpollEngine> engine_;
  std::vector<std::unique_ptr<TestConnection>> made_;
};

const std::string megabyte(1 << 20, 'm');

TEST_F(EpollEngineTest, bytes_come_up_and_frames_go_down) {
  auto [connection, client] = connect();
  home_.run(
      [&] { connection.at_bytes = [&](std::span<char> in) { connection.send({in.data(), in.size()}); }; });
  client.send("hello");
  EXPECT_EQ(client.read(5), "hello");
  client.send("again");
  EXPECT_EQ(client.read(5), "again");
}

TEST_F(EpollEngineTest, the_handler_may_change_the_bytes_in_place) {
  auto [connection, client] = connect();
  home_.run([&] {
    connection.at_bytes = [&](std::span<char> in) {
      std::ranges::fill(in, '*');
      connection.send({in.data(), in.size()});
    };
  });
  client.send("abc");
  EXPECT_EQ(client.read(3), "***");
}

TEST_F(EpollEngineTest, all_of_a_turn_leaves_in_order_at_its_end) {
  auto [connection, client] = connect();
  std::string all;
  home_.turn([&] {
    for (int i = 0; i < 500; ++i) {  // several gather writes
      const std::string one = std::to_string(i) + ",";
      connection.send(one);
      all += one;
    }
    EXPECT_EQ(connection.connection->buffered_bytes(), all.size());
    EXPECT_FALSE(connection.drained);
  });
  EXPECT_EQ(client.read(all.size()), all);
  home_.run([&] {
    EXPECT_EQ(connection.connection->buffered_bytes(), 0U);
    EXPECT_FALSE(connection.connection->blocked());
    EXPECT_TRUE(connection.drained);
  });
}

TEST_F(EpollEngineTest, what_a_peer_does_not_read_waits_and_goes_on_when_it_reads) {
  home_.run([&] { use({.max_bytes = 64 << 20}); });
  auto [connection, client] = connect();
  home_.turn([&] {
    for (int i = 0; i < 8; ++i) connection.send(megabyte);
  });
  home_.run([&] {
    EXPECT_TRUE(connection.connection->blocked());
    EXPECT_GT(connection.connection->buffered_bytes(), 0U);
    EXPECT_FALSE(connection.drained);
    connection.send("end");
  });
  for (int i = 0; i < 8; ++i) ASSERT_EQ(client.read(megabyte.size()), megabyte);
  EXPECT_EQ(client.read(3), "end");
  until([&] { return connection.drained.has_value(); });
  home_.run([&] {
    EXPECT_FALSE(connection.connection->blocked());
    EXPECT_EQ(connection.connection->buffered_bytes(), 0U);
  });
}

TEST_F(EpollEngineTest, a_peer_that_lets_too_many_bytes_wait_is_a_slow_consumer) {
  home_.run([&] { use({.max_bytes = 100'000}); });
  auto [connection, client] = connect();
  home_.turn([&] { connection.send(megabyte); });
  home_.turn([&] { connection.send("one more"); });
  EXPECT_EQ(connection.end(), EndCause::slow_consumer);
  EXPECT_EQ(engine_->open_connections(), 0U);
}

TEST_F(EpollEngineTest, a_handler_hears_of_pressure_when_the_kernel_refuses_and_when_it_takes_again) {
  home_.run([&] { use({.max_bytes = 64 << 20}); });
  auto [connection, client] = connect();
  home_.turn([&, &connection = connection] { connection.send("little"); });
  home_.run([&, &connection = connection] { EXPECT_EQ(connection.pressures, 0); });
  home_.turn([&, &connection = connection] {
    for (int i = 0; i < 8; ++i) connection.send(megabyte);
  });
  home_.run([&, &connection = connection] {
    EXPECT_EQ(connection.pressures, 1);
    EXPECT_TRUE(connection.blocked_then);
  });
  client.read(6 + 8 * megabyte.size());
  until([&, &connection = connection] { return connection.drained.has_value(); });
  home_.run([&, &connection = connection] {
    EXPECT_GT(connection.pressures, 1);
    EXPECT_FALSE(connection.blocked_then);
  });
}

// What is sent when the kernel takes bytes again counts as of that turn: it is no reason to end.
TEST_F(EpollEngineTest, a_handler_may_send_more_than_the_limit_once_the_kernel_has_taken_all) {
  home_.run([&] { use({.max_bytes = 100'000}); });
  auto [connection, client] = connect();
  home_.turn([&, &connection = connection] {
    connection.at_pressure = [&connection] {
      if (!std::exchange(connection.blocked_then, true))
        connection.send(std::exchange(connection.received, {}));
    };
    connection.received = megabyte;
    connection.send(megabyte + megabyte);
  });
  EXPECT_EQ(client.read(3 * megabyte.size()), megabyte + megabyte + megabyte);
}

TEST_F(EpollEngineTest, above_the_ceiling_who_keeps_most_ends_when_it_is_sent_more) {
  home_.run([&] { use({.max_bytes = 64 << 20}); });
  auto [small, small_client] = connect();
  auto [large, large_client] = connect();
  home_.turn([&, &small = small, &large = large] {
    small.send(megabyte);
    for (int i = 0; i < 8; ++i) large.send(megabyte);
  });
  home_.turn([&, &small = small, &large = large] {
    small.send("x");
    large.send("x");
  });
  home_.run([&, &large = large] {
    EXPECT_TRUE(large.connection);  // 24 MiB are allowed
    for (int i = 0; i < 17; ++i) large.send(megabyte);
  });
  EXPECT_EQ(large.end(), EndCause::memory_ceiling);
  home_.turn([&, &small = small] { small.send("x"); });
  home_.run([&, &small = small] { EXPECT_TRUE(small.connection); });
}

TEST_F(EpollEngineTest, one_turn_may_send_more_than_the_limit_to_a_peer_that_reads) {
  home_.run([&] { use({.max_bytes = 1000}); });
  auto [connection, client] = connect();
  home_.turn([&] {
    for (int i = 0; i < 4; ++i) connection.send(megabyte);
  });
  for (int i = 0; i < 4; ++i) ASSERT_EQ(client.read(megabyte.size()), megabyte);
  until([&] { return connection.drained.has_value(); });
}

// A peer that read a little before every message kept its connection, and what waited for it grew for ever.
TEST_F(EpollEngineTest, a_peer_that_reads_slower_than_it_is_written_to_is_a_slow_consumer) {
  home_.run([&] { use({.max_bytes = 1 << 20}); });
  auto [connection, client] = connect();
  std::future<EndCause> end = connection.ended.get_future();
  std::size_t most = 0;
  for (int i = 0; i < 50 && end.wait_for(0s) != std::future_status::ready; ++i) {
    home_.turn([&] {
      if (connection.connection) connection.send(megabyte);
    });
    most = std::max(
        most, home_.run([&] { return connection.connection ? connection.connection->buffered_bytes() : 0; }));
    client.read(100'000);
  }
  ASSERT_EQ(end.wait_for(0s), std::future_status::ready);
  EXPECT_EQ(end.get(), EndCause::slow_consumer);
  EXPECT_LE(most, 3U << 20);
}

TEST_F(EpollEngineTest, a_peer_that_reads_nothing_for_too_long_is_a_slow_consumer) {
  home_.run([&] { use({.max_bytes = 64 << 20, .max_age = 20ms}); });
  auto [connection, client] = connect();
  const auto began = loop::Clock::now();
  home_.turn([&] { connection.send(megabyte + megabyte); });
  EXPECT_EQ(connection.end(), EndCause::slow_consumer);
  EXPECT_GE(loop::Clock::now() - began, 20ms);
}

TEST_F(EpollEngineTest, the_age_does_not_count_once_all_is_taken) {
  home_.run([&] { use({.max_bytes = 64 << 20, .max_age = 10s}); });
  auto [connection, client] = connect();
  home_.turn([&] { connection.send(megabyte); });
  client.read(megabyte.size());
  until([&] { return connection.drained.has_value(); });
  EXPECT_EQ(home_.run([&] { return home_.loop().timers().next(); }), loop::TimePoint::max());
}

TEST_F(EpollEngineTest, a_paused_connection_reads_nothing_until_it_is_resumed) {
  auto [connection, client] = connect();
  auto [other, other_client] = connect();
  home_.run([&] { connection.connection->pause_reading(); });
  client.send("held");
  other_client.send("read");
  until([&, &other = other] { return other.received == "read"; });
  home_.run([&] {
    EXPECT_EQ(connection.received, "");
    connection.connection->resume_reading();
  });
  until([&] { return connection.received == "held"; });
}

TEST_F(EpollEngineTest, a_paused_connection_still_writes_and_still_notices_a_reset) {
  auto [connection, client] = connect();
  home_.turn([&] {
    connection.connection->pause_reading();
    connection.send("down");
  });
  EXPECT_EQ(client.read(4), "down");
  client.close();
  EXPECT_NO_THROW(connection.end());
}

TEST_F(EpollEngineTest, the_end_of_the_peers_stream_is_told_once) {
  auto [connection, client] = connect();
  client.send("last words");
  client.close();
  EXPECT_EQ(connection.end(), EndCause::closed_by_peer);
  EXPECT_EQ(connection.received, "last words");
  EXPECT_EQ(engine_->open_connections(), 0U);
}

// The request and the end of the peer's half arrive together: the answer used to be dropped.
TEST_F(EpollEngineTest, a_peer_that_ends_its_half_still_gets_what_that_turn_answered) {
  for (int i = 0; i < 200; ++i) {
    auto [connection, client] = connect();
    home_.run([&, &connected = connection] {
      connected.at_bytes = [&connected](std::span<char>) { connected.send("answer"); };
    });
    client.send("question");
    client.shutdown();
    ASSERT_EQ(client.read_to_end(), "answer");
    connection.end();
  }
}

TEST_F(EpollEngineTest, our_half_can_be_ended_while_the_peer_goes_on) {
  auto [connection, client] = connect();
  home_.turn([&] { connection.send("bye"); });
  home_.run([&] { connection.connection->shutdown_write(); });
  EXPECT_EQ(client.read_to_end(), "bye");
  client.send("still here");
  until([&] { return connection.received == "still here"; });
}

TEST_F(EpollEngineTest, a_connection_may_be_retired_inside_its_callback) {
  auto [connection, client] = connect();
  home_.run([&, &connection = connection, &client = client] {
    connection.at_bytes = [&](std::span<char> in) {
      connection.send("never sent");
      Connection::retire(std::move(connection.connection));
      in[0] = 'x';  // the buffer is still there
    };
    client.send("first");  // both before the loop reads: later the second might meet the end
    client.send("second");
  });
  EXPECT_EQ(client.read_to_end(), "");
  EXPECT_EQ(engine_->open_connections(), 0U);
}

TEST_F(EpollEngineTest, a_connection_may_retire_another_that_is_ready_in_the_same_turn) {
  auto [one, one_client] = connect();
  auto [two, two_client] = connect();
  const auto retire_the_other = [](TestConnection& other) {
    return [&other](std::span<char>) { Connection::retire(std::move(other.connection)); };
  };
  home_.run([&, &one = one, &two = two, &one_client = one_client, &two_client = two_client] {
    one.at_bytes = retire_the_other(two);
    two.at_bytes = retire_the_other(one);
    one_client.send("x");
    two_client.send("x");
  });
  until([&, &one = one, &two = two] { return !one.connection || !two.connection; });
  EXPECT_EQ(one.received + two.received, "x");
  EXPECT_EQ(engine_->open_connections(), 1U);
}

TEST_F(EpollEngineTest, moves_to_another_loop_with_what_was_not_read) {
  LoopThread elsewhere(1);
  base::BufferedBytes other_buffered(all_);
  std::optional<EpollEngine> other;
  elsewhere.run([&] { other.emplace(elsewhere.loop(), OutboxLimits{}, other_buffered); });
  TestConnection moved;
  auto [connection, client] = connect();
  home_.run([&] { connection.connection->pause_reading(); });
  client.send("unread");
  Detached detached = home_.run([&] {
    Detached released = connection.connection->release();
    Connection::retire(std::move(connection.connection));
    return released;
  });
  EXPECT_EQ(engine_->open_connections(), 0U);
  elsewhere.run([&] {
    moved.at_bytes = [&](std::span<char> in) { moved.send({in.data(), in.size()}); };
    moved.connection = other->adopt(std::move(detached.descriptor));
    moved.connection->set_handler(&moved);
    moved.connection->replay("read earlier, ");
  });
  EXPECT_EQ(client.read(20), "read earlier, unread");
  EXPECT_EQ(other->open_connections(), 1U);
  client.close();
  EXPECT_EQ(moved.end(), EndCause::closed_by_peer);
  elsewhere.run([&] { other.reset(); });
}

TEST_F(EpollEngineTest, end_all_tells_every_handler) {
  auto [one, one_client] = connect();
  auto [two, two_client] = connect();
  home_.run([&] { engine_->end_all(); });
  EXPECT_EQ(one.end(), EndCause::error);
  EXPECT_EQ(two.end(), EndCause::error);
  EXPECT_EQ(one_client.read_to_end(), "");
  EXPECT_EQ(engine_->open_connections(), 0U);
}

TEST_F(EpollEngineTest, what_lingers_when_the_engine_goes_goes_with_it) {
  auto [connection, client] = connect();
  home_.turn([&] { finish(std::move(connection.connection), "last"); });
  EXPECT_EQ(client.read_to_end(), "last");
  home_.stop();
  engine_.reset();  // a sanitizer would tell of a leak
}

TEST_F(EpollEngineTest, a_handler_that_throws_costs_nobody_else_anything) {
  auto [bad, bad_client] = connect();
  auto [good, good_client] = connect();
  home_.run([&, &bad = bad, &good = good] {
    bad.at_bytes = [](std::span<char>) { throw 42; };
    good.at_bytes = [&good](std::span<char>) { good.send("fine"); };
  });
  bad_client.send("x");
  until([&, &bad = bad] { return bad.received == "x"; });
  good_client.send("x");
  EXPECT_EQ(good_client.read(4), "fine");
}

TEST_F(EpollEngineTest, serves_more_connections_than_one_call_reports) {
  std::vector<RawClient> clients;
  for (int i = 0; i < 400; ++i) {
    auto [connection, client] = connect();
    home_.run([&, &connected = connection] {
      connected.at_bytes = [&connected](std::span<char> in) { connected.send({in.data(), in.size()}); };
    });
    clients.push_back(std::move(client));
  }
  for (RawClient& client : clients) client.send("ping");
  for (RawClient& client : clients) EXPECT_EQ(client.read(4), "ping");
}

TEST_F(EpollEngineTest, counts_bytes_both_ways_and_what_the_kernel_refuses) {
  home_.run([&] { use({.max_bytes = 64 << 20, .max_age = 1min}); });
  auto [connection, client] = connect();
  client.send("hello");
  until([&, &connection = connection] { return connection.received == "hello"; });
  EXPECT_EQ(engine_->bytes_received(), 5U);
  home_.turn([&, &connection = connection] {
    for (int i = 0; i < 20; ++i) connection.send(megabyte);
  });
  EXPECT_GT(buffered_.value(), 0U);
  EXPECT_EQ(buffered_.value() + engine_->bytes_sent(), 20 * megabyte.size());
  home_.turn([&, &connection = connection] { connection.send("more"); });
  EXPECT_EQ(buffered_.value() + engine_->bytes_sent(), 20 * megabyte.size() + 4);
  client.read(20 * megabyte.size() + 4);
  until([&] { return buffered_.value() == 0; });
  EXPECT_EQ(engine_->bytes_sent(), 20 * megabyte.size() + 4);
}

TEST_F(EpollEngineTest, what_a_connection_has_not_sent_does_not_outlive_it_in_the_count) {
  auto [connection, client] = connect();
  home_.turn([&, &connection = connection] {
    for (int i = 0; i < 20; ++i) connection.send(megabyte);
  });
  EXPECT_GT(buffered_.value(), 0U);
  home_.turn([&, &connection = connection] { Connection::retire(std::move(connection.connection)); });
  EXPECT_EQ(buffered_.value(), 0U);
}

}  // namespace
}  // namespace roomcast::net
