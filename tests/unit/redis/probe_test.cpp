#include <string>

#include "redis_fixture.hpp"

namespace roomcast::resp {
namespace {

using std::chrono::milliseconds;

class ProbeTest : public RedisTest {
 protected:
  ~ProbeTest() override {
    home_.run([this] { probe_.reset(); });
  }
  void start(const RedisServer& server, const std::string& subscriber_url = "") {
    Options options = options_for(server.url());
    options.attempt_timeout = milliseconds(300);
    make_commands(options);
    if (!subscriber_url.empty()) options.url = Url::parse(subscriber_url);
    make_subscriber(options);
    home_.run([this] {
      probe_ = std::make_unique<Probe>(
          home_.loop(), *commands_, *subscriber_,
          Probe::Options{milliseconds(50), milliseconds(20), milliseconds(500), milliseconds(300)}, metrics_);
      subscriber_->subscribe("self", [this](std::string_view, std::string_view, std::string_view payload) {
        if (deaf_) return;
        events_.add(probe_->consume(payload) ? "probe" : "other");
      });
      probe_->start("self");
      commands_->start();
      subscriber_->start();
    });
  }
  /// Waits for health without asking anybody to wait: a probe that comes back makes it so.
  void expect_healthy() {
    const auto deadline = std::chrono::steady_clock::now() + Events::patience;
    while (!probe_->healthy()) {
      ASSERT_LT(std::chrono::steady_clock::now(), deadline);
      std::this_thread::yield();
    }
  }
  void wait_until_unhealthy() {
    const auto deadline = std::chrono::steady_clock::now() + Events::patience;
    while (probe_->healthy()) {
      ASSERT_LT(std::chrono::steady_clock::now(), deadline);
      std::this_thread::yield();
    }
  }

  std::unique_ptr<Probe> probe_;
  bool deaf_ = false;  // home
};

TEST_F(ProbeTest, healthy_when_a_message_to_ourselves_has_come_back) {
  RedisServer server;
  start(server);
  expect_healthy();
  for (int n = 0; n < 5; ++n) events_.wait_for("probe");
  EXPECT_EQ(metrics_.probe_failures.value(), 0u);
  EXPECT_EQ(metrics_.reconnects.value(), 0u);
}

TEST_F(ProbeTest, takes_nobody_elses_message_for_its_own) {
  RedisServer server;
  start(server);
  expect_healthy();
  server.command({"PUBLISH", "self", "roomcast-probe:0123456789abcdef:1"});
  events_.wait_for("other");
}

TEST_F(ProbeTest, a_stopped_redis_is_noticed_and_healed) {
  RedisServer server;
  start(server);
  expect_healthy();
  server.pause();
  wait_until_unhealthy();
  events_.wait_for("subscriber away");
  EXPECT_FALSE(subscriber_->ready());
  EXPECT_GE(metrics_.probe_failures.value(), 1u);
  server.resume();
  expect_healthy();
  EXPECT_TRUE(subscriber_->ready());
  EXPECT_TRUE(commands_->ready());
}

TEST_F(ProbeTest, a_deaf_subscriber_is_made_to_reconnect) {
  RedisServer server;
  start(server);
  expect_healthy();
  home_.run([this] { deaf_ = true; });
  events_.wait_for("subscriber away");
  EXPECT_FALSE(probe_->healthy());
  events_.wait_for("subscriber ready");
  home_.run([this] { deaf_ = false; });
  expect_healthy();
  EXPECT_GE(metrics_.probe_failures.value(), 1u);
  EXPECT_GE(metrics_.possible_gaps.value(), 1u);
}

TEST_F(ProbeTest, a_subscriber_on_another_redis_is_deaf) {
  RedisServer server, other;
  start(server, other.url());
  events_.wait_for("subscriber ready");
  events_.wait_for("subscriber away");
  EXPECT_FALSE(probe_->healthy());
}

TEST_F(ProbeTest, the_subscriber_is_not_blamed_while_the_commands_are_away) {
  RedisServer server, other;
  start(server, other.url());
  server.kill();
  events_.wait_for("subscriber ready");
  const std::uint64_t gaps = metrics_.possible_gaps.value();
  const std::uint64_t attempts = metrics_.connect_attempts.value();
  while (metrics_.connect_attempts.value() < attempts + 50) std::this_thread::yield();
  EXPECT_TRUE(subscriber_->ready());
  EXPECT_EQ(metrics_.possible_gaps.value(), gaps);
  EXPECT_FALSE(probe_->healthy());
}

TEST_F(ProbeTest, healthy_again_after_a_restart_of_redis) {
  RedisServer server;
  start(server);
  for (int n = 0; n < 3; ++n) {
    expect_healthy();
    server.kill();
    wait_until_unhealthy();
    server.start();
  }
  expect_healthy();
}

TEST_F(ProbeTest, may_be_destroyed_first) {
  RedisServer server;
  start(server);
  expect_healthy();
  home_.run([this] {
    subscriber_->unsubscribe("self");
    probe_.reset();
  });
  server.restart();
  events_.wait_for("subscriber ready");
}

}  // namespace
}  // namespace roomcast::resp
