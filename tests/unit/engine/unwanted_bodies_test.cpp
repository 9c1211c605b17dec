// What peers without a session can make the server keep of their requests.
#include <support/count_allocations.hpp>

#include "engine_fixture.hpp"

namespace roomcast::engine {
namespace {

class UnwantedBodies : public OnEachLoopCount {
 protected:
  std::uint64_t received() const {
    std::uint64_t sum = 0;
    server_->for_each_loop([&](const LoopState& loop) { sum += loop.bytes_received; });
    return sum;
  }
  /// So many clients send a request with all of a body but its last byte. Waits until what the server keeps
  /// of them is as it should be, then lets them finish.
  template <class AsItShouldBe>
  void send_bodies(unsigned clients, std::string_view method, const std::string& query,
                   std::string_view headers, AsItShouldBe as_it_should_be) {
    const std::string body(900'000, 'x');
    const std::string head = std::string(method) + " /engine.io/?" + query + " HTTP/1.1\r\nHost: x\r\n" +
                             std::string(headers) + "Content-Length: 900001\r\n\r\n";
    const std::uint64_t before_received = received();
    const std::size_t before = support::allocated_bytes;
    std::vector<RawClient> all;
    for (unsigned i = 0; i < clients; ++i) {
      all.push_back(connect());
      all.back().send(head);
      all.back().send(body);
    }
    until([&] { return received() == before_received + clients * (head.size() + body.size()); });
    until([&] {  // the loop that a sid names may have to be asked
      const std::size_t now = support::allocated_bytes;
      return as_it_should_be(now - std::min(now, before));
    });
    for (RawClient& client : all) {
      client.send("x");
      answers_.push_back(ok(client.response()));
    }
  }

  static bool little(std::size_t bytes) { return bytes < 300'000; }

  std::vector<std::string> answers_;
};
ROOMCAST_ON_EACH_LOOP_COUNT(UnwantedBodies);

TEST_P(UnwantedBodies, are_not_kept_and_are_answered_as_ever) {
  const std::string sid = handshake();
  std::string websocket_sid;
  RawClient websocket = websocket_session(&websocket_sid);
  struct Case {
    const char* method;
    std::string query;
    const char* answer;
  };
  std::vector<Case> cases{
      {"POST", "EIO=4&transport=polling", R"(400 {"code":2,"message":"Bad handshake method"})"},
      {"POST", "EIO=4&transport=tcp", R"(400 {"code":0,"message":"Transport unknown"})"},
      {"POST", of("x"), R"(400 {"code":1,"message":"Session ID unknown"})"},
      {"POST", of(make_sid(1, 63)), R"(400 {"code":1,"message":"Session ID unknown"})"},
      {"POST", "EIO=3&transport=polling&sid=" + sid, R"(400 {"code":3,"message":"Bad request"})"},
      {"POST", of(websocket_sid), R"(400 {"code":3,"message":"Bad request"})"},
      {"PUT", of(sid), "500 "},
  };
  for (unsigned loop = 0; loop < GetParam(); ++loop)
    cases.push_back({"POST", of(make_sid(1, loop)), R"(400 {"code":1,"message":"Session ID unknown"})"});
  for (const Case& one : cases) {
    SCOPED_TRACE(one.method + (" " + one.query));
    send_bodies(4, one.method, one.query, "", little);
    for (const std::string& answer : std::exchange(answers_, {})) EXPECT_EQ(answer, one.answer);
  }
  send_bodies(4, "POST", of(sid), "Origin: http://evil.example\r\n", little);
  for (const std::string& answer : std::exchange(answers_, {}))
    EXPECT_TRUE(answer.starts_with("403 ")) << answer;
}

TEST_P(UnwantedBodies, those_of_sessions_are_wanted) {
  send_bodies(1, "POST", of(handshake()), "", [](std::size_t bytes) { return bytes > 900'000; });
}

TEST_P(UnwantedBodies, do_not_end_their_connection) {
  RawClient client = connect();
  for (const std::string& query : {std::string("EIO=4&transport=polling"), of("x"), of(make_sid(1, 0))}) {
    client.send("POST /engine.io/?" + query + " HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n4x");
    const RawClient::Response response = client.response();
    EXPECT_EQ(response.status, 400U);
    EXPECT_NE(response.head.find("\r\nConnection: keep-alive\r\n"), std::string::npos) << response.head;
  }
}

}  // namespace
}  // namespace roomcast::engine
