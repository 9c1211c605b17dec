#include <string>
#include <vector>

#include "redis_fixture.hpp"

namespace roomcast::resp {
namespace {

using Strings = std::vector<std::string>;

class SubscriberTest : public RedisTest {
 protected:
  Subscriber::Done done(const std::string& name) {
    return [this, name] { events_.add("done " + name); };
  }
  std::int64_t publish(const RedisServer& server, std::string_view channel, std::string_view payload) {
    return server.command({"PUBLISH", channel, payload}).integer;
  }
};

TEST_F(SubscriberTest, messages_come_from_channels_and_patterns) {
  RedisServer server;
  make_subscriber(options_for(server.url()));
  home_.run([this] {
    subscriber_->subscribe("one", note_message());
    subscriber_->psubscribe("tw*", note_message());
    subscriber_->start();
  });
  events_.wait_for("subscriber ready");
  const std::string bytes("\0\r\n\xff", 4);
  EXPECT_EQ(publish(server, "one", "hello"), 1);
  EXPECT_EQ(publish(server, "two", bytes), 1);
  EXPECT_EQ(publish(server, "three", "nobody"), 0);
  EXPECT_EQ(events_.take(2), (Strings{"one hello", "tw* two " + bytes}));
}

TEST_F(SubscriberTest, a_subscription_made_later_is_confirmed) {
  RedisServer server;
  start_subscriber(options_for(server.url()));
  events_.wait_for("subscriber ready");
  home_.run([this] {
    subscriber_->subscribe("a", note_message(), done("a"));
    subscriber_->psubscribe("b*", note_message(), done("b*"));
  });
  EXPECT_EQ(events_.take(2), (Strings{"done a", "done b*"}));
  EXPECT_EQ(publish(server, "a", "1"), 1);
  EXPECT_EQ(publish(server, "bb", "2"), 1);
  EXPECT_EQ(events_.take(2), (Strings{"a 1", "b* bb 2"}));
}

TEST_F(SubscriberTest, after_an_unsubscribe_nothing_comes_even_from_inside_the_handler) {
  RedisServer server;
  make_subscriber(options_for(server.url()));
  home_.run([this] {
    subscriber_->subscribe("a", [this](std::string_view, std::string_view channel, std::string_view payload) {
      subscriber_->unsubscribe("a");
      events_.add(std::string(channel) + " " + std::string(payload));
    });
    subscriber_->psubscribe("p*", note_message());
    subscriber_->start();
  });
  events_.wait_for("subscriber ready");
  publish(server, "a", "1");
  publish(server, "a", "2");
  events_.wait_for("a 1");
  home_.run([this] { subscriber_->punsubscribe("p*"); });
  home_.run([this] { subscriber_->subscribe("end", note_message(), done("end")); });
  EXPECT_EQ(events_.take(1), (Strings{"done end"}));
  EXPECT_EQ(publish(server, "a", "3"), 0);
  EXPECT_EQ(publish(server, "pp", "4"), 0);
  home_.run([this] { EXPECT_EQ(subscriber_->subscriptions(), 1u); });
}

TEST_F(SubscriberTest, subscribing_and_unsubscribing_in_one_turn_ends_with_the_last_word) {
  RedisServer server;
  start_subscriber(options_for(server.url()));
  events_.wait_for("subscriber ready");
  home_.run([this] {
    subscriber_->subscribe("a", note_message(), done("first"));
    subscriber_->unsubscribe("a");
    subscriber_->subscribe("a", note_message(), done("second"));
    subscriber_->subscribe("b", note_message(), done("b"));
    subscriber_->unsubscribe("b");
    subscriber_->subscribe("c", note_message(), done("c"));
  });
  EXPECT_EQ(events_.take(2), (Strings{"done second", "done c"}));
  EXPECT_EQ(publish(server, "a", "1"), 1);
  EXPECT_EQ(publish(server, "b", "2"), 0);
  EXPECT_TRUE(subscriber_->ready());
}

TEST_F(SubscriberTest, a_restart_of_redis_ends_with_everything_subscribed_again) {
  RedisServer server;
  make_subscriber(options_for(server.url()));
  home_.run([this] {
    for (int n = 0; n < 2'500; ++n) subscriber_->subscribe("c" + std::to_string(n), note_message());
    for (int n = 0; n < 10; ++n) subscriber_->psubscribe("p" + std::to_string(n) + "*", note_message());
    subscriber_->start();
  });
  events_.wait_for("subscriber ready");
  server.kill();
  events_.wait_for("subscriber away");
  EXPECT_FALSE(subscriber_->ready());
  home_.run([this] {
    subscriber_->subscribe("meanwhile", note_message(), done("meanwhile"));
    subscriber_->unsubscribe("c0");
  });
  server.start();
  EXPECT_EQ(events_.take(2), (Strings{"done meanwhile", "subscriber ready"}));
  EXPECT_EQ(server.command({"PUBSUB", "CHANNELS"}).elements.size(), 2'500u);
  EXPECT_EQ(server.command({"PUBSUB", "NUMPAT"}).integer, 10);
  EXPECT_EQ(publish(server, "c2499", "1"), 1);
  EXPECT_EQ(publish(server, "p9x", "2"), 1);
  EXPECT_EQ(events_.take(2), (Strings{"c2499 1", "p9* p9x 2"}));
  EXPECT_EQ(metrics_.possible_gaps.value(), 1u);
}

TEST_F(SubscriberTest, a_connection_that_redis_kills_comes_back) {
  RedisServer server;
  make_subscriber(options_for(server.url()));
  home_.run([this] {
    subscriber_->subscribe("a", note_message());
    subscriber_->start();
  });
  events_.wait_for("subscriber ready");
  for (std::uint64_t n = 1; n <= 5; ++n) {
    EXPECT_EQ(server.command({"CLIENT", "KILL", "TYPE", "pubsub"}).integer, 1);
    EXPECT_EQ(events_.take(2), (Strings{"subscriber away", "subscriber ready"}));
    EXPECT_EQ(metrics_.reconnects.value(), n);
    EXPECT_EQ(publish(server, "a", "x"), 1);
    events_.wait_for("a x");
  }
  EXPECT_EQ(server.connections(), 1u);
}

TEST_F(SubscriberTest, redis_may_be_down_at_the_start) {
  RedisServer server;
  server.kill();
  make_subscriber(options_for(server.url()));
  home_.run([this] {
    subscriber_->subscribe("a", note_message());
    subscriber_->start();
  });
  while (metrics_.connect_failures.value() < 3) std::this_thread::yield();
  EXPECT_EQ(events_.count(), 0u);
  server.start();
  events_.wait_for("subscriber ready");
  EXPECT_EQ(publish(server, "a", "x"), 1);
  EXPECT_EQ(metrics_.possible_gaps.value(), 0u);
}

TEST_F(SubscriberTest, a_forbidden_channel_means_not_ready_until_it_is_allowed) {
  RedisServer server({"--user", "anna", "on", ">pw", "~*", "&ok*", "+@all"});
  make_subscriber(options_for("redis://anna:pw@127.0.0.1:" + std::to_string(server.port())));
  home_.run([this] {
    subscriber_->subscribe("ok", note_message());
    subscriber_->subscribe("forbidden", note_message());
    subscriber_->start();
  });
  while (metrics_.connect_failures.value() < 2) std::this_thread::yield();
  EXPECT_FALSE(subscriber_->ready());
  server.command({"ACL", "SETUSER", "anna", "&*"});
  events_.wait_for("subscriber ready");
}

TEST_F(SubscriberTest, a_redis_that_confirms_nothing_is_dialled_again) {
  RedisServer server;
  Options options = options_for(server.url());
  options.attempt_timeout = std::chrono::milliseconds(200);
  server.pause();
  make_subscriber(options);
  home_.run([this] {
    subscriber_->subscribe("a", note_message());
    subscriber_->start();
  });
  while (metrics_.connect_failures.value() < 2) std::this_thread::yield();
  server.resume();
  events_.wait_for("subscriber ready");
}

TEST_F(SubscriberTest, messages_keep_their_order_and_large_ones_arrive_whole) {
  RedisServer server;
  make_subscriber(options_for(server.url()));
  std::vector<std::size_t> sizes;
  home_.run([&] {
    subscriber_->subscribe("a", [&](std::string_view, std::string_view, std::string_view payload) {
      sizes.push_back(payload.size());
      events_.add("message");
    });
    subscriber_->start();
  });
  events_.wait_for("subscriber ready");
  start_commands(options_for(server.url()));
  const std::vector<std::size_t> sent{0, 1, 5'000'000, 17, 65'536, 1'000'000, 16'384, 3};
  home_.run([&] {
    for (const std::size_t size : sent) commands_->publish("a", std::string(size, 'x'));
  });
  for (std::size_t n = 0; n < sent.size(); ++n) events_.wait_for("message");
  home_.run([&] { EXPECT_EQ(sizes, sent); });
}

TEST_F(SubscriberTest, closing_inside_a_handler_is_the_end) {
  RedisServer server;
  make_subscriber(options_for(server.url()));
  home_.run([this] {
    subscriber_->subscribe("a", [this](std::string_view, std::string_view, std::string_view) {
      subscriber_->close();
      events_.add("closed");
    });
    subscriber_->start();
  });
  events_.wait_for("subscriber ready");
  publish(server, "a", "1");
  EXPECT_EQ(events_.take(2), (Strings{"subscriber away", "closed"}));
  while (server.connections() != 0) std::this_thread::yield();
  EXPECT_FALSE(subscriber_->ready());
}

}  // namespace
}  // namespace roomcast::resp
