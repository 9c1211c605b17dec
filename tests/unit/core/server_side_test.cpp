#include <core/server_state.hpp>

#include "server_fixture.hpp"

// Events between servers. With the in-memory adapter there are no others: what one would send is handed to
// the namespace directly.

namespace roomcast {
namespace {

class ServerSide : public AnyThreads {};
INSTANTIATE_TEST_SUITE_P(With, ServerSide, thread_counts, threads_name);

TEST_P(ServerSide, without_other_servers_all_have_answered_at_once) {
  Server io(options());
  Inbox<std::string> told;
  io.on_server_side("ping", [&] { told.put("ourselves?"); });
  io.server_side_emit("ping", 1, "two");
  io.of("/admin").server_side_emit("ping", [&](boost::system::error_code error, std::vector<Value> answers) {
    told.put(error.message() + std::to_string(answers.size()));
  });
  EXPECT_EQ(told.take(), "Success0");
  io.on_connection([&](Socket) -> Task<> {
    const auto answers = co_await io.server_side_emit_with_ack("ping", 1);
    told.put("waited for " + std::to_string(answers.answers.size()) + (answers.complete() ? "" : "!"));
  });
  io.listen();
  SocketIoClient client(io.port());
  client.connect();
  EXPECT_EQ(told.take(), "waited for 0");
}

TEST_P(ServerSide, reserved_names_and_binary_data_are_refused) {
  Server io(options());
  for (const char* name : {"connect", "connection", "new_namespace"})
    EXPECT_THROW(io.server_side_emit(name), std::invalid_argument);
  io.server_side_emit("disconnect");  // is reserved between servers and clients only
  EXPECT_THROW(io.server_side_emit("x", Bytes("bytes")), std::invalid_argument);
}

TEST_P(ServerSide, an_event_that_comes_calls_its_handlers_with_its_arguments) {
  core::ServerState server(options());
  Inbox<std::string> heard;
  const Namespace nsp(server.root());
  nsp.on_server_side("add", [&](int a, std::string b) { heard.put(std::to_string(a) + b); });
  nsp.on_server_side("add", [&](const Args& all) { heard.put(std::to_string(all.size())); });
  nsp.on_server_side("add", [](const std::string&) { FAIL() << "the arguments do not fit"; });
  nsp.on_server_side("add", [] { throw std::runtime_error("no"); });
  nsp.on_server_side("other", [] { FAIL() << "another event"; });
  server.root()->receive_server_side(Value::parse(R"(["add",1,"two",{"more":3}])"), {});
  EXPECT_EQ(heard.take(2), (Strings{"1two", "3"}));
  for (const char* nonsense : {"[]", "{}", "1", R"([1,2])", R"([{"a":1}])", "null"})
    server.root()->receive_server_side(Value::parse(nonsense), {});
}

TEST_P(ServerSide, a_handler_answers_once_with_as_many_values_as_it_likes) {
  core::ServerState server(options());
  Inbox<std::string> answers;
  const Namespace nsp(server.root());
  nsp.on_server_side("ask", [](int n, const Ack& ack) {
    ack(n + 1, "text");
    ack("again");
  });
  nsp.on_server_side("ask", [](int, const Ack& ack) { ack("me too"); });
  server.root()->receive_server_side(Value::parse(R"(["ask",1])"),
                                     [&](const Value& answer) { answers.put(std::string(answer.json())); });
  EXPECT_EQ(answers.take(), R"([2,"text"])");
  EXPECT_EQ(answers.size(), 0u);
  server.root()->receive_server_side(Value::parse(R"(["ask",1])"), {});  // wants no answer
}

TEST_P(ServerSide, a_handler_may_be_a_coroutine) {
  core::ServerState server(options());
  Inbox<std::string> answers;
  Namespace(server.root()).on_server_side("ask", [](std::string text, Ack ack) -> Task<> {
    co_await boost::asio::post(co_await boost::asio::this_coro::executor, boost::asio::use_awaitable);
    ack(text + " later");
  });
  server.listen();
  server.engine().loops()[0].post([&] {
    server.root()->receive_server_side(Value::parse(R"(["ask","hello"])"),
                                       [&](const Value& answer) { answers.put(std::string(answer.json())); });
  });
  EXPECT_EQ(answers.take(), R"(["hello later"])");
}

}  // namespace
}  // namespace roomcast
