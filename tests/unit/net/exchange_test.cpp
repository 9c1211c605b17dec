// Answers from other threads.
#include <thread>

#include <net/epoll_engine.hpp>
#include <support/loop_thread.hpp>
#include <support/raw_client.hpp>

#include "http_fixture.hpp"

namespace roomcast::net {
namespace {

using support::LoopThread;
using support::RawClient;

/// HTTP over sockets, on a loop of its own.
class ExchangeTest : public testing::Test {
 protected:
  ExchangeTest() {
    home_.run([&] {
      engine_.emplace(home_.loop(), OutboxLimits{}, buffered_);
      connections_.emplace(home_.loop(), handler_, HttpLimits{}, metrics_);
    });
  }
  ~ExchangeTest() override { end(); }

  RawClient connect() {
    auto [ours, theirs] = support::socket_pair();
    home_.run([&, &ours = ours] { connections_->add(engine_->adopt(std::move(ours)), {}); });
    return RawClient(std::move(theirs));
  }
  void end() {
    home_.stop();
    connections_.reset();
    engine_.reset();
  }

  base::Metrics metrics_;
  TestHandler handler_;
  LoopThread home_;
  base::BufferedBytes::Total all_{0};
  base::BufferedBytes buffered_{all_};
  std::optional<EpollEngine> engine_;
  std::optional<HttpConnections> connections_;
};

constexpr std::string_view get = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";

TEST_F(ExchangeTest, an_answer_may_come_from_another_thread) {
  std::vector<std::thread> threads;
  home_.run([&] {
    handler_.at_request = [&](HttpRequest, const Exchange& exchange) {
      threads.emplace_back([exchange] { exchange.respond({.body = "from afar"}); });
    };
  });
  RawClient client = connect();
  for (int i = 0; i < 20; ++i) {
    client.send(get);
    EXPECT_EQ(client.response().body, "from afar");
  }
  end();
  for (std::thread& thread : threads) thread.join();
}

TEST_F(ExchangeTest, of_several_threads_one_answers) {
  std::vector<std::thread> threads;
  home_.run([&] {
    handler_.at_request = [&](HttpRequest, const Exchange& exchange) {
      for (int i = 0; i < 4; ++i) threads.emplace_back([exchange] { exchange.respond({.body = "one"}); });
    };
  });
  RawClient client = connect();
  client.send(get);
  EXPECT_EQ(client.response().body, "one");
  client.send("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(client.response().body, "one");
  EXPECT_EQ(client.read_to_end(), "");
  end();
  for (std::thread& thread : threads) thread.join();
}

TEST_F(ExchangeTest, another_thread_may_abort) {
  home_.run([&] { handler_.at_request = [](HttpRequest, const Exchange&) {}; });
  RawClient client = connect();
  client.send(get);
  while (!home_.run([&] { return static_cast<bool>(handler_.last); })) {
  }
  home_.run([&] { return handler_.last; }).abort();
  EXPECT_EQ(client.read_to_end(), "");
}

TEST_F(ExchangeTest, an_answer_to_a_peer_that_has_gone_is_dropped) {
  home_.run([&] { handler_.at_request = [](HttpRequest, const Exchange&) {}; });
  RawClient client = connect();
  client.send(get);
  while (!home_.run([&] { return static_cast<bool>(handler_.last); })) {
  }
  client.close(true);
  while (home_.run([&] { return handler_.aborts.empty(); })) {
  }
  const Exchange exchange = home_.run([&] { return handler_.last; });
  exchange.respond({.body = "late"});
  home_.turn([] {});
}

// Whoever keeps an exchange for long may be the last to remember the server.
TEST_F(ExchangeTest, an_answer_after_the_end_of_the_loop_is_dropped) {
  Exchange kept;
  {
    base::Metrics metrics;
    TestHandler handler;
    loop::Loop loop(0);
    support::MemoryPeer peer(loop);
    HttpConnections connections(loop, handler, {}, metrics);
    handler.at_request = [&](HttpRequest, const Exchange& exchange) { kept = exchange; };
    support::turn(loop, [&] {
      connections.add(peer.connect(), {});
      peer.says(get);
    });
  }
  ASSERT_TRUE(kept);
  kept.respond({.body = "far too late"});
  kept.abort();
}

}  // namespace
}  // namespace roomcast::net
