#include <filesystem>
#include <iterator>
#include <random>
#include <set>
#include <string>

#include "redis_fixture.hpp"

namespace roomcast::resp {
namespace {

using std::chrono::milliseconds;

class RandomKillsTest : public RedisTest {
 protected:
  static std::size_t descriptors() {
    return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator("/proc/self/fd"),
                                                  std::filesystem::directory_iterator()));
  }
};

// The bug of many servers: after one of a hundred blips one of them never hears anything again.
TEST_F(RandomKillsTest, fifty_of_them_leave_no_deaf_subscriber_no_duplicate_and_no_descriptor) {
  RedisServer server;
  Options options = options_for(server.url());
  options.attempt_timeout = milliseconds(500);
  make_commands(options);
  make_subscriber(options);
  std::unique_ptr<Probe> probe;
  std::multiset<std::string> heard;  // home
  home_.run([&] {
    probe = std::make_unique<Probe>(
        home_.loop(), *commands_, *subscriber_,
        Probe::Options{milliseconds(50), milliseconds(20), milliseconds(500), milliseconds(500)}, metrics_);
    subscriber_->subscribe("self", [&](std::string_view, std::string_view, std::string_view payload) {
      if (probe->consume(payload)) return;
      heard.emplace(payload);
      events_.add(std::string(payload));
    });
    probe->start("self");
    commands_->start();
    subscriber_->start();
  });
  const auto wait_until_healthy = [&] {
    const auto deadline = std::chrono::steady_clock::now() + Events::patience;
    while (!probe->healthy()) {
      ASSERT_LT(std::chrono::steady_clock::now(), deadline) << "deaf";
      std::this_thread::yield();
    }
  };
  wait_until_healthy();
  const std::size_t before = descriptors();

  std::mt19937 random(20'231);
  for (int n = 0; n < 50; ++n) {
    home_.run([&] { commands_->publish("self", "under way " + std::to_string(n)); });
    switch (random() % 4) {
      case 0:
        server.restart();
        break;
      case 1:
        server.command({"CLIENT", "KILL", "TYPE", "pubsub"});
        break;
      case 2:
        server.command({"CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"});
        break;
      case 3:
        server.command({"CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"});
        server.command({"CLIENT", "KILL", "TYPE", "pubsub"});
        break;
    }
    // Deaf or not: what is published by somebody else from some moment on must arrive. Until our side has
    // noticed the kill it may still call itself healthy, so the message is repeated with a new number until
    // one is heard.
    for (int tries = 0;; ++tries) {
      ASSERT_LT(tries, 1'000) << "deaf after kill " << n;
      wait_until_healthy();
      if (server.command({"PUBLISH", "self", "after " + std::to_string(n)}).integer == 1) break;
    }
    events_.wait_for("after " + std::to_string(n));
  }

  wait_until_healthy();
  EXPECT_EQ(descriptors(), before);
  EXPECT_LE(server.connections(), 2u);
  EXPECT_EQ(metrics_.commands_dropped.value(), 0u);
  home_.run([&] {
    for (int n = 0; n < 50; ++n) {
      EXPECT_EQ(heard.count("after " + std::to_string(n)), 1u);
      EXPECT_LE(heard.count("under way " + std::to_string(n)), 1u);
    }
    probe.reset();
    subscriber_->unsubscribe("self");
  });
}

}  // namespace
}  // namespace roomcast::resp
