// Requests and their answers. RFC 9112.
#include <stdexcept>

#include "http_fixture.hpp"

namespace roomcast::net {
namespace {

using support::fire_next_timer;
using support::MemoryPeer;
using support::turn;

constexpr std::string_view get = "GET /a HTTP/1.1\r\nHost: x\r\n\r\n";
constexpr std::string_view post = "POST /b HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello";
constexpr std::string_view chunked =
    "POST /c HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: "
    "chunked\r\n\r\n3;ext=1\r\nabc\r\n2\r\nde\r\n0\r\nTrailer: "
    "t\r\n\r\n";

class HttpConnectionTest : public HttpOverMemory {};

TEST_F(HttpConnectionTest, a_whole_request_is_answered) {
  says(post);
  EXPECT_EQ(handler_.requests, (std::vector<std::string>{"POST /b hello"}));
  EXPECT_EQ(hears(), ok("<hello>"));
}

TEST_F(HttpConnectionTest, bytes_may_come_one_by_one) {
  for (const std::string_view request : {get, post, chunked})
    for (const char byte : request) says({&byte, 1});
  EXPECT_EQ(hears(), ok("<>") + ok("<hello>") + ok("<abcde>"));
  EXPECT_EQ(handler_.heads, (std::vector<std::string>{"/a", "/b", "/c"}));
}

TEST_F(HttpConnectionTest, requests_may_be_cut_anywhere) {
  std::string all;
  for (const std::string_view request : {get, post, chunked, get}) all += request;
  for (std::size_t cut = 1; cut < all.size(); ++cut) {
    says(std::string_view(all).substr(0, cut));
    says(std::string_view(all).substr(cut));
    ASSERT_EQ(hears(), ok("<>") + ok("<hello>") + ok("<abcde>") + ok("<>")) << cut;
  }
}

TEST_F(HttpConnectionTest, requests_sent_ahead_are_answered_in_order) {
  std::vector<Exchange> waiting;
  handler_.at_request = [&](HttpRequest, const Exchange& exchange) { waiting.push_back(exchange); };
  says(std::string(get) + std::string(post) + std::string(get).substr(0, 7));
  ASSERT_EQ(waiting.size(), 1U);
  turn(loop_, [&] { waiting[0].respond({.body = "first"}); });
  ASSERT_EQ(waiting.size(), 2U);
  turn(loop_, [&] { waiting[1].respond({.body = "second"}); });
  EXPECT_EQ(hears(), ok("first") + ok("second"));
  says(std::string(get).substr(7));
  EXPECT_EQ(waiting.size(), 3U);
}

TEST_F(HttpConnectionTest, only_the_first_answer_counts) {
  handler_.at_request = [&](HttpRequest, const Exchange& exchange) {
    exchange.respond({.body = "1"});
    exchange.respond({.body = "2"});
    exchange.abort();
  };
  says(get);
  EXPECT_EQ(hears(), ok("1"));
  const Exchange old = handler_.last;
  handler_.at_request = nullptr;
  says(get);
  turn(loop_, [&] { old.respond({.body = "late"}); });
  EXPECT_EQ(hears(), ok("<>"));
  EXPECT_FALSE(peer_.dropped());
}

TEST_F(HttpConnectionTest, an_exchange_equals_its_copies_only) {
  handler_.at_request = [](HttpRequest, const Exchange&) {};
  says(get);
  const Exchange first = handler_.last;
  MemoryPeer other(loop_);
  connect(other);
  turn(loop_, [&] { other.says(get); });
  EXPECT_TRUE(first == Exchange(first));
  EXPECT_FALSE(first == handler_.last);
  EXPECT_FALSE(first == Exchange());
}

// RFC9112§9.3
TEST_F(HttpConnectionTest, the_connection_stays_open_when_both_sides_want_it) {
  const auto answer_to = [&](std::string_view version, std::string_view headers) {
    MemoryPeer peer(loop_);
    connect(peer);
    turn(loop_, [&] {
      peer.says("GET / HTTP/" + std::string(version) + "\r\nHost: x\r\n" + std::string(headers) + "\r\n");
    });
    const bool says_so = peer.hears().find("Connection: keep-alive") != std::string::npos;
    EXPECT_NE(says_so, peer.sees_end());
    return says_so;
  };
  EXPECT_TRUE(answer_to("1.1", ""));
  EXPECT_TRUE(answer_to("1.0", "Connection: keep-alive\r\n"));
  EXPECT_FALSE(answer_to("1.1", "Connection: close\r\n"));
  EXPECT_FALSE(answer_to("1.0", ""));
  handler_.at_request = [](HttpRequest, const Exchange& exchange) { exchange.respond({.close = true}); };
  EXPECT_FALSE(answer_to("1.1", ""));
}

TEST_F(HttpConnectionTest, after_the_last_answer_the_peer_may_still_read_and_then_close) {
  says("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(hears(), ok("<>", false));
  EXPECT_TRUE(peer_.sees_end());
  EXPECT_FALSE(peer_.dropped());
  says(get);
  EXPECT_EQ(hears(), "");
  turn(loop_, [&] { peer_.leaves(); });
  EXPECT_TRUE(peer_.dropped());
  EXPECT_EQ(connections_.size(), 0U);
}

TEST_F(HttpConnectionTest, a_peer_that_does_not_close_after_the_last_answer_is_dropped) {
  says("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  fire_next_timer(loop_);
  EXPECT_TRUE(peer_.dropped());
}

// A large last answer to a slow peer used to be cut after two seconds.
TEST_F(HttpConnectionTest, the_time_to_close_begins_when_the_last_answer_is_out) {
  peer_.stops_reading();
  says("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(loop_.timers().next(), loop::TimePoint::max());
  turn(loop_, [&] { peer_.reads_again(); });
  EXPECT_EQ(hears(), ok("<>", false));
  EXPECT_TRUE(peer_.sees_end());
  fire_next_timer(loop_);
  EXPECT_TRUE(peer_.dropped());
}

// RFC9110§9.3.2
TEST_F(HttpConnectionTest, head_never_gets_a_body) {
  handler_.at_request = [](HttpRequest, const Exchange& exchange) { exchange.respond({.body = "12345"}); };
  says("HEAD / HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(hears(), "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: keep-alive\r\n\r\n");
}

// RFC9110§10.1.1
TEST_F(HttpConnectionTest, a_body_is_asked_for_when_the_peer_waits_for_that) {
  says("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nExpect: 100-Continue\r\n\r\n");
  EXPECT_EQ(hears(), "HTTP/1.1 100 Continue\r\n\r\n");
  says("ab");
  EXPECT_EQ(hears(), ok("<ab>"));
}

TEST_F(HttpConnectionTest, a_body_is_not_asked_for_when_it_is_there_refused_or_unexpected) {
  says("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\nab");
  EXPECT_EQ(hears(), ok("<ab>"));
  says("GET / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(hears(), ok("<>"));
  says("POST / HTTP/1.0\r\nConnection: keep-alive\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(hears(), "");
  says("ab");
  EXPECT_EQ(hears(), ok("<ab>"));
  says("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2000\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(hears(), refused("413 Payload Too Large"));
}

TEST_F(HttpConnectionTest, a_request_may_be_answered_at_its_head) {
  handler_.at_head = [](const HttpRequest&, const Exchange& exchange) { exchange.respond({.status = 403}); };
  says(post);
  EXPECT_EQ(hears(), refused("403 Forbidden"));
  EXPECT_TRUE(peer_.sees_end());
  EXPECT_TRUE(handler_.requests.empty());
}

TEST_F(HttpConnectionTest, a_body_that_nobody_wants_is_read_and_not_kept) {
  handler_.at_head = [](const HttpRequest&, const Exchange& exchange) { exchange.discard_body(); };
  for (const std::string_view request : {post, chunked}) says(request);
  for (const std::string_view request : {post, chunked})
    for (const char byte : request) says({&byte, 1});
  EXPECT_EQ(handler_.requests, (std::vector<std::string>{"POST /b ", "POST /c ", "POST /b ", "POST /c "}));
  handler_.at_head = nullptr;
  says(post);
  EXPECT_EQ(handler_.requests.back(), "POST /b hello");
  EXPECT_EQ(hears(), ok("<>") + ok("<>") + ok("<>") + ok("<>") + ok("<hello>"));
}

TEST_F(HttpConnectionTest, it_may_turn_out_late_that_nobody_wants_a_body) {
  std::optional<Exchange> asked;
  handler_.at_head = [&](const HttpRequest&, const Exchange& exchange) { asked = exchange; };
  says("POST /b HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhe");
  turn(loop_, [&] { asked->discard_body(); });
  says("llo");
  turn(loop_, [&] { asked->discard_body(); });  // that request is over
  EXPECT_EQ(hears(), ok("<>"));
  says(post);
  EXPECT_EQ(hears(), ok("<hello>"));
}

TEST_F(HttpConnectionTest, a_body_that_nobody_wants_has_its_limit_all_the_same) {
  handler_.at_head = [](const HttpRequest&, const Exchange& exchange) { exchange.discard_body(); };
  says("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
  const std::string chunk = "1f4\r\n" + std::string(500, 'x') + "\r\n";
  says(chunk);
  says(chunk);
  EXPECT_EQ(hears(), "");
  says(chunk);
  EXPECT_EQ(hears(), refused("413 Payload Too Large"));
}

TEST_F(HttpConnectionTest, abort_closes_without_an_answer) {
  handler_.at_request = [](HttpRequest, const Exchange& exchange) { exchange.abort(); };
  says(get);
  EXPECT_TRUE(peer_.dropped());
  EXPECT_EQ(hears(), "");
}

TEST_F(HttpConnectionTest, the_handler_is_told_when_the_peer_is_gone_before_the_answer) {
  handler_.at_request = [](HttpRequest, const Exchange&) {};
  says(get);
  turn(loop_, [&] { peer_.leaves(); });
  EXPECT_EQ(handler_.aborts, (std::vector<std::string>{"peer gone"}));
  turn(loop_, [&] { handler_.last.respond({}); });
  EXPECT_EQ(connections_.size(), 0U);
}

TEST_F(HttpConnectionTest, the_handler_is_told_when_the_peer_is_gone_within_a_body) {
  says(post.substr(0, post.size() - 1));
  turn(loop_, [&] { peer_.leaves(EndCause::error); });
  EXPECT_EQ(handler_.aborts, (std::vector<std::string>{"peer gone"}));
  EXPECT_TRUE(handler_.requests.empty());
}

TEST_F(HttpConnectionTest, nothing_is_told_of_a_peer_that_leaves_after_its_answer) {
  says(get);
  turn(loop_, [&] { peer_.leaves(); });
  EXPECT_TRUE(handler_.aborts.empty());
}

TEST_F(HttpConnectionTest, trailers_are_not_taken_for_headers) {
  handler_.at_request = [](HttpRequest request, const Exchange& exchange) {
    exchange.respond({.body = request.has_header("Trailer") ? "merged" : "apart"});
  };
  says(chunked);
  EXPECT_EQ(hears(), ok("apart"));
}

TEST_F(HttpConnectionTest, headers_reach_the_handler_at_the_head_and_with_the_body) {
  std::string seen;
  handler_.at_head = [&](const HttpRequest& head, const Exchange&) { seen += head.header("Host"); };
  handler_.at_request = [&](HttpRequest request, const Exchange& exchange) {
    seen += request.header("host");
    seen += request.peer.address;
    exchange.respond({});
  };
  says(post);
  EXPECT_EQ(seen, "xx192.0.2.1");
}

// ---- upgrades

constexpr std::string_view upgrade =
    "GET /u HTTP/1.1\r\nHost: x\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n\r\n";

TEST_F(HttpConnectionTest, an_upgrade_hands_the_connection_over_with_the_bytes_behind_the_head) {
  says(std::string(upgrade) + "frames");
  ASSERT_TRUE(handler_.upgrade);
  EXPECT_EQ(handler_.upgrade->request.target(), "/u");
  EXPECT_EQ(handler_.upgrade->unread, "frames");
  EXPECT_NE(handler_.upgrade->connection, nullptr);
  EXPECT_EQ(connections_.size(), 0U);
  EXPECT_EQ(loop_.timers().next(), loop::TimePoint::max());
  EXPECT_FALSE(peer_.dropped());
  turn(loop_, [&] { handler_.upgrade.reset(); });
  EXPECT_TRUE(peer_.dropped());
}

// RFC9110§5.3: several lines are one list.
TEST_F(HttpConnectionTest, an_upgrade_may_be_asked_for_on_a_second_connection_line) {
  says(
      "GET /u HTTP/1.1\r\nHost: x\r\nConnection: keep-alive\r\nConnection: Upgrade\r\nUpgrade: "
      "websocket\r\n\r\n");
  EXPECT_TRUE(handler_.upgrade);
}

TEST_F(HttpConnectionTest, an_upgrade_sent_ahead_waits_until_the_answer_before_it_is_out) {
  peer_.stops_reading();
  says(std::string(get) + std::string(upgrade));
  EXPECT_FALSE(handler_.upgrade);
  turn(loop_, [&] { peer_.reads_again(); });
  EXPECT_EQ(hears(), ok("<>"));
  ASSERT_TRUE(handler_.upgrade);
  EXPECT_EQ(handler_.upgrade->connection->buffered_bytes(), 0U);
}

TEST_F(HttpConnectionTest, the_upgrade_header_alone_is_no_upgrade) {
  says("GET /u HTTP/1.1\r\nHost: x\r\nUpgrade: h2c\r\n\r\n");
  EXPECT_FALSE(handler_.upgrade);
  EXPECT_EQ(hears(), ok("<>"));
}

TEST_F(HttpConnectionTest, the_handler_may_drop_an_upgrade) {
  handler_.at_upgrade = [](Upgrade) {};
  says(upgrade);
  EXPECT_TRUE(peer_.dropped());
}

// ---- handlers that throw

TEST_F(HttpConnectionTest, a_handler_that_throws_is_answered_for_with_500) {
  handler_.at_request = [](HttpRequest, const Exchange&) { throw std::runtime_error("no"); };
  says(get);
  EXPECT_EQ(hears(), refused("500 Internal Server Error"));
}

TEST_F(HttpConnectionTest, a_handler_that_throws_at_the_head_is_answered_for_with_500) {
  handler_.at_head = [](const HttpRequest&, const Exchange&) { throw 42; };
  says(post);
  EXPECT_EQ(hears(), refused("500 Internal Server Error"));
}

TEST_F(HttpConnectionTest, a_handler_that_throws_after_its_answer_changes_nothing) {
  handler_.at_request = [](HttpRequest, const Exchange& exchange) {
    exchange.respond({.body = "done"});
    throw std::runtime_error("too late");
  };
  says(std::string(get) + std::string(get));
  EXPECT_EQ(hears(), ok("done") + ok("done"));
}

TEST_F(HttpConnectionTest, a_handler_that_throws_at_an_upgrade_loses_the_connection) {
  handler_.at_upgrade = [](Upgrade) { throw std::runtime_error("no"); };
  says(upgrade);
  EXPECT_TRUE(peer_.dropped());
  EXPECT_EQ(connections_.size(), 0U);
}

// ---- draining

TEST_F(HttpConnectionTest, draining_closes_idle_connections_at_once_and_busy_ones_after_their_answer) {
  handler_.at_request = [](HttpRequest, const Exchange&) {};
  MemoryPeer busy(loop_);
  connect(busy);
  turn(loop_, [&] { busy.says(get); });
  turn(loop_, [&] { connections_.drain(); });
  EXPECT_TRUE(peer_.dropped());
  EXPECT_FALSE(busy.dropped());
  turn(loop_, [&] { handler_.last.respond({.body = "bye"}); });
  EXPECT_NE(busy.hears().find("Connection: close\r\n\r\nbye"), std::string::npos);
  EXPECT_TRUE(busy.sees_end());
}

// The connection was idle already, and its answer still on the way, when it was dropped.
TEST_F(HttpConnectionTest, draining_does_not_lose_an_answer_given_in_the_same_turn) {
  handler_.at_request = [](HttpRequest, const Exchange&) {};
  says(get);
  turn(loop_, [&] {
    handler_.last.respond({.body = "bye"});
    connections_.drain();
  });
  EXPECT_EQ(hears(), ok("bye"));
  EXPECT_TRUE(peer_.sees_end());
  fire_next_timer(loop_);
  EXPECT_TRUE(peer_.dropped());
}

}  // namespace
}  // namespace roomcast::net
