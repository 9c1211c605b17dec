#include <stdexcept>

#include <boost/asio/post.hpp>

#include "server_fixture.hpp"

namespace roomcast {
namespace {

using support::RawClient;

class HttpRoutes : public AnyThreads {
 public:
  HttpRoutes() : io(options()) {}

  /// One request on a connection of its own.
  RawClient::Response ask(const std::string& method, const std::string& target,
                          const std::string& body = {}) {
    RawClient client(io.port());
    client.send(method + " " + target + " HTTP/1.1\r\nHost: localhost\r\nX-Name: value\r\nContent-Length: " +
                std::to_string(body.size()) + "\r\nConnection: close\r\n\r\n" + body);
    const std::string all = client.read_to_end();
    const std::size_t end = all.find("\r\n\r\n");
    return {static_cast<unsigned>(std::stoul(all.substr(9, 3))), all.substr(0, end + 4), all.substr(end + 4)};
  }

  Server io;
};
INSTANTIATE_TEST_SUITE_P(With, HttpRoutes, thread_counts, threads_name);

TEST_P(HttpRoutes, a_route_answers_with_what_its_handler_returns) {
  io.http("GET", "/hello", [](const HttpRequest& request) {
    return HttpResponse{.status = 201,
                        .body = request.method + " " + std::string(request.path()) + " " +
                                request.query("name").value_or("?") + " " +
                                std::string(request.header("x-name")),
                        .headers = {{"X-Extra", "yes"}}};
  });
  io.listen();
  const auto response = ask("GET", "/hello?name=anna");
  EXPECT_EQ(response.status, 201u);
  EXPECT_EQ(response.body, "GET /hello anna value");
  EXPECT_NE(response.head.find("X-Extra: yes\r\n"), std::string::npos);
  EXPECT_NE(response.head.find("Content-Type: text/plain; charset=utf-8\r\n"), std::string::npos);
}

TEST_P(HttpRoutes, a_coroutine_may_answer_later) {
  io.http("POST", "/later", [](HttpRequest request) -> Task<HttpResponse> {
    auto executor = co_await boost::asio::this_coro::executor;
    for (int i = 0; i < 3; ++i) co_await boost::asio::post(executor, boost::asio::use_awaitable);
    HttpResponse response = HttpResponse::json(request.body);
    co_return response;
  });
  io.listen();
  const std::string body = R"({"long enough not to fit into a small string":true})";
  const auto response = ask("POST", "/later", body);
  EXPECT_EQ(response.status, 200u);
  EXPECT_EQ(response.body, body);
  EXPECT_NE(response.head.find("Content-Type: application/json; charset=utf-8\r\n"), std::string::npos);
}

TEST_P(HttpRoutes, a_star_at_the_end_matches_any_rest_and_the_first_match_answers) {
  const auto say = [](std::string text) {
    return [text](const HttpRequest&) { return HttpResponse{.body = text}; };
  };
  io.http("GET", "/files/exact", say("exact"));
  io.http("GET", "/files/*", say("files"));
  io.http("GET", "/files/other", say("never"));
  io.http("GET", "/", say("root"));
  io.listen();
  EXPECT_EQ(ask("GET", "/files/exact").body, "exact");
  EXPECT_EQ(ask("GET", "/files/other").body, "files");
  EXPECT_EQ(ask("GET", "/files/").body, "files");
  EXPECT_EQ(ask("GET", "/files").status, 404u);
  EXPECT_EQ(ask("GET", "/").body, "root");
  EXPECT_EQ(ask("GET", "/?query").body, "root");
}

TEST_P(HttpRoutes, a_path_with_another_method_is_405_and_another_path_404) {
  io.http("POST", "/here", [](const HttpRequest&) { return HttpResponse{}; });
  io.listen();
  EXPECT_EQ(ask("GET", "/here").status, 405u);
  EXPECT_EQ(ask("DELETE", "/here").status, 405u);
  EXPECT_EQ(ask("POST", "/there").status, 404u);
  EXPECT_EQ(ask("POST", "/here").status, 200u);
}

TEST_P(HttpRoutes, the_same_path_may_have_several_methods) {
  for (const char* method : {"GET", "POST"})
    io.http(method, "/x", [method](const HttpRequest&) { return HttpResponse{.body = method}; });
  io.listen();
  EXPECT_EQ(ask("POST", "/x").body, "POST");
  EXPECT_EQ(ask("GET", "/x").body, "GET");
}

TEST_P(HttpRoutes, get_routes_answer_head_without_a_body) {
  io.http("GET", "/x", [](const HttpRequest& request) { return HttpResponse{.body = request.method + "!"}; });
  io.listen();
  const auto response = ask("HEAD", "/x");
  EXPECT_EQ(response.status, 200u);
  EXPECT_EQ(response.body, "");
  EXPECT_NE(response.head.find("Content-Length: 5\r\n"), std::string::npos);
}

TEST_P(HttpRoutes, what_a_handler_throws_is_answered_with_500) {
  io.http("GET", "/exception",
          [](const HttpRequest&) -> HttpResponse { throw std::runtime_error("secret"); });
  io.http("GET", "/number", [](const HttpRequest&) -> HttpResponse { throw 7; });
  io.http("GET", "/coroutine", [](HttpRequest) -> Task<HttpResponse> {
    throw std::runtime_error("secret");
    co_return HttpResponse{};
  });
  io.listen();
  for (const char* path : {"/exception", "/number", "/coroutine"}) {
    const auto response = ask("GET", path);
    EXPECT_EQ(response.status, 500u) << path;
    EXPECT_EQ(response.body.find("secret"), std::string::npos);
  }
}

TEST_P(HttpRoutes, the_clients_files_and_health_are_served_beside_the_routes) {
  io.http("GET", "/*", [](const HttpRequest&) { return HttpResponse{.body = "mine"}; });
  io.listen();
  EXPECT_GT(ask("GET", "/socket.io/socket.io.min.js").body.size(), 1000u);
  EXPECT_EQ(ask("GET", "/anything").body, "mine");
}

TEST_P(HttpRoutes, health_is_known_without_a_route) {
  io.listen();
  EXPECT_EQ(ask("GET", "/healthz").status, 200u);
  EXPECT_EQ(ask("GET", "/readyz").status, 200u);
  EXPECT_EQ(ask("GET", "/").status, 404u);
}

TEST_P(HttpRoutes, a_route_may_emit) {
  io.http("POST", "/emit", [this](HttpRequest request) -> Task<HttpResponse> {
    const auto sockets = co_await io.fetch_sockets();
    io.emit("posted", request.body);
    HttpResponse response{.body = std::to_string(sockets.size())};
    co_return response;
  });
  io.listen();
  SocketIoClient first(io.port()), second(io.port());
  first.connect();
  second.connect();
  EXPECT_EQ(ask("POST", "/emit", "text").body, "2");
  EXPECT_EQ(first.hear(), R"(2["posted","text"])");
  EXPECT_EQ(second.hear(), R"(2["posted","text"])");
}

}  // namespace
}  // namespace roomcast
