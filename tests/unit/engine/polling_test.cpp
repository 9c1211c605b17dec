// HTTP polling, on one loop and across loops. Engine.IO v4, "HTTP polling", "Errors" and "Heartbeat, close".
#include "engine_fixture.hpp"

namespace roomcast::engine {
namespace {

class Polling : public OnEachLoopCount {};
ROOMCAST_ON_EACH_LOOP_COUNT(Polling);

const std::string separator = "\x1e";
const std::string sid_unknown = "400 {\"code\":1,\"message\":\"Session ID unknown\"}";

TEST_P(Polling, what_is_posted_reaches_the_session_and_what_it_sends_is_polled) {
  const std::string sid = handshake();
  EXPECT_EQ(post(sid, "4hello"), "ok");
  EXPECT_EQ(get(sid), "4hello");
}

TEST_P(Polling, a_get_waits_until_there_is_something_to_send) {
  const std::string sid = handshake();
  RawClient waiting = pending_get(sid);
  EXPECT_EQ(post(sid, "4late"), "ok");
  EXPECT_EQ(waiting.response().body, "4late");
}

TEST_P(Polling, a_payload_holds_all_packets_that_wait) {
  const std::string sid = handshake();
  EXPECT_EQ(post(sid, "4a" + separator + "bAQID" + separator + "4c"), "ok");
  EXPECT_EQ(get(sid), "4a" + separator + "bAQID" + separator + "4c");
}

TEST_P(Polling, one_connection_may_carry_many_sessions) {
  RawClient client = connect();
  std::vector<std::string> sids;
  for (int i = 0; i < 3; ++i) sids.push_back(handshake());
  for (const std::string& sid : sids) {
    client.send("POST /engine.io/?" + of(sid) + " HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n4x");
    EXPECT_EQ(client.response().body, "ok");
    client.send("GET /engine.io/?" + of(sid) + " HTTP/1.1\r\nHost: x\r\n\r\n");
    EXPECT_EQ(client.response().body, "4x");
  }
}

TEST_P(Polling, requests_sent_ahead_are_answered_in_order) {
  const std::string sid = handshake();
  RawClient client = connect();
  client.send("POST /engine.io/?" + of(sid) +
              " HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n4xGET /engine.io/?" + of(sid) +
              " HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(client.response().body, "ok");
  EXPECT_EQ(client.response().body, "4x");
}

TEST_P(Polling, of_two_gets_at_once_one_is_refused_and_the_session_ends) {
  const std::string sid = handshake();
  RawClient first = pending_get(sid);
  const RawClient::Response second = request("GET", of(sid)).response();
  EXPECT_EQ(second.status, 400U);
  EXPECT_EQ(second.body, "");
  EXPECT_EQ(first.response().body, "1");
  expect_note("close transport error: overlapping GETs");
  EXPECT_EQ(get(sid), sid_unknown);
}

TEST_P(Polling, of_two_posts_at_once_one_is_refused_one_is_dropped_and_the_session_ends) {
  const std::string sid = handshake();
  RawClient first = connect();
  first.send("POST /engine.io/?" + of(sid) +
             " HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 9\r\n\r\n");
  first.read_through("\r\n\r\n");  // its head has been seen
  RawClient second = request("POST", of(sid), "4x");
  expect_note("close transport error: overlapping POSTs");
  EXPECT_EQ(second.response().status, 400U);
  EXPECT_EQ(first.read_to_end(), "");
}

TEST_P(Polling, binary_bodies_are_refused) {
  const std::string sid = handshake();
  EXPECT_EQ(ok(request("POST", of(sid), "4x", "Content-Type: application/octet-stream\r\n").response()),
            "400 ");
  expect_note("close transport error: binary body in Engine.IO 4");
}

TEST_P(Polling, a_body_that_is_too_large_is_refused_and_the_session_goes_on) {
  const std::string sid = handshake();
  const std::string most = "4" + std::string(999'999, 'x');
  EXPECT_EQ(post(sid, most + "x"), "413 ");
  RawClient chunked = connect();
  chunked.send("POST /engine.io/?" + of(sid) +
               " HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nF4241\r\n");
  EXPECT_EQ(chunked.response().status, 413U);
  EXPECT_EQ(post(sid, most), "ok");
  EXPECT_EQ(get(sid), most);
}

TEST_P(Polling, other_methods_are_refused_and_the_session_goes_on) {
  const std::string sid = handshake();
  for (const std::string_view method : {"OPTIONS", "PUT", "DELETE"})
    EXPECT_EQ(ok(request(method, of(sid)).response()), "500 ");
  EXPECT_EQ(post(sid, "4x"), "ok");
}

TEST_P(Polling, a_body_that_cannot_be_read_is_taken_up_to_there_and_ends_the_session) {
  const std::string sid = handshake();
  RawClient waiting = pending_get(sid);
  EXPECT_EQ(post(sid, "4a" + separator + "x" + separator + "4never"), "ok");
  EXPECT_EQ(waiting.response().body, "1");
  expect_note("text a");
  expect_note("close parse error: packet of an unknown type");
  EXPECT_EQ(notes(), std::vector<std::string>{});
}

TEST_P(Polling, bytes_that_are_not_utf8_are_replaced) {
  const std::string sid = handshake();
  EXPECT_EQ(post(sid, "4\xff"), "ok");
  EXPECT_EQ(get(sid), "4\xEF\xBF\xBD");
}

TEST_P(Polling, a_ping_from_a_client_ends_the_session) {
  const std::string sid = handshake();
  EXPECT_EQ(post(sid, "2"), "ok");
  expect_note("close transport error: ping from a client");
}

TEST_P(Polling, a_client_that_drops_its_get_ends_the_session) {
  const std::string sid = handshake();
  pending_get(sid).close();
  expect_note("close transport error: request dropped");
}

TEST_P(Polling, a_client_that_drops_a_half_sent_post_ends_the_session) {
  const std::string sid = handshake();
  RawClient client = connect();
  client.send("POST /engine.io/?" + of(sid) + " HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n4half");
  client.close();
  expect_note("close transport error: request dropped");
}

TEST_P(Polling, a_bad_chunk_ends_the_session) {
  const std::string sid = handshake();
  RawClient client = connect();
  client.send("POST /engine.io/?" + of(sid) +
              " HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n");
  EXPECT_EQ(client.response().status, 400U);
  expect_note("close transport error: request dropped");
}

// A POST that was refused for its protocol stayed the session's, and the next one was one too many.
TEST_P(Polling, a_refused_post_does_not_count_as_the_sessions) {
  const std::string sid = handshake();
  EXPECT_EQ(request("POST", "EIO=3&transport=polling&sid=" + sid, "4x").response().status, 400U);
  EXPECT_EQ(post(sid, "4x"), "ok");
  EXPECT_EQ(get(sid), "4x");
}

TEST_P(Polling, a_client_says_goodbye_and_what_follows_is_ignored) {
  const std::string sid = handshake();
  RawClient waiting = pending_get(sid);
  EXPECT_EQ(post(sid, "1" + separator + "4never"), "ok");
  EXPECT_EQ(waiting.response().body, "6");
  expect_note("close transport close");
  EXPECT_EQ(notes(), std::vector<std::string>{});
  EXPECT_EQ(get(sid), sid_unknown);
}

TEST_P(Polling, the_server_says_goodbye_on_a_pending_get) {
  const std::string sid = handshake();
  RawClient waiting = pending_get(sid);
  close(sid, "why not");
  EXPECT_EQ(waiting.response().body, "1");
  expect_note("close forced close: why not");
  EXPECT_EQ(get(sid), sid_unknown);
}

TEST_P(Polling, without_a_pending_get_the_next_one_hears_of_the_end) {
  const std::string sid = handshake();
  close(sid);
  expect_note("close forced close");
  EXPECT_EQ(get(sid), "6" + separator + "1");
  EXPECT_EQ(get(sid), sid_unknown);
}

TEST_P(Polling, what_was_sent_before_the_end_still_arrives) {
  const std::string sid = handshake();
  at_home(sid, [](Session& session) {
    session.send(text_message("last"));
    session.close();
    session.send(text_message("too late"));
  });
  EXPECT_EQ(post(sid, "4ignored"), "ok");
  EXPECT_EQ(get(sid), "4last");
  EXPECT_EQ(get(sid), "6" + separator + "1");
  EXPECT_EQ(notes(), (std::vector<std::string>{"close forced close"}));
}

TEST_P(Polling, what_was_sent_in_the_turn_of_the_end_leaves_on_the_pending_get) {
  const std::string sid = handshake();
  RawClient waiting = pending_get(sid);
  at_home(sid, [](Session& session) {
    session.send(text_message("last"));
    session.close();
  });
  EXPECT_EQ(waiting.response().body, "4last");
  EXPECT_EQ(get(sid), "6" + separator + "1");
}

TEST_P(Polling, a_session_may_be_closed_by_its_own_message) {
  at_text = [](Session& session, std::string_view) { session.close("asked to"); };
  const std::string sid = handshake();
  EXPECT_EQ(post(sid, "4close" + separator + "4never"), "ok");
  EXPECT_EQ(get(sid), "6" + separator + "1");
  EXPECT_EQ(notes(), (std::vector<std::string>{"text close", "close forced close: asked to"}));
}

TEST_P(Polling, a_handler_that_throws_costs_no_other_message) {
  at_text = [](Session& session, std::string_view text) {
    if (text == "bad") throw std::runtime_error("no");
    session.send(text_message(text));
  };
  const std::string sid = handshake();
  EXPECT_EQ(post(sid, "4bad" + separator + "4good"), "ok");
  EXPECT_EQ(get(sid), "4good");
}

// It was counted until the end of the turn, when nobody was there any more whose bytes it could have been.
TEST_P(Polling, what_waited_for_a_session_is_not_counted_any_more_once_it_is_over) {
  auto waiting = [this] {
    std::uint64_t sum = 0;
    server_->for_each_loop([&sum](const LoopState& loop) { sum += loop.buffered_bytes; });
    return sum;
  };
  const auto [before, after] = at_home(handshake(), [&](Session& session) {
    session.send(text_message("waits"));
    const std::uint64_t there = waiting();
    session.shut_down();
    return std::pair(there, waiting());
  });
  EXPECT_EQ(before, std::string_view("4waits").size());
  EXPECT_EQ(after, 0U);
}

TEST_P(Polling, a_client_that_never_polls_is_a_slow_consumer) {
  const std::string sid = handshake();
  at_home(sid, [](Session& session) {
    for (int i = 0; i < 3; ++i) session.send(text_message(std::string(500'000, 'x')));
    EXPECT_GT(session.buffered_bytes(), 1'000'000U);
  });
  expect_note("close transport error: slow consumer");
  EXPECT_EQ(server_->total(&base::Metrics::slow_consumers), 1U);
}

TEST_P(Polling, many_clients_at_once_are_all_served) {
  std::vector<std::string> sids;
  for (int i = 0; i < 30; ++i) sids.push_back(handshake());
  std::vector<RawClient> waiting;
  for (const std::string& sid : sids) waiting.push_back(begin_get(sid));
  for (const std::string& sid : sids) EXPECT_EQ(post(sid, "4" + sid), "ok");
  for (std::size_t i = 0; i < sids.size(); ++i) EXPECT_EQ(waiting[i].response().body, "4" + sids[i]);
}

}  // namespace
}  // namespace roomcast::engine
