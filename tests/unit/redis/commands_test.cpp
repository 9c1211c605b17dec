#include <string>
#include <vector>

#include "redis_fixture.hpp"

namespace roomcast::resp {
namespace {

using std::chrono::milliseconds;
using Strings = std::vector<std::string>;

class CommandsTest : public RedisTest {};

TEST_F(CommandsTest, a_command_is_answered_over_tcp_and_over_a_unix_socket) {
  RedisServer server;
  start_commands(options_for(server.url()));
  EXPECT_EQ(ask({"SET", "key", "value\r\n"}), "+OK");
  EXPECT_EQ(ask({"GET", "key"}), "$value\r\n");
  EXPECT_TRUE(commands_->ready());
  EXPECT_EQ(
      server.command({"CLIENT", "LIST", "TYPE", "normal"}).text.find("name=roomcast ") == std::string::npos,
      false);

  support::LoopThread other;
  Commands over_unix(other.loop(), options_for(server.unix_url()), metrics_);
  other.run([&] {
    over_unix.start();
    over_unix.command({"GET", "key"}, note());
  });
  events_.wait_for("$value\r\n");
  other.run([&] { over_unix.close(); });
}

TEST_F(CommandsTest, a_thousand_commands_of_one_turn_are_answered_in_order) {
  RedisServer server;
  start_commands(options_for(server.url()));
  events_.wait_for("commands ready");
  home_.run([this] {
    for (int n = 0; n < 1'000; ++n) commands_->command({"ECHO", std::to_string(n)}, note());
  });
  const Strings answers = events_.take(1'000);
  for (int n = 0; n < 1'000; ++n) ASSERT_EQ(answers[static_cast<std::size_t>(n)], "$" + std::to_string(n));
}

TEST_F(CommandsTest, an_error_of_redis_is_a_reply_and_the_next_command_follows) {
  RedisServer server;
  start_commands(options_for(server.url()));
  EXPECT_EQ(ask({"INCR"}), "-ERR wrong number of arguments for 'incr' command");
  EXPECT_EQ(ask({"PING"}), "+PONG");
}

TEST_F(CommandsTest, a_pipeline_has_one_handler_for_all_of_its_replies) {
  RedisServer server;
  start_commands(options_for(server.url()));
  home_.run([this] {
    commands_->pipeline("*1\r\n$5\r\nMULTI\r\n*2\r\n$4\r\nINCR\r\n$1\r\nn\r\n*1\r\n$4\r\nEXEC\r\n", 3,
                        note("all "));
    commands_->command({"GET", "n"}, note());
  });
  EXPECT_EQ(events_.take(3), (Strings{"commands ready", "all [+OK +QUEUED [:1]]", "$1"}));
}

TEST_F(CommandsTest, what_would_spoil_the_connection_is_refused) {
  RedisServer server;
  start_commands(options_for(server.url()));
  EXPECT_EQ(ask({"subscribe", "x"}), "!not_allowed");
  EXPECT_EQ(ask({"MULTI"}), "!not_allowed");
  EXPECT_EQ(ask({}), "!not_allowed");
  EXPECT_EQ(ask({"PING"}), "+PONG");
}

TEST_F(CommandsTest, a_publish_above_the_limit_is_refused_and_counted) {
  RedisServer server;
  Options options = options_for(server.url());
  options.max_publish_bytes = 10;
  start_commands(options);
  EXPECT_EQ(ask({"PUBLISH", "c", "1234567890"}), ":0");
  EXPECT_EQ(ask({"publish", "c", "12345678901"}), "!publish_too_large");
  home_.run([this] {
    EXPECT_TRUE(commands_->publish("c", "1234567890", note()));
    EXPECT_FALSE(commands_->publish("c", "12345678901", note()));
  });
  EXPECT_EQ(metrics_.publish_refused.value(), 2u);
  EXPECT_FALSE(commands_->publish_allowed(11));
  EXPECT_EQ(metrics_.publish_refused.value(), 3u);
}

TEST_F(CommandsTest, a_reply_above_the_limit_ends_the_connection_and_the_next_command_has_a_new_one) {
  RedisServer server;
  Options options = options_for(server.url());
  options.max_reply_bytes = 1'000;
  start_commands(options);
  EXPECT_EQ(ask({"SETRANGE", "large", "5000", "x"}), ":5001");
  EXPECT_EQ(ask({"GET", "large"}), "!connection_lost");
  EXPECT_EQ(ask({"STRLEN", "large"}), ":5001");
}

TEST_F(CommandsTest, redis_may_be_down_at_the_start) {
  RedisServer server;
  server.kill();
  start_commands(options_for(server.url()));
  home_.run([this] { commands_->command({"PING"}, note()); });
  while (metrics_.connect_failures.value() < 3) std::this_thread::yield();
  EXPECT_FALSE(commands_->ready());
  server.start();
  EXPECT_EQ(events_.take(2), (Strings{"commands ready", "+PONG"}));
  EXPECT_EQ(metrics_.reconnects.value(), 0u);
}

TEST_F(CommandsTest, a_host_that_does_not_exist_is_tried_for_ever) {
  start_commands(options_for("redis://no-such-host.invalid"));
  while (metrics_.connect_failures.value() < 2) std::this_thread::yield();
  EXPECT_FALSE(commands_->ready());
}

TEST_F(CommandsTest, commands_given_while_redis_is_away_are_sent_in_order_when_it_is_back) {
  RedisServer server;
  start_commands(options_for(server.url()));
  events_.wait_for("commands ready");
  server.kill();
  events_.wait_for("commands away");
  home_.run([this] {
    for (int n = 0; n < 100; ++n) commands_->command({"RPUSH", "list", std::to_string(n)}, note());
  });
  server.start();
  const Strings answers = events_.take(101);
  EXPECT_EQ(answers[0], "commands ready");
  for (int n = 1; n <= 100; ++n) ASSERT_EQ(answers[static_cast<std::size_t>(n)], ":" + std::to_string(n));
  const Reply list = server.command({"LRANGE", "list", "0", "-1"});
  ASSERT_EQ(list.elements.size(), 100u);
  for (std::size_t n = 0; n < 100; ++n) ASSERT_EQ(list.elements[n].text, std::to_string(n));
  EXPECT_EQ(metrics_.reconnects.value(), 1u);
  EXPECT_EQ(metrics_.commands_dropped.value(), 0u);
}

TEST_F(CommandsTest, what_does_not_fit_into_the_buffer_is_dropped_and_counted_and_the_rest_keeps_its_order) {
  RedisServer server;
  server.kill();
  Options options = options_for(server.url());
  options.max_outbound_bytes = 10'000;
  start_commands(options);
  const std::string payload(900, 'x');
  home_.run([&] {
    for (int n = 0; n < 20; ++n) commands_->command({"RPUSH", "list", payload + std::to_string(n)}, note());
  });
  const Strings dropped = events_.take(10);
  EXPECT_EQ(dropped, Strings(10, "!dropped"));
  EXPECT_EQ(metrics_.commands_dropped.value(), 10u);
  server.start();
  events_.wait_for(":10");
  const Reply list = server.command({"LRANGE", "list", "0", "-1"});
  ASSERT_EQ(list.elements.size(), 10u);
  for (std::size_t n = 0; n < 10; ++n) ASSERT_EQ(list.elements[n].text, payload + std::to_string(n));
}

TEST_F(CommandsTest, one_command_fits_however_large_it_is) {
  RedisServer server;
  Options options = options_for(server.url());
  options.max_outbound_bytes = 10;
  start_commands(options);
  EXPECT_EQ(ask({"SET", "key", std::string(3'000'000, 'x')}), "+OK");
  home_.run([this] {  // while it is connected, what is full is written, and the next begins
    commands_->command({"SET", "key", std::string(100, 'x')}, note());
    commands_->command({"STRLEN", "key"}, note());
  });
  events_.wait_for(":100");
}

TEST_F(CommandsTest, what_waits_too_long_is_dropped_and_what_came_later_is_sent) {
  RedisServer server;
  server.kill();
  Options options = options_for(server.url());
  options.max_outbound_age = milliseconds(150);
  start_commands(options);
  home_.run([this] { commands_->command({"RPUSH", "list", "old"}, note()); });
  events_.wait_for("!dropped");
  EXPECT_EQ(metrics_.commands_dropped.value(), 1u);
  home_.run([this] {
    EXPECT_EQ(commands_->waiting(), 0u);
    commands_->close();
    commands_->command({"PING"}, note());
  });
  events_.wait_for("!closed");
}

TEST_F(CommandsTest, a_written_command_is_never_sent_again) {
  RedisServer server;
  start_commands(options_for(server.url()));
  EXPECT_EQ(ask({"PING"}), "+PONG");
  server.pause();
  home_.turn([this] { commands_->command({"INCR", "n"}, note()); });
  server.kill();
  events_.wait_for("!connection_lost");
  EXPECT_EQ(metrics_.commands_unknown.value(), 1u);
  server.start();
  events_.wait_for("commands ready");
  EXPECT_EQ(ask({"GET", "n"}), "nil");
}

TEST_F(CommandsTest, a_redis_that_answers_nothing_is_noticed) {
  RedisServer server;
  Options options = options_for(server.url());
  options.reply_timeout = milliseconds(200);
  options.attempt_timeout = milliseconds(200);
  start_commands(options);
  EXPECT_EQ(ask({"PING"}), "+PONG");
  server.pause();
  home_.run([this] { commands_->command({"PING"}, note()); });
  events_.wait_for("!connection_lost");
  const std::uint64_t failures = metrics_.connect_failures.value();
  while (metrics_.connect_failures.value() < failures + 2)
    std::this_thread::yield();  // accepted, and not answered
  server.resume();
  events_.wait_for("commands ready");
  EXPECT_EQ(ask({"PING"}), "+PONG");
}

TEST_F(CommandsTest, an_idle_connection_is_left_alone) {
  RedisServer server;
  Options options = options_for(server.url());
  options.reply_timeout = milliseconds(200);
  start_commands(options);
  EXPECT_EQ(ask({"PING"}), "+PONG");
  // Another connection's answers tell the time: many times what this one's timeouts are.
  support::LoopThread other;
  Commands clock(other.loop(), options_for(server.url()), metrics_);
  Events ticks;
  other.run([&] { clock.start(); });
  for (int n = 0; n < 40; ++n) {
    other.run([&] {
      clock.command({"EVAL",
                     "local t=redis.call('TIME') local e=t[1]*1000000+t[2]+30000 repeat t=redis.call('TIME') "
                     "until t[1]*1000000+t[2]>=e return 1",
                     "0"},
                    [&ticks](const Result&) { ticks.add("tick"); });
    });
    ticks.take(1);
  }
  other.run([&] { clock.close(); });
  EXPECT_EQ(ask({"PING"}), "+PONG");
  EXPECT_EQ(metrics_.reconnects.value(), 0u);
}

TEST_F(CommandsTest, closing_fails_what_waits_and_may_be_done_inside_a_handler) {
  RedisServer server;
  start_commands(options_for(server.url()));
  EXPECT_EQ(ask({"PING"}), "+PONG");
  events_.wait_for("commands ready");
  home_.run([this] {
    commands_->command({"ECHO", "1"}, [this](const Result& result) {
      events_.add(to_text(result));
      commands_->command({"ECHO", "3"}, note());
      commands_->close();
    });
    commands_->command({"ECHO", "2"}, note());
  });
  EXPECT_EQ(events_.take(4), (Strings{"$1", "commands away", "!connection_lost", "!closed"}));
  EXPECT_FALSE(commands_->ready());
  home_.run([this] { commands_->close(); });
}

TEST_F(CommandsTest, a_handler_that_throws_does_no_harm) {
  RedisServer server;
  start_commands(options_for(server.url()));
  home_.run([this] {
    commands_->command({"PING"}, [](const Result&) { throw std::runtime_error("a test's"); });
    commands_->command({"PING"}, note());
  });
  events_.wait_for("+PONG");
}

TEST_F(CommandsTest, user_password_and_database_are_used) {
  RedisServer server({"--user", "anna", "on", ">p@ss", "~*", "&*", "+@all", "--requirepass", "secret"});
  const std::string at = "@127.0.0.1:" + std::to_string(server.port());
  start_commands(options_for("redis://anna:p%40ss" + at + "/3"));
  EXPECT_EQ(ask({"ACL", "WHOAMI"}), "$anna");
  EXPECT_EQ(ask({"SET", "here", "1"}), "+OK");
  home_.run([this] { commands_.reset(); });
  start_commands(options_for("redis://:secret" + at + "/3"));
  EXPECT_EQ(ask({"ACL", "WHOAMI"}), "$default");
  EXPECT_EQ(ask({"GET", "here"}), "$1");
  home_.run([this] { commands_.reset(); });
  start_commands(options_for("redis://:secret" + at));
  EXPECT_EQ(ask({"GET", "here"}), "nil");
}

TEST_F(CommandsTest, a_wrong_password_is_tried_again_until_it_is_right) {
  RedisServer server({"--user", "anna", "on", ">right", "~*", "&*", "+@all"});
  start_commands(options_for("redis://anna:wrong@127.0.0.1:" + std::to_string(server.port())));
  while (metrics_.connect_failures.value() < 2) std::this_thread::yield();
  EXPECT_FALSE(commands_->ready());
  EXPECT_EQ(server.command({"ACL", "SETUSER", "anna", ">wrong"}).text, "OK");
  EXPECT_EQ(ask({"ACL", "WHOAMI"}), "$anna");
}

TEST_F(CommandsTest, a_missing_password_and_a_database_that_does_not_exist_are_not_usable) {
  RedisServer server({"--requirepass", "secret"});
  start_commands(options_for(server.url()));
  while (metrics_.connect_failures.value() < 2) std::this_thread::yield();
  EXPECT_FALSE(commands_->ready());
  home_.run([this] { commands_.reset(); });
  start_commands(options_for("redis://:secret@127.0.0.1:" + std::to_string(server.port()) + "/99"));
  const std::uint64_t before = metrics_.connect_failures.value();
  while (metrics_.connect_failures.value() < before + 2) std::this_thread::yield();
  EXPECT_FALSE(commands_->ready());
}

}  // namespace
}  // namespace roomcast::resp
