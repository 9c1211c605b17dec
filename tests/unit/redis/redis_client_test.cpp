#include <algorithm>
#include <deque>
#include <future>
#include <string>
#include <thread>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_future.hpp>
#include <gtest/gtest.h>

#include <roomcast/redis_client.hpp>
#include <support/redis_server.hpp>

namespace roomcast {
namespace {

using support::RedisServer;

/// Runs a coroutine to its end on a context of its own, on this thread. The context outlives the client,
/// which may still be in the act of waking it.
template <class T>
T run(Task<T> task) {
  static std::deque<boost::asio::io_context> contexts;
  boost::asio::io_context& context = contexts.emplace_back();
  auto result = boost::asio::co_spawn(context, std::move(task), boost::asio::use_future);
  context.run();
  return result.get();
}

/// The code that a command fails with.
template <class T>
boost::system::error_code failure(Task<T> task) {
  try {
    run(std::move(task));
  } catch (const RedisError& e) {
    return e.code();
  }
  return {};
}

TEST(RedisClient, commands_are_answered) {
  RedisServer server;
  RedisClient client(server.url());
  run([](RedisClient& redis) -> Task<void> {
    const std::string key = "a key that is long enough to be allocated";
    const std::string name = "another text that is long enough to be allocated";
    EXPECT_EQ((co_await redis.command({"HSET", key, "name", name, "n", 123'456})).integer, 2);
    const RedisReply all = co_await redis.command({"HGET", key, "name"});
    EXPECT_TRUE(all.is_bulk());
    EXPECT_EQ(all.text, name);
    RedisCommand words("HMGET");
    words.add(key).add("n").add("nothing");
    EXPECT_EQ((co_await redis.command(words)).elements.at(0).text, "123456");
    EXPECT_TRUE((co_await redis.command({"GET", "nothing"})).is_nil());
  }(client));
  EXPECT_TRUE(client.ready());
}

TEST(RedisClient, an_error_of_redis_is_thrown_with_its_text) {
  RedisServer server;
  RedisClient client(server.url());
  run(client.command({"SET", "text", "x"}));
  try {
    run(client.command({"LPUSH", "text", "y"}));
    FAIL();
  } catch (const RedisError& e) {
    EXPECT_EQ(e.code(), RedisErrorCode::error_reply);
    EXPECT_NE(std::string(e.what()).find("WRONGTYPE"), std::string::npos);
  }
}

TEST(RedisClient, multi_is_one_transaction_with_a_reply_per_command) {
  RedisServer server;
  RedisClient client(server.url());
  const std::vector<RedisReply> replies =
      run(client.multi({{"SET", "text", "x"}, {"INCR", "n"}, {"LPUSH", "text", "y"}, {"INCR", "n"}}));
  ASSERT_EQ(replies.size(), 4u);
  EXPECT_EQ(replies[0], RedisReply::status("OK"));
  EXPECT_EQ(replies[1], RedisReply::number(1));
  EXPECT_TRUE(replies[2].is_error());
  EXPECT_EQ(replies[3], RedisReply::number(2));
  EXPECT_TRUE(run(client.multi({})).empty());
  EXPECT_EQ(run(client.multi({{"GET", "n"}})).at(0), RedisReply::bulk("2"));
  RedisTransaction transaction;
  for (int n = 0; n < 20; ++n) transaction.add({"INCRBY", "n", 5});
  EXPECT_EQ(run(client.multi(transaction)).at(19), RedisReply::number(102));
  run([](RedisClient& redis) -> Task<void> {
    const std::string key = "a key that is long enough to be allocated";
    const std::vector<RedisReply> both =
        co_await redis.multi({{"SET", key, "a value that is long enough to be allocated"}, {"GET", key}});
    EXPECT_EQ(both.at(1).text, "a value that is long enough to be allocated");
    EXPECT_EQ((co_await redis.multi({{"STRLEN", key}})).at(0).integer, 43);
  }(client));
}

TEST(RedisClient, a_transaction_that_cannot_be_executed_throws_the_reason_and_does_nothing) {
  RedisServer server;
  RedisClient client(server.url());
  try {
    run(client.multi({{"INCR", "n"}, {"NONSENSE", "x"}}));
    FAIL();
  } catch (const RedisError& e) {
    EXPECT_EQ(e.code(), RedisErrorCode::transaction_aborted);
    EXPECT_NE(std::string(e.what()).find("unknown command 'NONSENSE'"), std::string::npos);
  }
  EXPECT_TRUE(run(client.command({"GET", "n"})).is_nil());
  EXPECT_EQ(failure(client.multi({{"INCR", "n"}, {"EXEC"}})), RedisErrorCode::not_allowed);
  EXPECT_TRUE(run(client.command({"GET", "n"})).is_nil());
}

TEST(RedisClient, scan_finds_every_key_once) {
  RedisServer server;
  RedisClient client(server.url());
  std::vector<std::string> expected;
  for (int n = 0; n < 500; ++n) {
    expected.push_back("session:" + std::to_string(n));
    server.command({"SET", expected.back(), "x"});
    server.command({"SET", "other:" + std::to_string(n), "x"});
  }
  std::vector<std::string> keys = run(client.scan("session:*", 50));
  std::sort(keys.begin(), keys.end());
  std::sort(expected.begin(), expected.end());
  EXPECT_EQ(keys, expected);
  EXPECT_TRUE(run(client.scan("nothing:*")).empty());
}

TEST(RedisClient, a_coroutine_resumes_on_its_own_executor) {
  RedisServer server;
  boost::asio::io_context context;
  RedisClient client(server.url());
  const std::thread::id here = std::this_thread::get_id();
  auto done = boost::asio::co_spawn(
      context,
      [](RedisClient& redis, std::thread::id home) -> Task<void> {
        for (int n = 0; n < 10; ++n) {
          co_await redis.command({"INCR", "n"});
          EXPECT_EQ(std::this_thread::get_id(), home);
        }
      }(client, here),
      boost::asio::use_future);
  context.run();
  done.get();
}

TEST(RedisClient, many_threads_may_share_it) {
  RedisServer server;
  boost::asio::thread_pool pool(4);
  RedisClient client(server.url());
  std::vector<std::future<void>> done;
  for (int n = 0; n < 20; ++n) {
    done.push_back(boost::asio::co_spawn(
        pool,
        [](RedisClient& redis, std::string own) -> Task<void> {
          for (int i = 1; i <= 50; ++i) {
            EXPECT_EQ((co_await redis.command({"INCR", own})).integer, i);
            co_await redis.command({"INCR", "all"});
          }
        }(client, "own:" + std::to_string(n)),
        boost::asio::use_future));
  }
  for (std::future<void>& one : done) one.get();
  EXPECT_EQ(run(client.command({"GET", "all"})).text, "1000");
}

TEST(RedisClient, a_command_waits_for_redis_to_come) {
  RedisServer server;
  server.kill();
  RedisClient client(server.url());
  EXPECT_FALSE(client.ready());
  std::thread later([&server] { server.start(); });
  EXPECT_EQ(run(client.command({"ECHO", "there"})).text, "there");
  later.join();
}

TEST(RedisClient, closing_ends_what_waits_and_what_comes_later) {
  RedisServer server;
  server.kill();
  boost::asio::io_context context;
  RedisClient client(server.url());
  auto waiting = boost::asio::co_spawn(context, client.command({"PING"}), boost::asio::use_future);
  std::thread runs([&context] { context.run(); });
  client.close();
  runs.join();
  try {
    waiting.get();
    ADD_FAILURE();
  } catch (const RedisError& e) {
    EXPECT_EQ(e.code(), RedisErrorCode::closed);
  }
  EXPECT_EQ(failure(client.command({"PING"})), RedisErrorCode::closed);
  EXPECT_EQ(failure(client.multi({{"PING"}})), RedisErrorCode::closed);
  client.close();
}

TEST(RedisClient, a_command_that_was_sent_when_the_connection_died_has_an_unknown_outcome) {
  RedisServer server;
  boost::asio::io_context context;
  RedisClient client(server.url());
  run(client.command({"PING"}));
  server.pause();
  auto waiting = boost::asio::co_spawn(context, client.command({"INCR", "n"}), boost::asio::use_future);
  std::thread runs([&context] { context.run(); });
  // Redis reads nothing, so only the 3 s after which an unanswered connection counts as dead can end it.
  runs.join();
  try {
    waiting.get();
    ADD_FAILURE();
  } catch (const RedisError& e) {
    EXPECT_EQ(e.code(), RedisErrorCode::connection_lost);
  }
}

TEST(RedisClient, what_it_must_not_do_is_refused) {
  RedisServer server;
  RedisClient client(server.url());
  EXPECT_EQ(failure(client.command({"SUBSCRIBE", "x"})), RedisErrorCode::not_allowed);
  EXPECT_EQ(failure(client.command({"PUBLISH", "x", std::string(9 * 1024 * 1024, 'x')})),
            RedisErrorCode::publish_too_large);
  EXPECT_EQ(run(client.command({"PING"})).text, "PONG");
}

TEST(RedisClient, a_bad_url_throws_and_names_what_is_wrong) {
  try {
    const RedisClient client("redis://u:hidden@host:none");
    FAIL();
  } catch (const std::invalid_argument& e) {
    EXPECT_STREQ(e.what(), "redis URL: the port must be a number between 1 and 65535");
  }
}

TEST(RedisClient, a_thousand_of_them_leave_nothing_behind) {
  RedisServer server;
  const auto descriptors = [] {
    return std::distance(std::filesystem::directory_iterator("/proc/self/fd"),
                         std::filesystem::directory_iterator());
  };
  run(RedisClient(server.url()).command({"PING"}));
  const auto before = descriptors();
  for (int n = 0; n < 1'000; ++n) {
    RedisClient client(server.unix_url());
    if (n % 10 == 0) run(client.command({"PING"}));
  }
  EXPECT_EQ(descriptors(), before);
}

}  // namespace
}  // namespace roomcast
