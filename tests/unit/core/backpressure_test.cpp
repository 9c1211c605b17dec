#include <algorithm>
#include <atomic>
#include <memory>
#include <stdexcept>
#include <thread>

#include <boost/asio/post.hpp>

#include "server_fixture.hpp"

namespace roomcast {
namespace {

/// What the kernel never takes whole for a client that does not read.
const std::string filler(16 << 20, 'f');
constexpr std::string_view filler_event = R"(2["filler",")";

/// A server, a client that reads only when it is told to, and one that keeps up.
class BackpressureTest : public AnyThreads {
 public:
  BackpressureTest() : BackpressureTest(options()) {}
  explicit BackpressureTest(ServerOptions with) : io(std::move(with)) {
    io.on_connection([this](const Socket& socket) {
      answer_sync(socket);
      socket.join("all");
      socket.on("room", [socket](const std::string& room) { socket.join(room); });
      socket.on_high_water(1, [this] { said.put("blocked"); });
      socket.on_low_water(0, [this] { said.put("drained"); });
      socket.on_disconnect([this](const std::string& reason, const DisconnectDetails& details) {
        gone.put(reason + ": " + details.cause);
      });
      socket.on("fill", [socket] { socket.emit("filler", filler); });
      sockets.put(socket);
    });
  }
  static ServerOptions options() {
    ServerOptions options = AnyThreads::options();
    options.max_buffered_bytes = 64 << 20;
    options.max_buffered_age = 60s;
    options.drain_timeout = 10s;
    return options;
  }

  /// A client that stops to read, so that the kernel refuses what it is sent.
  std::unique_ptr<SocketIoClient> stalled() {
    auto client = std::make_unique<SocketIoClient>(io.port());
    client->connect();
    stalled_socket = sockets.take();
    client->say(R"(2["fill"])");
    EXPECT_EQ(said.take(), "blocked");
    return client;
  }

  /// What it hears when it reads again, up to `last`, without the filler.
  static Strings hear_again(SocketIoClient& client, std::string_view last = R"(2["last"])") {
    Strings heard = client.hear_until(last);
    if (heard.empty() || !heard.front().starts_with(filler_event)) throw std::runtime_error("no filler");
    heard.erase(heard.begin());
    return heard;
  }

  /// Until the stalled client's loop has done what it was asked to before.
  void sync_with_loop() const {
    Inbox<int> done;
    boost::asio::post(stalled_socket.executor(), [&done] { done.put(1); });
    done.take();
  }

  std::uint64_t metric(const std::string& name) const {
    support::RawClient scraper(io.port());
    scraper.send("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
    const std::string text = scraper.response().body;
    const std::size_t at = text.find("\n" + name + " ");
    return at == std::string::npos ? 0 : std::stoull(text.substr(at + name.size() + 2));
  }

  Inbox<std::string> said, gone;
  Inbox<Socket> sockets;
  Socket stalled_socket;
  Server io;
};
INSTANTIATE_TEST_SUITE_P(With, BackpressureTest, thread_counts, threads_name);

std::string event(std::string_view name, int n) {
  return "2[\"" + std::string(name) + "\"," + std::to_string(n) + "]";
}

TEST_P(BackpressureTest, without_a_rule_everything_waits) {
  io.listen();
  const auto client = stalled();
  for (int i = 0; i < 5; ++i) io.to("all").emit("n", i);
  io.emit("last");
  EXPECT_EQ(hear_again(*client),
            (Strings{event("n", 0), event("n", 1), event("n", 2), event("n", 3), event("n", 4)}));
  EXPECT_EQ(said.take(), "drained");
}

TEST_P(BackpressureTest, drop_oldest_leaves_the_newest_that_fit_in_order) {
  io.backpressure("all", {.overflow = Overflow::drop_oldest, .max_bytes = 50});
  io.listen();
  const auto client = stalled();
  SocketIoClient healthy(io.port());
  healthy.connect();
  for (int i = 1000; i < 1100; ++i) io.to("all").emit("n", i);
  io.emit("last");
  EXPECT_EQ(healthy.hear_until(R"(2["last"])").size(), 100U);  // another's slowness is not its own
  // Each takes 2 bytes of header, the 4 and 12 more: three are within 50 bytes.
  EXPECT_EQ(hear_again(*client), (Strings{event("n", 1097), event("n", 1098), event("n", 1099)}));
  EXPECT_EQ(metric(R"(roomcast_backpressure_dropped_total{reason="oldest"})"), 97U);
}

TEST_P(BackpressureTest, keep_latest_leaves_the_last_event_of_each_name) {
  io.backpressure({.overflow = Overflow::keep_latest});
  io.listen();
  const auto client = stalled();
  for (int i = 0; i < 10; ++i) {
    io.emit("a", i);
    if (i < 5) io.to("all").emit("b", i);
  }
  io.emit("last");
  EXPECT_EQ(hear_again(*client), (Strings{event("b", 4), event("a", 9)}));
  EXPECT_EQ(metric(R"(roomcast_backpressure_dropped_total{reason="replaced"})"), 13U);
}

TEST_P(BackpressureTest, keep_latest_asks_for_the_key_once_for_all_who_are_slow) {
  std::atomic<int> asked = 0;
  io.backpressure(
      "all", {.overflow = Overflow::keep_latest, .key = [&asked](const std::string& name, const Args& args) {
                ++asked;
                return name + args.get<std::string>(0);
              }});
  io.listen();
  const auto one = stalled();
  const auto other = stalled();
  const int loops = threads() == 1 ? 1 : 2;
  for (const auto& [stock, price] : {std::pair("x", 1), {"y", 2}, {"x", 3}})
    io.to("all").emit("price", stock, price);
  io.emit("last");
  for (SocketIoClient* client : {one.get(), other.get()})
    EXPECT_EQ(hear_again(*client), (Strings{R"(2["price","y",2])", R"(2["price","x",3])"}));
  EXPECT_EQ(asked, 3 * loops);
}

TEST_P(BackpressureTest, a_key_that_throws_is_a_key_without_a_name) {
  io.backpressure(
      {.overflow = Overflow::keep_latest,
       .key = [](const std::string&, const Args&) -> std::string { throw std::runtime_error("no"); }});
  io.listen();
  const auto client = stalled();
  io.emit("a", 1);
  io.emit("last");
  EXPECT_EQ(hear_again(*client), Strings());
}

TEST_P(BackpressureTest, drop_volatile_drops_what_cannot_leave_at_once) {
  io.backpressure("all", {.overflow = Overflow::drop_volatile});
  io.listen();
  const auto client = stalled();
  for (int i = 0; i < 5; ++i) io.to("all").emit("n", i);
  io.emit("kept", 1);
  io.emit("last");
  EXPECT_EQ(hear_again(*client), (Strings{event("kept", 1)}));
  EXPECT_EQ(metric("roomcast_volatile_dropped_total"), 5U);
  io.to("all").emit("n", 6);
  EXPECT_EQ(client->hear(), event("n", 6));
}

TEST_P(BackpressureTest, disconnect_closes_a_client_for_which_more_than_the_rules_limit_waits) {
  io.backpressure("all", {.overflow = Overflow::disconnect, .max_bytes = filler.size()});
  io.listen();
  const auto client = stalled();
  const std::string megabyte(1 << 20, 'm');
  for (int i = 0; i < 16; ++i) io.to("all").emit("m", megabyte);
  EXPECT_EQ(gone.take(), "transport error: slow consumer");
  EXPECT_FALSE(stalled_socket.connected());
}

TEST_P(BackpressureTest, what_may_not_be_dropped_waits_behind_what_may) {
  io.backpressure("all", {.overflow = Overflow::drop_oldest, .max_bytes = 20});
  io.listen();
  const auto client = stalled();
  io.to("all").emit("n", 1);
  io.emit("kept", 1);
  io.to("all").emit("n", 2);
  io.emit("kept", 2);
  io.emit("last");
  EXPECT_EQ(hear_again(*client), (Strings{event("kept", 1), event("n", 2), event("kept", 2)}));
}

TEST_P(BackpressureTest, questions_and_answers_are_never_dropped) {
  io.backpressure({.overflow = Overflow::drop_oldest, .max_bytes = 1});
  Inbox<int> answers;
  io.listen();
  const auto client = stalled();
  stalled_socket.on("ask", [this](const Ack& ack) {
    ack();
    said.put("asked");
  });
  client->say(R"(27["ask"])");
  EXPECT_EQ(said.take(), "asked");
  for (int i = 0; i < 3; ++i)
    stalled_socket.emit("q", i,
                        [&answers](boost::system::error_code error, int n) { answers.put(error ? -1 : n); });
  io.emit("n", 1);
  io.emit("last");
  EXPECT_EQ(hear_again(*client), (Strings{"37[]", R"(20["q",0])", R"(21["q",1])", R"(22["q",2])"}));
  for (const int n : {0, 1, 2}) client->say("3" + std::to_string(n) + "[" + std::to_string(n) + "]");
  EXPECT_EQ(answers.take(3), (std::vector{0, 1, 2}));
}

TEST_P(BackpressureTest, a_client_that_keeps_up_loses_nothing_however_much_one_turn_sends) {
  io.backpressure({.overflow = Overflow::drop_oldest, .max_bytes = 1});
  io.on_connection([](const Socket& socket) {
    socket.on("burst", [socket] {
      for (int i = 0; i < 1000; ++i) socket.emit("n", i);
    });
  });
  io.listen();
  SocketIoClient client(io.port());
  client.connect();
  client.say(R"(2["burst"])");
  for (int i = 0; i < 1000; ++i) ASSERT_EQ(client.hear(), event("n", i));
}

TEST_P(BackpressureTest, a_rule_may_come_change_and_go_while_clients_are_there) {
  io.listen();
  const auto client = stalled();
  io.emit("n", 1);
  io.backpressure({.overflow = Overflow::keep_latest});
  io.emit("n", 2);
  io.emit("n", 3);
  io.backpressure({.overflow = Overflow::drop_volatile});
  io.emit("n", 4);
  io.backpressure({});
  io.emit("n", 5);
  io.emit("last");
  EXPECT_EQ(hear_again(*client), (Strings{event("n", 1), event("n", 3), event("n", 5)}));
}

TEST_P(BackpressureTest, a_childs_rules_are_those_of_its_parent) {
  io.of([](const std::string& name) { return name == "/child"; })
      .backpressure("none", {.overflow = Overflow::drop_oldest})
      .backpressure({.overflow = Overflow::keep_latest});
  io.listen();
  SocketIoClient client(io.port());
  client.connect("/child");
  client.connect();
  client.say(R"(2["fill"])");
  EXPECT_EQ(said.take(), "blocked");
  for (int i = 0; i < 5; ++i) io.of("/child").emit("n", i);
  io.emit("last");
  EXPECT_EQ(hear_again(client), (Strings{R"(2/child,["n",4])"}));
}

TEST_P(BackpressureTest, what_waits_still_arrives_before_a_disconnect) {
  io.backpressure({.overflow = Overflow::drop_oldest});
  io.listen();
  const auto client = stalled();
  io.emit("n", 1);
  stalled_socket.disconnect(true);
  EXPECT_EQ(gone.take(), "server namespace disconnect: ");
  const Strings heard = client->hear_out();
  ASSERT_EQ(heard.size(), 3U);
  EXPECT_EQ(heard[1], event("n", 1));
  EXPECT_EQ(heard[2], "1");
}

TEST_P(BackpressureTest, what_waits_still_arrives_before_the_server_goes) {
  io.backpressure({.overflow = Overflow::drop_oldest});
  io.listen();
  const auto client = stalled();
  io.emit("n", 1);
  io.emit("n", 2);
  sync_with_loop();
  std::thread closing([this] { io.close(); });
  const Strings heard = client->hear_out();
  client->drop();
  closing.join();
  EXPECT_EQ(Strings(heard.begin() + 1, heard.end()), (Strings{event("n", 1), event("n", 2)}));
}

TEST_P(BackpressureTest, buffered_bytes_are_those_that_wait_and_water_marks_tell_of_them) {
  io.backpressure({.overflow = Overflow::drop_oldest});
  Inbox<std::size_t> bytes;
  io.listen();
  const auto client = stalled();
  auto ask = [&] {
    boost::asio::post(stalled_socket.executor(), [&] { bytes.put(stalled_socket.buffered_bytes()); });
    return bytes.take();
  };
  const std::size_t before = ask();
  EXPECT_GT(before, 0U);
  EXPECT_LT(before, filler.size() + 100);
  io.emit("n", 1);
  EXPECT_EQ(ask(), before + 2 + 1 + event("n", 1).size());
  EXPECT_EQ(metric("roomcast_buffered_bytes"), ask());
  Inbox<std::string> marks;
  const std::string megabyte(1 << 20, 'm');
  stalled_socket.on_high_water(before + megabyte.size(), [&]() -> Task<> {
    marks.put("high");
    co_return;
  });
  stalled_socket.on_low_water(before, [&] { marks.put("low"); });
  io.emit("last");
  hear_again(*client);
  EXPECT_EQ(said.size(), 0U);  // low water had another mark when all was taken
  EXPECT_EQ(marks.take(), "low");
  EXPECT_EQ(ask(), 0U);
  EXPECT_EQ(metric("roomcast_buffered_bytes"), 0U);
  client->say(R"(2["fill"])");
  for (int i = 0; i < 64 && marks.size() == 0; ++i) {
    io.emit("m", megabyte);
    ask();
  }
  EXPECT_EQ(marks.take(), "high");
}

TEST_P(BackpressureTest, a_polling_client_gets_what_is_left_with_its_next_get) {
  io.backpressure({.overflow = Overflow::drop_oldest, .max_bytes = 100 << 10});
  io.listen();
  support::RawClient http(io.port());
  auto request = [&](const std::string& method, const std::string& query, const std::string& body = {}) {
    http.send(method + " /socket.io/?EIO=4&transport=polling" + query +
              " HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
    return http.response().body;
  };
  const std::string open = request("GET", "");
  const std::string sid = "&sid=" + open.substr(open.find("sid\":\"") + 6, 20);
  request("POST", sid, "40");
  EXPECT_TRUE(request("GET", sid).starts_with("40"));
  const Socket socket = sockets.take();
  const std::string kilobyte(1 << 10, 'k');
  for (int i = 0; i < 200; ++i) io.emit("k", i, kilobyte);
  io.emit("last");
  EXPECT_EQ(said.take(), "blocked");
  // No answer is much longer than a piece, and the pieces are whole.
  std::string all;
  int gets = 0;
  for (; !all.ends_with(R"(42["last"])"); ++gets) {
    const std::string body = request("GET", sid);
    EXPECT_LT(body.size(), 80U << 10);
    all += (all.empty() ? "" : "\x1e") + body;
  }
  EXPECT_EQ(gets, 2);
  EXPECT_EQ(said.take(), "drained");
  const auto first = 200 - std::ranges::count(all, '\x1e');
  EXPECT_TRUE(all.starts_with(R"(42["k",)" + std::to_string(first) + ","));
  EXPECT_NEAR(static_cast<double>(all.size()), 100 << 10, 2 << 10);
}

TEST_P(BackpressureTest, a_move_to_a_websocket_takes_what_waits_with_it) {
  io.backpressure({.overflow = Overflow::drop_oldest});
  io.listen();
  support::RawClient http(io.port());
  http.send("GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: x\r\n\r\n");
  const std::string open = http.response().body;
  const std::string sid = "&sid=" + open.substr(open.find("sid\":\"") + 6, 20);
  const std::string target = " /socket.io/?EIO=4&transport=polling" + sid + " HTTP/1.1\r\nHost: x\r\n";
  http.send("POST" + target + "Content-Length: 2\r\n\r\n40");
  http.response();
  http.send("GET" + target + "\r\n");
  EXPECT_TRUE(http.response().body.starts_with("40"));
  io.emit("n", 1);
  EXPECT_EQ(said.take(), "blocked");
  support::RawClient websocket(io.port());
  websocket.send("GET /socket.io/?EIO=4&transport=websocket" + sid +
                 " HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                 "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n");
  websocket.read_through("\r\n\r\n");
  websocket.send(support::client_text("2probe"));
  EXPECT_EQ(websocket.frame().payload, "3probe");
  websocket.send(support::client_text("5"));
  EXPECT_EQ(websocket.frame().payload, "4" + event("n", 1));
}

/// Limits that are soon met.
class NarrowBackpressureTest : public BackpressureTest {
 public:
  NarrowBackpressureTest() : BackpressureTest(narrow()) {}
  static ServerOptions narrow() {
    ServerOptions options = BackpressureTest::options();
    options.max_buffered_bytes = filler.size() + (1 << 20);
    return options;
  }
};
INSTANTIATE_TEST_SUITE_P(With, NarrowBackpressureTest, thread_counts, threads_name);

TEST_P(NarrowBackpressureTest, too_much_that_may_not_be_dropped_closes_the_client) {
  io.backpressure("all", {.overflow = Overflow::drop_oldest});
  io.listen();
  const auto client = stalled();
  const std::string megabyte(1 << 20, 'm');
  io.to("all").emit("n", 1);
  for (int i = 0; i < 20; ++i) io.emit("kept", megabyte);
  EXPECT_EQ(gone.take(), "transport error: slow consumer");
  EXPECT_EQ(metric("roomcast_buffered_bytes"), 0U);
  EXPECT_EQ(metric("roomcast_slow_consumers_total"), 1U);
}

/// A ceiling for all that one stalled client is below, and two are not.
class CeilingTest : public BackpressureTest {
 public:
  CeilingTest() : BackpressureTest(low()) {}
  static ServerOptions low() {
    ServerOptions options = BackpressureTest::options();
    options.max_total_buffered_bytes = filler.size() + (4 << 20);
    return options;
  }
};
INSTANTIATE_TEST_SUITE_P(With, CeilingTest, thread_counts, threads_name);

TEST_P(CeilingTest, above_it_who_keeps_most_is_closed_when_it_is_sent_more) {
  io.listen();
  const auto small = stalled();
  const Socket small_socket = stalled_socket;
  const auto large = stalled();
  const std::string megabyte(1 << 20, 'm');
  for (int i = 0; i < 16 && stalled_socket.connected(); ++i) {
    stalled_socket.emit("more", megabyte);
    sync_with_loop();
  }
  EXPECT_EQ(gone.take(), "transport error: memory ceiling");
  EXPECT_FALSE(stalled_socket.connected());
  EXPECT_TRUE(small_socket.connected());
  small_socket.emit("last");
  EXPECT_EQ(hear_again(*small), Strings());
}

TEST_P(CeilingTest, what_rules_keep_counts_too) {
  io.backpressure("all", {.overflow = Overflow::drop_oldest, .max_bytes = 32 << 20});
  io.listen();
  const auto client = stalled();
  const std::string megabyte(1 << 20, 'm');
  for (int i = 0; i < 32; ++i) io.to("all").emit("m", megabyte);
  EXPECT_EQ(gone.take(), "transport error: memory ceiling");
}

}  // namespace
}  // namespace roomcast
