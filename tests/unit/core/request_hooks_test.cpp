// The application's functions about clients' requests: what Node.js has as io.engine.
#include <mutex>
#include <stdexcept>

#include <boost/json/serialize.hpp>

#include "server_fixture.hpp"

namespace roomcast {
namespace {

using support::RawClient;

class RequestHooks : public AnyThreads {
 public:
  RequestHooks() : io(with_rule()) {}
  ~RequestHooks() override { io.close(); }  // before the notes

  static ServerOptions with_rule() {
    ServerOptions made = options();
    made.allow_request = [](const Handshake& handshake) {
      if (handshake.query("key") == "bad") throw std::runtime_error("no such key");
      return handshake.query("key") != "none";
    };
    return made;
  }

  RawClient::Response ask(const std::string& method, const std::string& query, const std::string& body = {},
                          const std::string& headers = {}) {
    RawClient client(io.port());
    client.send(method + " /socket.io/?" + query + " HTTP/1.1\r\nHost: localhost\r\n" + headers +
                "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
    return client.response();
  }
  RawClient::Response open() { return ask("GET", "EIO=4&transport=polling"); }

  /// The lines of the head whose names begin with `X-` or are Set-Cookie, in order.
  static Strings extra(const RawClient::Response& response) {
    Strings lines;
    for (std::size_t at = 0; at < response.head.size();) {
      const std::size_t end = response.head.find("\r\n", at);
      const std::string line = response.head.substr(at, end - at);
      if (line.starts_with("x-") || line.starts_with("X-") || line.starts_with("Set-Cookie"))
        lines.push_back(line);
      at = end + 2;
    }
    return lines;
  }
  void note(std::string what) {
    const std::lock_guard lock(mutex_);
    notes_.push_back(std::move(what));
  }
  Strings take() {
    const std::lock_guard lock(mutex_);
    return std::exchange(notes_, {});
  }
  void count_errors(const std::string& times) {
    EXPECT_NE(io.metrics_text().find("\nroomcast_handler_errors_total " + times + "\n"), std::string::npos);
  }

  Server io;

 private:
  std::mutex mutex_;
  Strings notes_;
};
INSTANTIATE_TEST_SUITE_P(With, RequestHooks, thread_counts, threads_name);

TEST_P(RequestHooks, a_middleware_sees_requests_without_their_bodies_and_lets_them_go_on) {
  io.engine_use([this](const HttpRequest& request) -> std::optional<HttpResponse> {
    note(request.method + " " + request.query("transport").value_or("?") + " " + request.address + " " +
         std::string(request.path()) + " " + std::string(request.header("x-name")) + request.body);
    return std::nullopt;
  });
  io.listen();
  const RawClient::Response opened = ask("GET", "EIO=4&transport=polling", {}, "X-Name: anna\r\n");
  EXPECT_EQ(opened.status, 200U);
  const std::string sid = opened.body.substr(opened.body.find(R"("sid":")") + 7, 20);
  EXPECT_EQ(ask("POST", "EIO=4&transport=polling&sid=" + sid, "40").body, "ok");
  SocketIoClient websocket(io.port());
  EXPECT_EQ(websocket.connect().size(), 20U);
  EXPECT_EQ(take(), (Strings{"GET polling 127.0.0.1 /socket.io/ anna", "POST polling 127.0.0.1 /socket.io/ ",
                             "GET websocket 127.0.0.1 /socket.io/ "}));
}

TEST_P(RequestHooks, the_first_middleware_that_answers_is_the_last_that_is_asked) {
  for (const char* name : {"first", "second", "third"}) {
    io.engine_use([this, name](const HttpRequest& request) -> std::optional<HttpResponse> {
      note(name);
      if (request.header("x-stop") != name) return std::nullopt;
      return HttpResponse{.status = 429, .body = name, .headers = {{"Retry-After", "3"}}};
    });
  }
  io.listen();
  const RawClient::Response refused = ask("GET", "EIO=4&transport=polling", {}, "X-Stop: second\r\n");
  EXPECT_EQ(refused.status, 429U);
  EXPECT_EQ(refused.body, "second");
  EXPECT_NE(refused.head.find("\r\nRetry-After: 3\r\n"), std::string::npos);
  EXPECT_EQ(take(), (Strings{"first", "second"}));
  EXPECT_THROW(SocketIoClient(io.port(), {.headers = "X-Stop: third\r\n"}), std::runtime_error);
  EXPECT_EQ(take(), (Strings{"first", "second", "third"}));
  EXPECT_EQ(io.clients_count(), 0U);
}

TEST_P(RequestHooks, headers_are_added_and_of_one_name_the_later_counts) {
  io.on_initial_headers([](HttpHeaders& headers, const HttpRequest&) {
    headers.emplace_back("X-Test", "123");
    headers.emplace_back("Set-Cookie", "a=1");
    headers.emplace_back("X-Once", "yes");
  });
  io.on_headers([](HttpHeaders& headers, const HttpRequest& request) {
    EXPECT_TRUE(headers.empty());
    headers.emplace_back("x-test", request.method);
    headers.emplace_back("Set-Cookie", "b=2");
  });
  io.listen();
  const RawClient::Response opened = open();
  EXPECT_EQ(extra(opened), (Strings{"X-Test: GET", "Set-Cookie: a=1", "X-Once: yes", "Set-Cookie: b=2"}));
  const std::string sid = opened.body.substr(opened.body.find(R"("sid":")") + 7, 20);
  EXPECT_EQ(extra(ask("POST", "EIO=4&transport=polling&sid=" + sid, "40")),
            (Strings{"x-test: POST", "Set-Cookie: b=2"}));
}

TEST_P(RequestHooks, no_header_breaks_the_answer_that_it_is_added_to) {
  io.on_headers([](HttpHeaders& headers, const HttpRequest& request) {
    headers.emplace_back("X-First", "kept");
    headers.emplace_back("X-Split", "a\r\nX-Injected: b");
    headers.emplace_back("X Space", "a");
    headers.emplace_back("", "a");
    for (const char* own :
         {"content-length", "Transfer-Encoding", "Content-Encoding", "CONTENT-TYPE", "Cache-Control",
          "Connection", "Upgrade", "Date", "Sec-WebSocket-Accept", "sec-websocket-extensions"})
      headers.emplace_back(own, "x-own");
    headers.emplace_back("X-Last", std::string(request.header("x-last")));
  });
  io.listen();
  const RawClient::Response opened = ask("GET", "EIO=4&transport=polling", {}, "X-Last: kept too\r\n");
  EXPECT_EQ(extra(opened), (Strings{"X-First: kept", "X-Last: kept too"}));
  EXPECT_EQ(opened.head.find("x-own"), std::string::npos) << opened.head;
  EXPECT_EQ(SocketIoClient(io.port()).connect().size(), 20U);
}

TEST_P(RequestHooks, what_a_function_throws_costs_its_own_headers_only) {
  io.on_initial_headers([](HttpHeaders& headers, const HttpRequest&) {
    headers.emplace_back("X-Lost", "1");
    throw std::runtime_error("no");
  });
  io.on_headers([](HttpHeaders&, const HttpRequest&) { throw 7; });
  io.on_headers([](HttpHeaders& headers, const HttpRequest&) { headers.emplace_back("X-Kept", "1"); });
  io.on_connection_error([](const ConnectionError&) { throw std::runtime_error("no"); });
  io.on_connection_error([this](const ConnectionError& error) { note(error.message); });
  io.listen();
  EXPECT_EQ(extra(open()), (Strings{"X-Kept: 1"}));
  EXPECT_EQ(SocketIoClient(io.port()).connect().size(), 20U);
  EXPECT_EQ(ask("GET", "EIO=4&transport=tcp").body, R"({"code":0,"message":"Transport unknown"})");
  EXPECT_EQ(take(), (Strings{"Transport unknown"}));
  count_errors("5");
}

TEST_P(RequestHooks, a_connection_error_has_its_code_words_context_and_request) {
  io.on_connection_error([this](const ConnectionError& error) {
    note(std::to_string(error.code) + " " + error.message + " " + boost::json::serialize(error.context) +
         " " + error.request.method + error.request.body);
  });
  io.engine_use([](const HttpRequest& request) -> std::optional<HttpResponse> {
    if (!request.header("x-throw").empty()) throw std::runtime_error("secret");
    return std::nullopt;
  });
  io.listen();
  const std::string opened = open().body;
  const std::string sid = opened.substr(opened.find(R"("sid":")") + 7, 20);
  EXPECT_EQ(take(), Strings{});
  auto told = [&](const std::string& method, const std::string& query, const std::string& headers = {}) {
    ask(method, query, "body", headers);
    const Strings all = take();
    return all.size() == 1 ? all.front() : std::to_string(all.size());
  };
  EXPECT_EQ(told("GET", "EIO=4&transport=t%63p"), R"(0 Transport unknown {"transport":"tcp"} GET)");
  EXPECT_EQ(told("GET", "EIO=4"), "0 Transport unknown {} GET");
  EXPECT_EQ(told("GET", "EIO=4&transport=polling&sid=xy"), R"(1 Session ID unknown {"sid":"xy"} GET)");
  EXPECT_EQ(told("PUT", "EIO=4&transport=polling"), R"(2 Bad handshake method {"method":"PUT"} PUT)");
  EXPECT_EQ(told("GET", "EIO=4&transport=websocket"),
            R"(3 Bad request {"name":"TRANSPORT_HANDSHAKE_ERROR"} GET)");
  EXPECT_EQ(
      told("GET", "EIO=4&transport=websocket&sid=" + sid),
      R"(3 Bad request {"name":"TRANSPORT_MISMATCH","transport":"websocket","previousTransport":"polling"} GET)");
  EXPECT_EQ(told("POST", "EIO=3&transport=polling&sid=" + sid),
            R"(3 Bad request {"name":"PROTOCOL_MISMATCH","protocol":3,"previousProtocol":4} POST)");
  EXPECT_EQ(told("GET", "EIO=4&transport=polling", "X-Throw: 1\r\n"),
            R"(3 Bad request {"name":"MIDDLEWARE_FAILURE"} GET)");
  EXPECT_EQ(told("GET", "EIO=4&transport=polling&key=none"), "4 Forbidden {} GET");
  EXPECT_EQ(told("GET", "EIO=4&transport=polling&key=bad"), R"(4 Forbidden {"message":"no such key"} GET)");
  EXPECT_EQ(told("GET", "EIO=3&transport=polling"), R"(5 Unsupported protocol version {"protocol":3} GET)");
  EXPECT_THROW(SocketIoClient(io.port(), {.query = "&key=bad"}), std::runtime_error);
  EXPECT_EQ(take(), (Strings{R"(4 Forbidden {"message":"no such key"} GET)"}));
}

TEST_P(RequestHooks, once_the_server_listens_none_can_be_added) {
  io.listen();
  EXPECT_THROW(io.engine_use([](const HttpRequest&) { return std::nullopt; }), std::logic_error);
  EXPECT_THROW(io.on_initial_headers([](HttpHeaders&, const HttpRequest&) {}), std::logic_error);
  EXPECT_THROW(io.on_headers([](HttpHeaders&, const HttpRequest&) {}), std::logic_error);
  EXPECT_THROW(io.on_connection_error([](const ConnectionError&) {}), std::logic_error);
}

}  // namespace
}  // namespace roomcast
