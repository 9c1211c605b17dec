#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/describe.hpp>
#include <gtest/gtest.h>

#include <adapter/classic/broadcast.hpp>
#include <base/base64.hpp>
#include <protocol/msgpack/transcode.hpp>
#include <redis/subscriber.hpp>
#include <roomcast/emitter.hpp>
#include <roomcast/logger.hpp>
#include <support/inbox.hpp>
#include <support/loop_thread.hpp>
#include <support/redis_server.hpp>
#include <support/vectors.hpp>

namespace roomcast {

struct Position {
  int x = 0;
  std::string label;
};
BOOST_DESCRIBE_STRUCT(Position, (), (x, label))

namespace {

using support::RedisServer;
using namespace std::chrono_literals;
using Strings = std::vector<std::string>;
using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds patience{20};

struct Published {
  std::string channel;
  std::string message;
};

/// Hears all that is published on a Redis.
class Listener {
 public:
  explicit Listener(const RedisServer& server) {
    resp::Options options;
    options.url = resp::Url::parse(server.url());
    support::Inbox<bool> ready;
    thread_.run([&] {
      subscriber_ = std::make_unique<resp::Subscriber>(thread_.loop(), options, metrics_);
      subscriber_->psubscribe(
          "*",
          [this](std::string_view, std::string_view channel, std::string_view message) {
            heard.put({std::string(channel), std::string(message)});
          },
          [&ready] { ready.put(true); });
      subscriber_->start();
    });
    ready.take();
  }
  ~Listener() {
    thread_.run([this] { subscriber_.reset(); });
  }

  support::Inbox<Published> heard;

 private:
  resp::Metrics metrics_;
  support::LoopThread thread_;
  std::unique_ptr<resp::Subscriber> subscriber_;
};

/// The arguments of an event, as JSON.
std::string arguments_of(const Published& published) {
  const auto broadcast = adapter::classic::decode_broadcast(published.message).value();
  base::FrameBuilder json;
  std::vector<std::string_view> attachments;
  msgpack::to_json(json, broadcast.event.data, attachments).value();
  std::string text(json.view());
  for (const std::string_view bytes : attachments) text += " + " + std::string(bytes);
  return text;
}

/// The arguments of all events that a Redis, started with a slow log of everything, was told to publish.
Strings told(const RedisServer& server) {
  Strings all;
  for (const RedisReply& entry : server.command({"SLOWLOG", "GET", "-1"}).elements) {
    const std::vector<RedisReply>& command = entry.elements.at(3).elements;
    if (command.at(0).text == "PUBLISH")
      all.insert(all.begin(), arguments_of({command.at(1).text, command.at(2).text}));
  }
  return all;
}

/// Runs a coroutine to its end on this thread.
void run(Task<> task) {
  static std::deque<boost::asio::io_context> contexts;  // an emitter may still be in the act of waking one
  boost::asio::io_context& context = contexts.emplace_back();
  auto result = boost::asio::co_spawn(context, std::move(task), boost::asio::use_future);
  context.run();
  result.get();
}

/// What a flush throws: its code, and all its words.
std::pair<boost::system::error_code, std::string> failure_of_flush(const Emitter& io) {
  try {
    if (!io.flush_for(patience)) return {{}, "it did not end"};
  } catch (const RedisError& e) {
    return {e.code(), e.what()};
  }
  return {};
}

/// An emitter that can say nothing about what the tests do to its Redis.
class EmitterTest : public testing::Test {
 public:
  EmitterTest() { set_log_level(LogLevel::off); }
};

TEST_F(EmitterTest, every_message_is_byte_for_byte_that_of_the_official_emitter) {
  const std::map<std::string, std::function<void(const Emitter&)>> actions{
      {R"(emit("hello"))", [](const Emitter& io) { io.emit("hello"); }},
      {R"(emit("hello", 1, {a: undefined}, undefined))",
       [](const Emitter& io) { io.emit("hello", 1, boost::json::object(), nullptr); }},
      {"emit binary", [](const Emitter& io) { io.emit("bin", Bytes{1, 2}); }},
      {R"(to("room1"))", [](const Emitter& io) { io.to("room1").emit("hello", 1); }},
      {"to two rooms", [](const Emitter& io) { io.to("room1").to("room2").emit("hello", 1); }},
      {"except", [](const Emitter& io) { io.except("room1").emit("hello", 1); }},
      {"to + except", [](const Emitter& io) { io.to("room1").except("room2").emit("hello", 1); }},
      {"volatile", [](const Emitter& io) { io.volatile_().emit("hello", 1); }},
      {"compress(false)", [](const Emitter& io) { io.compress(false).emit("hello", 1); }},
      {R"(of("/admin"))", [](const Emitter& io) { io.of("/admin").emit("hello", 1); }},
      {R"(of("admin") gets a slash)", [](const Emitter& io) { io.of("admin").to("r").emit("hello", 1); }},
      {R"(socketsJoin("r"))", [](const Emitter& io) { io.sockets_join("r"); }},
      {R"(in("room1").socketsJoin(["r","s"]))",
       [](const Emitter& io) { io.in("room1").sockets_join(Strings{"r", "s"}); }},
      {R"(socketsLeave("r"))", [](const Emitter& io) { io.sockets_leave("r"); }},
      {"disconnectSockets()", [](const Emitter& io) { io.disconnect_sockets(); }},
      {R"(in("room1").except("x").disconnectSockets(true))",
       [](const Emitter& io) { io.in("room1").except("x").disconnect_sockets(true); }},
      {R"(serverSideEmit("ping", 1))", [](const Emitter& io) { io.server_side_emit("ping", 1); }},
      {"serverSideEmit with binary", [](const Emitter& io) { io.server_side_emit("ping", Bytes{1}); }},
      {"key option", [](const Emitter& io) { io.to("r").emit("hello", 1); }},
  };
  RedisServer server;
  Listener listener(server);
  const Emitter io(server.url());
  const Emitter with_key(server.url(), {.key = "app1"});
  const boost::json::value vectors = support::load_vectors("redis-emitter.json");
  std::size_t seen = 0;
  for (const boost::json::value& item : vectors.at("cases").as_array()) {
    const std::string name(item.at("name").as_string());
    SCOPED_TRACE(name);
    const auto action = actions.find(name);
    ASSERT_NE(action, actions.end());
    action->second(name == "key option" ? with_key : io);
    ASSERT_EQ(item.at("commands").as_array().size(), 1u);
    const boost::json::array& args = item.at("commands").at(0).at("args").as_array();
    const Published ours = listener.heard.take();
    EXPECT_EQ(ours.channel, base::base64_decode_lenient(args.at(0).at("b64").as_string()));
    EXPECT_EQ(ours.message, base::base64_decode_lenient(args.at(1).at("b64").as_string()));
    ++seen;
  }
  EXPECT_EQ(seen, actions.size());
  EXPECT_EQ(listener.heard.size(), 0u);
}

TEST_F(EmitterTest, a_room_that_is_named_twice_is_one_room) {
  RedisServer server;
  Listener listener(server);
  const Emitter io(server.url());
  io.to("r").in("r").in(Strings{"r"}).except(Strings{"x", "x"}).emit("hello");
  const Published heard = listener.heard.take();
  EXPECT_EQ(heard.channel, "socket.io#/#r#");
  const auto opts = adapter::classic::decode_broadcast(heard.message).value().opts;
  EXPECT_EQ(opts.rooms, Strings{"r"});
  EXPECT_EQ(opts.except, Strings{"x"});
}

TEST_F(EmitterTest, an_operator_is_a_value_that_others_are_made_from) {
  RedisServer server;
  Listener listener(server);
  const Emitter io(server.url());
  const EmitterOperator a = io.to("a");
  const EmitterOperator both = a.to("b").compress(false).compress(true);
  a.emit("one");
  both.emit("two");
  EXPECT_EQ(listener.heard.take().channel, "socket.io#/#a#");
  const auto opts = adapter::classic::decode_broadcast(listener.heard.take().message).value().opts;
  EXPECT_EQ(opts.rooms, Strings({"a", "b"}));
  EXPECT_TRUE(opts.flags.compress);
  EXPECT_EQ(io.of("x").name(), "/x");
}

TEST_F(EmitterTest, arguments_are_those_of_a_socket) {
  RedisServer server;
  Listener listener(server);
  const Emitter io(server.url());
  const Value relayed = Value::of(std::pair(Bytes("bytes"), "text"));
  io.of("/a").emit("all", Position{3, "here"}, std::vector{1, 2}, std::optional<int>(), relayed,
                   Args({Value::parse(R"({"a":[1.5,"é"]})"), Value::of(true)}), Bytes("more"));
  EXPECT_EQ(arguments_of(listener.heard.take()),
            R"(["all",{"x":3,"label":"here"},[1,2],null,[{"_placeholder":true,"num":0},"text"],)"
            R"({"a":[1.5,"é"]},true,{"_placeholder":true,"num":1}] + bytes + more)");
}

TEST_F(EmitterTest, each_thread_is_heard_in_its_order) {
  constexpr int threads = 4;
  constexpr int events = 500;
  RedisServer server;
  Listener listener(server);
  const Emitter io(server.url());
  std::vector<std::thread> all;
  for (int t = 0; t < threads; ++t)
    all.emplace_back([&io, t] {
      const EmitterOperator mine = io.to("room " + std::to_string(t));
      for (int n = 0; n < events; ++n) mine.emit("n", n);
    });
  for (std::thread& thread : all) thread.join();
  EXPECT_TRUE(io.flush_for(patience));
  std::map<std::string, int> next;
  for (int n = 0; n < threads * events; ++n) {
    const Published heard = listener.heard.take();
    EXPECT_EQ(arguments_of(heard), "[\"n\"," + std::to_string(next[heard.channel]++) + "]");
  }
  EXPECT_EQ(next.size(), static_cast<std::size_t>(threads));
}

TEST_F(EmitterTest, a_flush_ends_when_redis_has_taken_everything) {
  RedisServer server;
  const Emitter io(server.url());
  for (int n = 0; n < 1000; ++n) io.emit("n", n);
  EXPECT_TRUE(io.flush_for(patience));
  const std::string stats = server.command({"INFO", "commandstats"}).text;
  EXPECT_NE(stats.find("cmdstat_publish:calls=1000,"), std::string::npos) << stats;
  EXPECT_TRUE(io.ready());
  EXPECT_TRUE(io.flush_for(patience));  // nothing is left to wait for
}

TEST_F(EmitterTest, a_coroutine_that_flushes_resumes_on_its_own_executor) {
  RedisServer server;
  const Emitter io(server.url());
  run([](const Emitter& emitter) -> Task<> {
    const auto here = std::this_thread::get_id();
    for (int n = 0; n < 10; ++n) {
      emitter.emit("n", n);
      co_await emitter.flush();
      EXPECT_EQ(std::this_thread::get_id(), here);
    }
  }(io));
  const std::string stats = server.command({"INFO", "commandstats"}).text;
  EXPECT_NE(stats.find("cmdstat_publish:calls=10,"), std::string::npos) << stats;
}

TEST_F(EmitterTest, what_is_emitted_while_redis_is_away_arrives_in_order) {
  RedisServer server({"--slowlog-log-slower-than", "0"});  // so that it can be asked what it was told
  server.kill();
  const Emitter io(server.url());
  for (int n = 0; n < 3; ++n) io.emit("n", n);
  EXPECT_FALSE(io.flush_for(50ms));
  EXPECT_FALSE(io.ready());
  server.start();
  io.emit("n", 3);
  EXPECT_TRUE(io.flush_for(patience));
  EXPECT_EQ(told(server), Strings({R"(["n",0])", R"(["n",1])", R"(["n",2])", R"(["n",3])"}));
}

TEST_F(EmitterTest, what_is_emitted_while_redis_stands_still_arrives_in_order) {
  RedisServer server;
  Listener listener(server);
  const Emitter io(server.url());
  io.emit("n", 0);
  EXPECT_TRUE(io.flush_for(patience));
  server.pause();
  for (int n = 1; n < 4; ++n) io.emit("n", n);
  EXPECT_FALSE(io.flush_for(50ms));
  server.resume();
  EXPECT_TRUE(io.flush_for(patience));
  for (int n = 0; n < 4; ++n)
    EXPECT_EQ(arguments_of(listener.heard.take()), "[\"n\"," + std::to_string(n) + "]");
}

TEST_F(EmitterTest, what_has_waited_too_long_is_dropped_and_the_next_flush_says_how_much) {
  RedisServer server;
  server.kill();
  const Emitter io(server.url(), {.max_outbound_age = 100ms});
  for (int n = 0; n < 3; ++n) io.emit("n", n);
  const auto [code, text] = failure_of_flush(io);
  EXPECT_EQ(code, RedisErrorCode::dropped);
  EXPECT_NE(text.find("3 emitted messages"), std::string::npos) << text;
  io.emit("one");
  EXPECT_NE(failure_of_flush(io).second.find("an emitted message"), std::string::npos);
  EXPECT_TRUE(io.flush_for(patience));  // that was all
}

TEST_F(EmitterTest, a_coroutine_hears_of_what_was_dropped) {
  const Emitter io("redis://127.0.0.1:" + std::to_string(RedisServer::free_port()),
                   {.max_outbound_age = 50ms});
  io.emit("lost");
  EXPECT_THROW(run(io.flush()), RedisError);
  EXPECT_NO_THROW(run(io.flush()));
}

TEST_F(EmitterTest, more_than_the_buffer_holds_is_refused_to_its_sender) {
  RedisServer server;
  server.kill();
  const Emitter io(server.url(), {.max_outbound_bytes = 10'000});
  const std::string text(900, 'x');
  int taken = 0;
  boost::system::error_code code;
  try {
    for (;; ++taken) io.emit("big", text);
  } catch (const RedisError& e) {
    code = e.code();
    EXPECT_NE(std::string(e.what()).find("max_outbound_bytes is 10000"), std::string::npos) << e.what();
  }
  EXPECT_EQ(code, RedisErrorCode::dropped);
  EXPECT_EQ(taken, 9);
  server.start();
  EXPECT_TRUE(io.flush_for(patience));  // nothing that was taken has been lost
  for (int n = 0; n < 5; ++n) io.emit("big", text);
  io.flush_for(patience);
  io.emit("larger than the buffer", std::string(20'000, 'x'));  // one always fits
  EXPECT_TRUE(io.flush_for(patience));
  const std::string stats = server.command({"INFO", "commandstats"}).text;
  EXPECT_NE(stats.find("cmdstat_publish:calls=15,"), std::string::npos) << stats;
}

TEST_F(EmitterTest, what_was_written_when_the_connection_died_is_not_sent_again) {
  RedisServer server;
  const Emitter io(server.url());
  io.emit("warm");
  EXPECT_TRUE(io.flush_for(patience));
  server.pause();
  io.emit("perhaps");
  EXPECT_FALSE(io.flush_for(200ms));  // written, and not answered
  server.restart();
  EXPECT_EQ(failure_of_flush(io).first, RedisErrorCode::connection_lost);
}

TEST_F(EmitterTest, what_redis_refuses_is_told_in_its_words) {
  RedisServer server;
  server.command({"ACL", "SETUSER", "mute", "on", ">secret", "+@all", "-publish"});
  const Emitter io("redis://mute:secret@127.0.0.1:" + std::to_string(server.port()));
  io.emit("x");
  const auto [code, text] = failure_of_flush(io);
  EXPECT_EQ(code, RedisErrorCode::error_reply);
  EXPECT_NE(text.find("NOPERM"), std::string::npos) << text;
}

TEST_F(EmitterTest, what_cannot_be_sent_throws_and_sends_nothing) {
  RedisServer server;
  Listener listener(server);
  const Emitter io(server.url(), {.max_publish_bytes = 1000});
  EXPECT_THROW(io.emit("x", std::string(1001, 'x')), std::length_error);
  EXPECT_THROW(io.sockets_join(Strings(500, "room")), std::length_error);
  EXPECT_THROW(io.server_side_emit("x", std::string(1001, 'x')), std::length_error);
  EXPECT_THROW(io.emit("x", std::vector<Bytes>(11, Bytes("b"))), std::length_error);
  EXPECT_THROW(io.emit("disconnect"), std::invalid_argument);
  EXPECT_THROW(io.server_side_emit("connection"), std::invalid_argument);
  EXPECT_THROW(static_cast<void>(io.of("/a,b")), std::invalid_argument);
  io.emit("last");
  EXPECT_EQ(arguments_of(listener.heard.take()), R"(["last"])");
}

TEST_F(EmitterTest, what_is_nested_too_deep_is_refused) {
  RedisServer server;
  const Emitter io(server.url());
  const Value deep = Value::parse(std::string(512, '[') + std::string(512, ']'));
  std::vector<Value> deepest(1, deep);
  for (int n = 0; n < 600; ++n) deepest[0] = Value::of(deepest);
  EXPECT_THROW(io.emit("x", deepest), std::invalid_argument);
  io.emit("x", 1);
  EXPECT_TRUE(io.flush_for(patience));
}

TEST_F(EmitterTest, a_wrong_url_is_refused_without_quoting_the_password) {
  try {
    const Emitter io("redis://me:hunter2@127.0.0.1:nonsense");
    FAIL();
  } catch (const std::invalid_argument& e) {
    EXPECT_NE(std::string(e.what()).find("port"), std::string::npos) << e.what();
    EXPECT_EQ(std::string(e.what()).find("hunter2"), std::string::npos);
  }
}

TEST_F(EmitterTest, the_destructor_waits_until_all_has_left) {
  RedisServer server;
  {
    const Emitter io(server.url());
    for (int n = 0; n < 500; ++n) io.emit("n", n);
  }
  const std::string stats = server.command({"INFO", "commandstats"}).text;
  EXPECT_NE(stats.find("cmdstat_publish:calls=500,"), std::string::npos) << stats;
}

TEST_F(EmitterTest, the_destructor_does_not_wait_longer_than_it_may) {
  RedisServer server;
  server.kill();
  const auto start = Clock::now();
  {
    const Emitter io(server.url(), {.close_timeout = 100ms});
    io.emit("lost");
  }
  EXPECT_GE(Clock::now() - start, 100ms);
  EXPECT_LT(Clock::now() - start, 5s);
}

TEST_F(EmitterTest, handles_that_outlive_it_throw_and_a_flush_that_waits_ends) {
  RedisServer server;
  server.kill();
  std::optional<EmitterOperator> kept;
  std::optional<Task<>> late;
  boost::asio::io_context context;
  std::future<void> waiting;
  {
    const Emitter io(server.url(), {.close_timeout = 10ms});
    kept = io.of("/admin").to("room");
    late = io.flush();
    io.emit("lost");
    waiting = boost::asio::co_spawn(context, io.flush(), boost::asio::use_future);
    context.poll();  // it waits now
  }
  context.run();
  EXPECT_THROW(waiting.get(), RedisError);
  EXPECT_THROW(run(std::move(*late)), RedisError);
  try {
    kept->emit("x");
    FAIL();
  } catch (const RedisError& e) {
    EXPECT_EQ(e.code(), RedisErrorCode::closed);
  }
  EXPECT_THROW(kept->sockets_leave("x"), RedisError);
}

// There is nobody to answer: a callback does not compile.
template <class Io, class... Args>
concept Emits = requires(const Io& io, Args... args) { io.emit("x", args...); };
template <class Io, class... Args>
concept EmitsServerSide = requires(const Io& io, Args... args) { io.server_side_emit("x", args...); };
using Callback = void (*)(int);
static_assert(Emits<Emitter, int> && Emits<EmitterOperator, int> && EmitsServerSide<Emitter, int>);
static_assert(!Emits<Emitter, int, Callback> && !Emits<EmitterOperator, Callback>);
static_assert(!EmitsServerSide<Emitter, int, Callback> && !EmitsServerSide<EmitterNamespace, Callback>);

}  // namespace
}  // namespace roomcast
