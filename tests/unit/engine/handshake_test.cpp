// New sessions and refusals. Engine.IO v4, "Handshake" and "Errors".
#include "engine_fixture.hpp"

namespace roomcast::engine {
namespace {

class HandshakeTest : public EngineTest {
 protected:
  std::string refused(std::string_view method, std::string_view query, std::string_view headers = {}) {
    return ok(request(method, query, {}, headers).response());
  }
  /// The raw answer to an upgrade that is refused.
  std::string upgrade_refusal(std::string_view query, std::string_view headers = {}) {
    RawClient client = connect();
    client.send(upgrade_head(query, headers));
    return client.read_to_end();
  }
};

TEST_F(HandshakeTest, a_polling_session_begins_with_the_open_packet) {
  start();
  const RawClient::Response response = request("GET", "EIO=4&transport=polling").response();
  EXPECT_EQ(response.body, "0{\"sid\":\"" + sid_of(response.body) +
                               "\",\"upgrades\":[\"websocket\"],\"pingInterval\":25000,\"pingTimeout\":20000,"
                               "\"maxPayload\":1000000}");
  EXPECT_NE(response.head.find("Content-Type: text/plain; charset=UTF-8\r\n"), std::string::npos);
  EXPECT_NE(response.head.find("cache-control: no-store\r\n"), std::string::npos);
  EXPECT_EQ(server_->clients_count(), 1U);
}

TEST_F(HandshakeTest, a_websocket_session_begins_with_the_open_packet) {
  start();
  RawClient client = websocket("EIO=4&transport=websocket");
  const RawClient::Frame frame = client.frame();
  EXPECT_TRUE(frame.text());
  EXPECT_NE(frame.payload.find("\"upgrades\":[]"), std::string::npos);
}

TEST_F(HandshakeTest, no_upgrade_is_offered_when_none_is_allowed) {
  options_.allow_upgrades = false;
  start();
  EXPECT_NE(request("GET", "EIO=4&transport=polling").response().body.find("\"upgrades\":[]"),
            std::string::npos);
}

TEST_F(HandshakeTest, every_session_lives_on_the_loop_that_its_sid_names) {
  start(3);
  std::vector<int> loops;
  for (int i = 0; i < 6; ++i) loops.push_back(loop_of(handshake()));
  EXPECT_EQ(loops, (std::vector{0, 1, 2, 0, 1, 2}));
}

TEST_F(HandshakeTest, bad_requests_are_refused_in_the_documented_order) {
  start(2);
  const std::string sid = handshake();
  const auto json = [](int code, const std::string& message) {
    return "400 {\"code\":" + std::to_string(code) + ",\"message\":\"" + message + "\"}";
  };
  const std::string transport_unknown = json(0, "Transport unknown"),
                    sid_unknown = json(1, "Session ID unknown"), bad_method = json(2, "Bad handshake method"),
                    bad_request = json(3, "Bad request"),
                    unsupported = json(5, "Unsupported protocol version");
  EXPECT_EQ(refused("GET", ""), transport_unknown);
  EXPECT_EQ(refused("GET", "EIO=4&transport=webtransport"), transport_unknown);
  EXPECT_EQ(refused("GET", "EIO=3&transport=tcp&sid=x"), transport_unknown);
  EXPECT_EQ(refused("GET", "EIO=4&transport=polling&sid=x"), sid_unknown);
  EXPECT_EQ(refused("GET", "EIO=3&transport=polling&sid=" + make_sid(1, 1)), sid_unknown);
  EXPECT_EQ(refused("GET", "EIO=4&transport=polling&sid=" + make_sid(1, 63)), sid_unknown);
  EXPECT_EQ(refused("POST", "EIO=3&transport=polling"), bad_method);
  EXPECT_EQ(refused("OPTIONS", "EIO=4&transport=polling"), bad_method);
  EXPECT_EQ(refused("GET", "EIO=4&transport=websocket"), bad_request);
  EXPECT_EQ(refused("GET", "EIO=4&transport=websocket&sid=" + sid), bad_request);
  EXPECT_EQ(refused("GET", "EIO=3&transport=polling&sid=" + sid), bad_request);
  EXPECT_EQ(refused("GET", "EIO=3&transport=polling"), unsupported);
  EXPECT_EQ(refused("GET", "transport=polling"), unsupported);
  EXPECT_TRUE(alive(sid));
}

TEST_F(HandshakeTest, a_refused_head_request_has_no_body) {
  start();
  RawClient client = request("HEAD", "EIO=4&transport=polling");
  EXPECT_EQ(client.read_through("\r\n\r\n").substr(0, 12), "HTTP/1.1 400");
  client.send("GET /engine.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(client.response().status, 200U);
}

TEST_F(HandshakeTest, foreign_origins_are_refused_everywhere) {
  start();
  const std::string sid = handshake();
  const std::string_view foreign = "Origin: http://evil.example\r\n";
  const std::string text =
      "Origin http://evil.example is neither this server's own nor listed in cors.origin";
  const std::string json = "403 {\"code\":4,\"message\":\"" + text + "\"}";
  EXPECT_EQ(refused("GET", "EIO=4&transport=polling", foreign), json);
  EXPECT_EQ(refused("GET", of(sid), foreign), json);
  EXPECT_EQ(refused("POST", of(sid), foreign), json);
  for (const std::string& query :
       {std::string("EIO=4&transport=websocket"), "EIO=4&transport=websocket&sid=" + sid}) {
    const std::string raw = upgrade_refusal(query, foreign);
    EXPECT_TRUE(raw.starts_with("HTTP/1.1 400 Bad Request\r\n")) << raw;
    EXPECT_TRUE(raw.ends_with("\r\n\r\n" + text)) << raw;
  }
  EXPECT_EQ(ok(request("POST", of(sid), "4x", "Origin: http://x\r\n").response()), "ok");
}

TEST_F(HandshakeTest, refused_upgrades_get_a_raw_answer_and_the_end) {
  start(2);
  const auto raw = [](const std::string& text) {
    return "HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-type: text/html\r\nContent-Length: " +
           std::to_string(text.size()) + "\r\n\r\n" + text;
  };
  EXPECT_EQ(upgrade_refusal("EIO=4&transport=tcp"), raw("Transport unknown"));
  for (unsigned loop : {0U, 1U, 2U})
    EXPECT_EQ(upgrade_refusal("EIO=4&transport=websocket&sid=" + make_sid(1, loop)),
              raw("Session ID unknown"));
  EXPECT_EQ(upgrade_refusal("EIO=3&transport=websocket&sid=" + handshake()), raw("Bad request"));
}

TEST_F(HandshakeTest, some_upgrades_are_refused_only_behind_the_101) {
  start();
  RawClient old = websocket("EIO=3&transport=websocket");
  EXPECT_EQ(old.frame().payload, "\x03\xea");  // 1002
  EXPECT_EQ(old.read_to_end(), "");
  RawClient polling = websocket("EIO=4&transport=polling");
  EXPECT_EQ(polling.frame().payload, "");
  EXPECT_EQ(server_->clients_count(), 0U);
}

TEST_F(HandshakeTest, an_acceptor_that_throws_refuses_the_session) {
  at_session = [](Session&) { throw std::runtime_error("no"); };
  start();
  EXPECT_EQ(refused("GET", "EIO=4&transport=polling"), "400 {\"code\":3,\"message\":\"Bad request\"}");
  EXPECT_TRUE(upgrade_refusal("EIO=4&transport=websocket").ends_with("Bad request"));
  EXPECT_EQ(server_->clients_count(), 0U);
  EXPECT_EQ(server_->total(&base::Metrics::handler_errors), 2U);
}

TEST_F(HandshakeTest, everything_else_belongs_to_the_application) {
  start();
  for (const std::string target : {"/", "/engine.io", "//engine.io/", "/engine.io/mine", "/other?EIO=4"}) {
    RawClient client = connect();
    client.send("GET " + target + " HTTP/1.1\r\nHost: x\r\n\r\n");
    EXPECT_EQ(client.response().body, "route " + target);
  }
  RawClient large = connect();
  large.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 101\r\n\r\n");
  EXPECT_EQ(large.response().status, 413U);
}

TEST_F(HandshakeTest, with_cors_a_preflight_is_answered_before_anything_is_looked_at) {
  options_.cors.origin = {"*"};
  start();
  const RawClient::Response response =
      request("OPTIONS", "sid=nonsense", {}, "Origin: http://a.example\r\n").response();
  EXPECT_EQ(response.status, 204U);
  EXPECT_NE(response.head.find("Access-Control-Allow-Origin: *\r\n"), std::string::npos);
  const RawClient::Response refused = request("GET", "EIO=4&transport=polling&sid=x").response();
  EXPECT_NE(refused.head.find("Access-Control-Allow-Origin: *\r\n"), std::string::npos);
}

// RFC6265§4.1.
TEST_F(HandshakeTest, the_cookie_has_the_attributes_that_were_asked_for) {
  const std::pair<CookieOptions, std::string> cases[] = {
      {{}, "; Path=/; HttpOnly; SameSite=Lax\r\n"},
      {{.path = "", .http_only = false, .same_site = SameSite::strict}, "; SameSite=Strict\r\n"},
      {{.path = "/chat",
        .domain = "example.com",
        .secure = true,
        .same_site = SameSite::none,
        .max_age = std::chrono::hours(1)},
       "; Max-Age=3600; Domain=example.com; Path=/chat; HttpOnly; Secure; SameSite=None\r\n"},
  };
  for (const auto& [cookie, attributes] : cases) {
    options_.cookie = cookie;
    start();
    const RawClient::Response response = request("GET", "EIO=4&transport=polling").response();
    const std::string expected = "Set-Cookie: io=" + sid_of(response.body) + attributes;
    EXPECT_NE(response.head.find(expected), std::string::npos) << response.head;
    server_.reset();
  }
}

}  // namespace
}  // namespace roomcast::engine
