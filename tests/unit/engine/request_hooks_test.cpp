// What the floor above sees of requests, and changes of the answers to them.
#include "engine_fixture.hpp"

namespace roomcast::engine {
namespace {

/// Notes what it is asked and told. What it does is changed before `take`, whose lock shows it to the loops.
class Noting final : public RequestHooks {
 public:
  std::function<std::optional<net::HttpResponse>(const net::HttpRequest&)> middleware;
  std::function<void()> at_headers;

  std::optional<net::HttpResponse> answer(const net::HttpRequest& request) override {
    note("saw", request);
    return middleware ? middleware(request) : std::nullopt;
  }
  void add_headers(net::HttpHeaders& headers, const net::HttpRequest& request, bool initial) override {
    note(initial ? "first headers" : "headers", request);
    headers.emplace_back("X-Hook", initial ? "first" : "later");
    if (at_headers) at_headers();
  }
  void on_refused(const net::HttpRequest& request, const Refusal& why) override {
    std::string what = "refused " + std::to_string(static_cast<unsigned>(why.error));
    for (const std::string_view more : {why.name, why.previous_transport, why.words})
      if (!more.empty()) what += " " + std::string(more);
    note(what, request);
  }

  std::vector<std::string> take() {
    const std::lock_guard lock(mutex_);
    return std::exchange(notes_, {});
  }

 private:
  void note(const std::string& what, const net::HttpRequest& request) {
    const std::lock_guard lock(mutex_);
    notes_.push_back(what + ": " + std::string(request.message.method_string()));
  }

  std::mutex mutex_;
  std::vector<std::string> notes_;
};

using Notes = std::vector<std::string>;

class Hooks : public EngineTest, public testing::WithParamInterface<unsigned> {
 protected:
  Hooks() {
    make(GetParam());
    server_->set_hooks(hooks_);
    server_->listen();
    server_->start();
  }
  ~Hooks() override { server_.reset(); }  // before the hooks

  /// The raw answer to an upgrade that does not happen.
  std::string refused_upgrade(std::string_view query, std::string_view headers = {}) {
    RawClient client = connect();
    client.send(upgrade_head(query, headers));
    return client.read_to_end();
  }
  static bool hooked(const RawClient::Response& response, std::string_view value) {
    return response.head.find("\r\nX-Hook: " + std::string(value) + "\r\n") != std::string::npos;
  }

  Noting hooks_;
};
ROOMCAST_ON_EACH_LOOP_COUNT(Hooks);

TEST_P(Hooks, headers_are_added_to_each_answer_of_a_session_and_the_first_is_known_as_such) {
  const RawClient::Response first = request("GET", "EIO=4&transport=polling").response();
  EXPECT_TRUE(hooked(first, "first"));
  EXPECT_EQ(hooks_.take(), (Notes{"saw: GET", "first headers: GET"}));
  const std::string sid = sid_of(first.body);
  EXPECT_TRUE(hooked(request("POST", of(sid), "4x").response(), "later"));
  EXPECT_EQ(hooks_.take(), (Notes{"saw: POST", "headers: POST"}));
  EXPECT_TRUE(hooked(begin_get(sid).response(), "later"));
  EXPECT_EQ(hooks_.take(), (Notes{"saw: GET", "headers: GET"}));
  EXPECT_FALSE(hooked(request("GET", of(sid), {}, "Origin: http://evil.example\r\n").response(), "later"));
}

TEST_P(Hooks, headers_are_added_to_the_101_of_websockets_and_upgrades) {
  RawClient client = connect();
  client.send(upgrade_head("EIO=4&transport=websocket"));
  EXPECT_NE(client.read_through("\r\n\r\n").find("\r\nX-Hook: first\r\n"), std::string::npos);
  const std::string sid = handshake();
  RawClient upgrade = connect();
  upgrade.send(upgrade_head("EIO=4&transport=websocket&sid=" + sid));
  EXPECT_NE(upgrade.read_through("\r\n\r\n").find("\r\nX-Hook: later\r\n"), std::string::npos);
}

TEST_P(Hooks, a_session_that_is_ended_while_headers_are_added_gets_no_more_requests) {
  const std::string first = handshake(), second = handshake();
  std::string ended;
  hooks_.at_headers = [&] { find(ended)->shut_down(); };
  ended = first;
  hooks_.take();
  EXPECT_EQ(get(ended), R"(400 {"code":1,"message":"Session ID unknown"})");
  ended = second;
  hooks_.take();
  EXPECT_EQ(request("POST", of(ended), "4x").response().status, 400U);
  EXPECT_EQ(server_->clients_count(), 0U);
  for (const std::string& note : notes()) EXPECT_TRUE(note.starts_with("close")) << note;
}

TEST_P(Hooks, refusals_are_told_with_what_was_wrong) {
  const std::string sid = handshake();
  std::string websocket_sid;
  RawClient websocket = websocket_session(&websocket_sid);
  hooks_.take();
  struct Case {
    const char* method;
    std::string query;
    Notes notes;
  };
  const std::string foreign =
      "Origin http://evil.example is neither this server's own nor listed in cors.origin";
  for (const Case& one : {
           Case{"GET", "EIO=4&transport=tcp", {"saw: GET", "refused 0: GET"}},
           Case{"GET", "EIO=4&transport=polling&sid=" + make_sid(1, 0), {"saw: GET", "refused 1: GET"}},
           Case{"GET", "EIO=4&transport=polling&sid=x", {"saw: GET", "refused 1: GET"}},
           Case{"POST", "EIO=4&transport=polling", {"saw: POST", "refused 2: POST"}},
           Case{"GET", "EIO=4&transport=websocket", {"saw: GET", "refused 3 TRANSPORT_HANDSHAKE_ERROR: GET"}},
           Case{"GET",
                "EIO=4&transport=websocket&sid=" + sid,
                {"saw: GET", "refused 3 TRANSPORT_MISMATCH polling: GET"}},
           Case{"GET", of(websocket_sid), {"saw: GET", "refused 3 TRANSPORT_MISMATCH websocket: GET"}},
           Case{
               "GET", "EIO=3&transport=polling&sid=" + sid, {"saw: GET", "refused 3 PROTOCOL_MISMATCH: GET"}},
           Case{"GET", "EIO=3&transport=polling", {"saw: GET", "refused 5: GET"}},
       }) {
    request(one.method, one.query).response();
    EXPECT_EQ(hooks_.take(), one.notes) << one.method << " " << one.query;
  }
  request("GET", of(sid), {}, "Origin: http://evil.example\r\n").response();
  EXPECT_EQ(hooks_.take(), (Notes{"refused 4 " + foreign + ": GET"}));  // the middleware is not asked
  EXPECT_TRUE(alive(sid));
}

TEST_P(Hooks, refusals_of_upgrades_are_told_too) {
  const std::string sid = handshake();
  hooks_.take();
  refused_upgrade("EIO=4&transport=tcp");
  EXPECT_EQ(hooks_.take(), (Notes{"saw: GET", "refused 0: GET"}));
  for (unsigned loop : {0U, 1U, 2U}) {
    refused_upgrade("EIO=4&transport=websocket&sid=" + make_sid(1, loop));
    EXPECT_EQ(hooks_.take(), (Notes{"saw: GET", "refused 1: GET"}));
  }
  refused_upgrade("EIO=3&transport=websocket&sid=" + sid);
  EXPECT_EQ(hooks_.take(), (Notes{"saw: GET", "refused 3 PROTOCOL_MISMATCH: GET"}));
  refused_upgrade("EIO=4&transport=websocket", "Origin: http://evil.example\r\n");
  EXPECT_EQ(hooks_.take().size(), 1U);
  RawClient old = websocket("EIO=3&transport=websocket");  // refused behind the 101
  old.read_to_end();
  EXPECT_EQ(hooks_.take(), (Notes{"saw: GET", "first headers: GET", "refused 5: GET"}));
}

TEST_P(Hooks, what_a_middleware_answers_is_the_answer_and_nothing_else_happens) {
  const std::string sid = handshake();
  hooks_.middleware = [](const net::HttpRequest& request) -> std::optional<net::HttpResponse> {
    if (request.header("X-Key") == "k") return std::nullopt;
    return net::HttpResponse{.status = 401, .headers = {{"WWW-Authenticate", "x"}}, .body = "no key"};
  };
  hooks_.take();
  for (const std::string& query :
       {std::string("EIO=4&transport=polling"), of(sid), std::string("nonsense")}) {
    const RawClient::Response response = request("GET", query).response();
    EXPECT_EQ(response.status, 401U);
    EXPECT_EQ(response.body, "no key");
    EXPECT_NE(response.head.find("\r\nWWW-Authenticate: x\r\n"), std::string::npos);
    EXPECT_EQ(hooks_.take(), (Notes{"saw: GET"}));
  }
  const std::string upgrade = refused_upgrade("EIO=4&transport=websocket");
  EXPECT_TRUE(upgrade.starts_with("HTTP/1.1 401 Unauthorized\r\n")) << upgrade;
  EXPECT_TRUE(upgrade.ends_with("no key")) << upgrade;
  EXPECT_NE(upgrade.find("\r\nConnection: close\r\n"), std::string::npos) << upgrade;
  EXPECT_EQ(server_->clients_count(), 1U);
  // A POST that was refused is not the session's: it does not stand in the way of the next one.
  EXPECT_EQ(request("POST", of(sid), "4x").response().status, 401U);
  EXPECT_EQ(request("POST", of(sid), "4y", "X-Key: k\r\n").response().body, "ok");
  expect_note("text y");
  EXPECT_EQ(notes(), Notes{});
}

TEST_P(Hooks, a_middleware_that_throws_refuses_the_request_and_costs_nobody_else_anything) {
  const std::string sid = handshake();
  hooks_.middleware = [](const net::HttpRequest& request) -> std::optional<net::HttpResponse> {
    if (request.has_header("X-Throw")) throw std::runtime_error("secret");
    if (request.has_header("X-Throw-Number")) throw 7;
    return std::nullopt;
  };
  hooks_.take();
  for (const std::string_view header : {"X-Throw: 1\r\n", "X-Throw-Number: 1\r\n"}) {
    EXPECT_EQ(ok(request("POST", of(sid), "4x", header).response()),
              R"(400 {"code":3,"message":"Bad request"})");
    EXPECT_EQ(hooks_.take(), (Notes{"saw: POST", "refused 3 MIDDLEWARE_FAILURE: POST"}));
    EXPECT_TRUE(
        refused_upgrade("EIO=4&transport=websocket&sid=" + sid, header).ends_with("\r\n\r\nBad request"));
    EXPECT_EQ(hooks_.take(), (Notes{"saw: GET", "refused 3 MIDDLEWARE_FAILURE: GET"}));
  }
  EXPECT_EQ(server_->total(&base::Metrics::handler_errors), 4U);
  EXPECT_EQ(post(sid, "4x"), "ok");
}

TEST_P(Hooks, the_application_s_own_paths_are_not_shown) {
  for (const char* target : {"/other", "/engine.io/mine"}) {
    RawClient client = connect();
    client.send("GET " + std::string(target) + " HTTP/1.1\r\nHost: x\r\n\r\n");
    EXPECT_EQ(client.response().body, "route " + std::string(target));
  }
  EXPECT_EQ(hooks_.take(), Notes{});
}

/// With CORS, whose headers are the server's own business.
class HooksWithCors : public EngineTest {};

TEST_F(HooksWithCors, preflights_are_not_shown_and_answers_of_a_middleware_have_the_headers) {
  Noting hooks;
  hooks.middleware = [](const net::HttpRequest&) { return net::HttpResponse{.status = 429}; };
  options_.cors.origin = {"*"};
  make();
  server_->set_hooks(hooks);
  server_->listen();
  server_->start();
  EXPECT_EQ(
      request("OPTIONS", "EIO=4&transport=polling", {}, "Origin: http://a.example\r\n").response().status,
      204U);
  EXPECT_EQ(hooks.take(), Notes{});
  const RawClient::Response refused =
      request("GET", "EIO=4&transport=polling", {}, "Origin: http://a.example\r\n").response();
  EXPECT_EQ(refused.status, 429U);
  EXPECT_NE(refused.head.find("Access-Control-Allow-Origin: *\r\n"), std::string::npos);
  server_.reset();
}

}  // namespace
}  // namespace roomcast::engine
