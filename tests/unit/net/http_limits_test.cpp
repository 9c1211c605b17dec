// What a peer may not do: sizes, times, and requests that two readers could read differently. RFC 9112.
#include "http_fixture.hpp"

namespace roomcast::net {
namespace {

using support::fire_next_timer;
using support::MemoryPeer;
using support::turn;

class HttpLimitsTest : public HttpOverMemory {
 protected:
  /// How a new peer that says this is answered.
  std::string answer(std::string_view request) {
    MemoryPeer peer(loop_);
    connect(peer);
    turn(loop_, [&] { peer.says(request); });
    const std::string heard = peer.hears();
    return heard.substr(0, heard.find('\r'));
  }
};

// ---- sizes

TEST_F(HttpLimitsTest, a_header_may_be_as_large_as_the_limit_and_no_larger) {
  const auto request = [](std::size_t size) {
    const std::string start = "GET / HTTP/1.1\r\nHost: x\r\nX: ";
    return start + std::string(size - start.size() - 4, 'x') + "\r\n\r\n";
  };
  EXPECT_EQ(answer(request(400)), "HTTP/1.1 200 OK");
  EXPECT_EQ(answer(request(401)), "HTTP/1.1 431 Request Header Fields Too Large");
  EXPECT_EQ(answer("GET /" + std::string(5000, 'a')), "HTTP/1.1 431 Request Header Fields Too Large");
}

TEST_F(HttpLimitsTest, a_header_that_comes_byte_by_byte_has_the_same_limit) {
  says("GET / HTTP/1.1\r\nHost: x\r\nX: ");
  for (int i = 0; i < 500; ++i) says("x");
  EXPECT_EQ(hears(), refused("431 Request Header Fields Too Large"));
}

// Beast takes each whole line out of what it counts, so lines in packets of their own had no limit.
TEST_F(HttpLimitsTest, a_header_that_comes_line_by_line_has_the_same_limit) {
  says("GET / HTTP/1.1\r\nHost: x\r\n");
  for (int i = 0; i < 7; ++i) says("X: " + std::string(60, 'x') + "\r\n");
  EXPECT_EQ(hears(), refused("431 Request Header Fields Too Large"));
}

TEST_F(HttpLimitsTest, a_request_may_not_have_too_many_headers) {
  const auto request = [](int headers) {
    std::string text = "GET / HTTP/1.1\r\nHost: x\r\n";
    for (int i = 1; i < headers; ++i) text += "a:b\r\n";
    return text + "\r\n";
  };
  EXPECT_EQ(answer(request(8)), "HTTP/1.1 200 OK");
  EXPECT_EQ(answer(request(9)), "HTTP/1.1 431 Request Header Fields Too Large");
}

TEST_F(HttpLimitsTest, a_body_may_be_as_large_as_the_limit_and_no_larger) {
  const auto request = [](std::size_t size) {
    return "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(size) + "\r\n\r\n" +
           std::string(size, 'x');
  };
  EXPECT_EQ(answer(request(1000)), "HTTP/1.1 200 OK");
  EXPECT_TRUE(handler_.aborts.empty());
  EXPECT_EQ(answer(request(1001)), "HTTP/1.1 413 Payload Too Large");
  EXPECT_EQ(handler_.aborts, (std::vector<std::string>{"body too large"}));
}

TEST_F(HttpLimitsTest, a_declared_length_is_refused_before_any_of_the_body_is_read) {
  EXPECT_EQ(answer("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000000000000000\r\n\r\n"),
            "HTTP/1.1 413 Payload Too Large");
}

TEST_F(HttpLimitsTest, a_chunked_body_has_the_same_limit) {
  const auto request = [](int chunks) {
    std::string text = "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
    for (int i = 0; i < chunks; ++i) text += "64\r\n" + std::string(100, 'x') + "\r\n";
    return text + "0\r\n\r\n";
  };
  EXPECT_EQ(answer(request(10)), "HTTP/1.1 200 OK");
  EXPECT_EQ(answer(request(11)), "HTTP/1.1 413 Payload Too Large");
  EXPECT_EQ(handler_.aborts, (std::vector<std::string>{"body too large"}));
}

TEST_F(HttpLimitsTest, a_body_may_come_in_chunks_of_one_byte) {
  says("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
  for (int i = 0; i < 1000; ++i) says("1\r\nx\r\n");
  says("0\r\n\r\n");
  EXPECT_EQ(hears(), ok("<" + std::string(1000, 'x') + ">"));
}

// Beast waits for the end of a chunk's extensions, or of the trailers, however long they get.
TEST_F(HttpLimitsTest, a_chunk_header_without_end_is_refused) {
  says("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1;");
  for (int i = 0; i < 10; ++i) says(std::string(60, 'e'));
  EXPECT_EQ(hears(), refused("400 Bad Request"));
  EXPECT_EQ(handler_.aborts, (std::vector<std::string>{"bad request"}));
}

TEST_F(HttpLimitsTest, trailers_without_end_are_refused) {
  says("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n");
  for (int i = 0; i < 10; ++i) says("T: " + std::string(60, 't') + "\r\n");
  EXPECT_EQ(hears(), refused("400 Bad Request"));
}

TEST_F(HttpLimitsTest, a_peer_that_sends_far_ahead_is_held_up_until_its_answer_is_out) {
  handler_.at_request = [](HttpRequest, const Exchange&) {};
  const std::string get = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
  says(get);
  for (int i = 0; i < 4000; ++i) says(get);
  EXPECT_TRUE(peer_.held_up());
  handler_.at_request = nullptr;
  turn(loop_, [&] { handler_.last.respond({.body = "<>"}); });
  EXPECT_FALSE(peer_.held_up());
  EXPECT_EQ(handler_.requests.size(), 4001U);
  says(get);
  EXPECT_EQ(handler_.requests.size(), 4002U);
}

// Answers to requests sent ahead would pile up for a peer that reads none of them.
TEST_F(HttpLimitsTest, one_answer_at_most_waits_for_a_peer_that_does_not_read) {
  peer_.stops_reading();
  for (int i = 0; i < 100; ++i) says("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(handler_.requests.size(), 1U);
  turn(loop_, [&] { peer_.reads_again(); });
  EXPECT_EQ(handler_.requests.size(), 100U);
}

// ---- time

TEST_F(HttpLimitsTest, a_peer_that_says_nothing_is_dropped_without_a_word) {
  fire_next_timer(loop_);
  EXPECT_TRUE(peer_.dropped());
  EXPECT_EQ(hears(), "");
}

TEST_F(HttpLimitsTest, a_slow_header_is_answered_with_408) {
  says("GET / HTTP/1.1\r\nHost: x\r\n");
  fire_next_timer(loop_);
  EXPECT_EQ(hears(), refused("408 Request Timeout"));
}

TEST_F(HttpLimitsTest, a_slow_header_gets_no_more_time_line_by_line) {
  says("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  says("GET / HTTP/1.1\r\nHost: x\r\n");
  const loop::TimePoint deadline = loop_.timers().next();
  says("A: b\r\n");
  says("C: d");
  EXPECT_EQ(loop_.timers().next(), deadline);
}

TEST_F(HttpLimitsTest, a_slow_body_is_answered_with_408) {
  says("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nx");
  fire_next_timer(loop_);
  EXPECT_EQ(hears(), refused("408 Request Timeout"));
  EXPECT_EQ(handler_.aborts, (std::vector<std::string>{"bad request"}));
}

TEST_F(HttpLimitsTest, the_application_may_take_its_time) {
  handler_.at_request = [](HttpRequest, const Exchange&) {};
  says("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(loop_.timers().next(), loop::TimePoint::max());
}

TEST_F(HttpLimitsTest, an_idle_connection_is_dropped_after_a_while) {
  says("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  hears();
  EXPECT_GT(loop_.timers().next(), loop_.now() + std::chrono::seconds(60));
  fire_next_timer(loop_);
  EXPECT_TRUE(peer_.dropped());
  EXPECT_EQ(hears(), "");
}

TEST_F(HttpLimitsTest, a_connection_is_not_idle_while_its_answer_is_on_the_way) {
  peer_.stops_reading();
  says("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  fire_next_timer(loop_);
  EXPECT_FALSE(peer_.dropped());
  turn(loop_, [&] { peer_.reads_again(); });
  EXPECT_EQ(hears(), ok("<>"));
}

// ---- what two readers could read differently

// RFC9112§3.2; without it, whether an Origin is the server's own could not be told.
TEST_F(HttpLimitsTest, a_request_has_exactly_one_host) {
  EXPECT_EQ(answer("GET / HTTP/1.1\r\n\r\n"), "HTTP/1.1 400 Bad Request");
  EXPECT_EQ(answer("GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n"), "HTTP/1.1 400 Bad Request");
  EXPECT_EQ(answer("GET / HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"),
            "HTTP/1.1 400 Bad Request");
  EXPECT_TRUE(handler_.heads.empty());
  EXPECT_EQ(answer("GET / HTTP/1.1\r\nHost:\r\n\r\n"), "HTTP/1.1 200 OK");
  EXPECT_EQ(answer("GET / HTTP/1.0\r\n\r\n"), "HTTP/1.1 200 OK");
}

// RFC9112§3.2.2
TEST_F(HttpLimitsTest, a_target_may_be_a_whole_uri_and_names_the_host_then) {
  std::string host;
  handler_.at_head = [&](const HttpRequest& head, const Exchange&) { host = head.host(); };
  const auto asked = [&](const std::string& target) {
    EXPECT_EQ(answer("GET " + target + " HTTP/1.1\r\nHost: other\r\n\r\n"), "HTTP/1.1 200 OK");
    return handler_.heads.back() + " of " + host;
  };
  EXPECT_EQ(asked("http://a.example:80/path?q=http://b"), "/path?q=http://b of a.example:80");
  EXPECT_EQ(asked("HTTPS://a.example"), "/ of a.example");
  EXPECT_EQ(asked("http://a.example?q"), "/?q of a.example");
  EXPECT_EQ(asked("http:///path"), "http:///path of other");
  EXPECT_EQ(asked("/http://a.example/"), "/http://a.example/ of other");
}

TEST_F(HttpLimitsTest, a_body_has_one_length_only) {
  for (const std::string headers : {
           "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",  // RFC9112§6.1
           "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
           "Content-Length: 5\r\nContent-Length: 6\r\n",  // RFC9112§6.3
           "Content-Length: 5, 6\r\n",
           "Content-Length: +5\r\n",
           "Content-Length: 5x\r\n",
           "Content-Length: -1\r\n",
           "Content-Length: \r\n",
           "Content-Length: 18446744073709551621\r\n",
           "Content-Length : 5\r\n",  // RFC9112§5.1
           "Transfer-Encoding: gzip\r\n",
           "Transfer-Encoding: chunked, gzip\r\n",
           "Transfer-Encoding: xchunked\r\n",
           "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
           "Transfer-Encoding: \r\n",
       }) {
    EXPECT_EQ(answer("POST / HTTP/1.1\r\nHost: x\r\n" + headers + "\r\nhello"), "HTTP/1.1 400 Bad Request")
        << headers;
  }
  EXPECT_EQ(answer("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
            "HTTP/1.1 400 Bad Request");
  EXPECT_TRUE(handler_.requests.empty());
}

TEST_F(HttpLimitsTest, what_is_not_http_is_refused) {
  for (const std::string request :
       {"hello\r\n\r\n", "GET /\r\n\r\n", "GET / HTTP/2.0\r\n\r\n", "GET / HTTP/1.1\n\n",
        "GET  / HTTP/1.1\r\nHost: x\r\n\r\n", "GET / HTTP/1.1\r\nHost: x\r\n: x\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nno colon\r\n\r\n", "GET / HTTP/1.1\r\nHost: x\r\nO: a\x01z\r\n\r\n",
        "G\xc3\xa4T / HTTP/1.1\r\nHost: x\r\n\r\n", "GET / HTTP/1.1\r\nHost: x\r\nA: b\rC: d\r\n\r\n"}) {
    EXPECT_EQ(answer(request), "HTTP/1.1 400 Bad Request") << request;
  }
  EXPECT_EQ(answer(std::string("GET /\0 HTTP/1.1\r\nHost: x\r\n\r\n", 28)), "HTTP/1.1 400 Bad Request");
  EXPECT_EQ(metrics_.http_bad_requests[0].value(), 11U);
}

TEST_F(HttpLimitsTest, a_bad_chunk_is_refused_and_told) {
  for (const std::string body :
       {"x\r\n", "1\r\nabc\r\n0\r\n\r\n", "-1\r\n", "1 \r\na\r\n", "fffffffffffffffff\r\n",
        "1\r\na\r\n0\r\nbad trailer\r\n\r\n", "1;\x01\r\na\r\n"}) {
    handler_.aborts.clear();
    EXPECT_EQ(answer("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" + body),
              "HTTP/1.1 400 Bad Request")
        << body;
    EXPECT_EQ(handler_.aborts, (std::vector<std::string>{"bad request"})) << body;
  }
}

}  // namespace
}  // namespace roomcast::net
