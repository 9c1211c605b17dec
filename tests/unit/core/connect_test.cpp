#include <stdexcept>

#include <boost/json/object.hpp>

#include "gate.hpp"
#include "server_fixture.hpp"

namespace roomcast {
namespace {

class Connect : public AnyThreads {};
INSTANTIATE_TEST_SUITE_P(With, Connect, thread_counts, threads_name);

TEST_P(Connect, a_socket_has_an_id_of_twenty_characters_in_each_namespace) {
  Server io(options());
  Inbox<std::string> ids;
  const auto tell = [&](const Socket& socket) { ids.put(socket.nsp() + " " + socket.id()); };
  io.on_connection(tell);
  io.of("/admin").on_connection(tell);
  io.listen();
  SocketIoClient client(io.port());
  const std::string root = client.connect();
  const std::string admin = client.connect("/admin");
  EXPECT_EQ(root.size(), 20u);
  EXPECT_EQ(admin.size(), 20u);
  EXPECT_NE(root, admin);
  EXPECT_EQ(ids.take(), "/ " + root);
  EXPECT_EQ(ids.take(), "/admin " + admin);
  EXPECT_EQ(io.clients_count(), 1u);
}

TEST_P(Connect, the_handshake_tells_how_the_client_came) {
  Server io(options());
  Inbox<std::string> told;
  io.on_connection([&](const Socket& socket) {
    const Handshake& handshake = socket.handshake();
    told.put(std::string(handshake.auth.at("token").as_string()));
    told.put(handshake.query("name").value_or("none"));
    told.put(std::string(handshake.header("X-CUSTOM")));
    told.put(handshake.address());
    told.put(handshake.url());
  });
  io.listen();
  SocketIoClient client(io.port(), {.query = "&name=J%C3%B6rg", .headers = "X-Custom: yes\r\n"});
  client.connect("/", R"({"token":"abc"})");
  EXPECT_EQ(told.take(5), (Strings{"abc", "Jörg", "yes", "127.0.0.1",
                                   "/socket.io/?EIO=4&transport=websocket&name=J%C3%B6rg"}));
}

TEST_P(Connect, an_unknown_namespace_is_refused_and_the_connection_stays) {
  Server io(options());
  io.listen();
  SocketIoClient client(io.port());
  client.say("0/nope,");
  EXPECT_EQ(client.hear(), R"(4/nope,{"message":"Invalid namespace"})");
  client.connect();
}

TEST_P(Connect, middlewares_run_in_order_before_the_connection_handlers) {
  Server io(options());
  Inbox<std::string> ran;
  io.use([&](Socket&) { ran.put("first"); });
  io.use([&](Socket) -> Task<> {
    ran.put("second");
    co_return;
  });
  io.use([&](const Socket& socket) { ran.put(socket.connected() ? "connected?" : "third"); });
  io.on_connection(
      [&](const Socket& socket) { ran.put(socket.connected() ? "connected" : "not connected?"); });
  io.on_connection([&](Socket) { ran.put("and again"); });
  io.listen();
  SocketIoClient client(io.port());
  client.connect();
  EXPECT_EQ(ran.take(5), (Strings{"first", "second", "third", "connected", "and again"}));
}

TEST_P(Connect, a_connect_error_refuses_with_its_message_and_its_data) {
  Server io(options());
  io.use([](const Socket& socket) {
    if (socket.handshake().auth.contains("bare")) throw ConnectError("no \"entry\"");
    if (!socket.handshake().auth.contains("token"))
      throw ConnectError("no token", boost::json::object{{"code", 401}});
  });
  io.use([](const Socket&) { FAIL() << "the second middleware"; });
  io.on_connection([](const Socket&) { FAIL() << "the connection handler"; });
  io.listen();
  SocketIoClient client(io.port());
  client.say("0");
  EXPECT_EQ(client.hear(), R"(4{"message":"no token","data":{"code":401}})");
  client.say(R"(0{"bare":1})");
  EXPECT_EQ(client.hear(), R"(4{"message":"no \"entry\""})");
}

TEST_P(Connect, any_exception_refuses_and_the_client_may_try_again) {
  Server io(options());
  io.use([](const Socket& socket) {
    const auto& auth = socket.handshake().auth;
    if (auth.contains("runtime")) throw std::runtime_error("database away");
    if (auth.contains("number")) throw 7;
  });
  io.listen();
  SocketIoClient client(io.port());
  client.say(R"(0{"runtime":1})");
  EXPECT_EQ(client.hear(), R"(4{"message":"database away"})");
  client.say(R"(0{"number":1})");
  EXPECT_TRUE(client.hear().starts_with(R"(4{"message":")"));
  client.connect();
}

TEST_P(Connect, what_a_middleware_sends_comes_before_the_answer) {
  Server io(options());
  io.use([](const Socket& socket) { socket.emit("early"); });
  io.on_connection([](const Socket& socket) { socket.emit("late"); });
  io.listen();
  SocketIoClient client(io.port());
  client.say("0");
  EXPECT_EQ(client.hear(), R"(2["early"])");
  EXPECT_TRUE(client.hear().starts_with(R"(0{"sid":)"));
  EXPECT_EQ(client.hear(), R"(2["late"])");
}

TEST_P(Connect, a_coroutine_may_refuse_after_it_has_waited) {
  Server io(options());
  Gate gate(io, "/gate");
  io.use([&](Socket) -> Task<> {
    co_await gate.pass();
    throw ConnectError("too late", boost::json::object{{"retry", true}});
  });
  io.use([](const Socket&) { FAIL() << "the second middleware"; });
  io.listen();
  gate.build(io.port());
  SocketIoClient client(io.port());
  client.say("0");
  gate.open();
  EXPECT_EQ(client.hear(), R"(4{"message":"too late","data":{"retry":true}})");
}

// Answers used to wait like events: the handler waited for ever.
TEST_P(Connect, a_coroutine_connection_handler_may_ask_its_own_client) {
  Server io(options());
  io.on_connection([](Socket socket) -> Task<> {
    const auto name = co_await socket.emit_with_ack<std::string>("name?");
    socket.on("x", [socket, name] { socket.emit("name", name); });
  });
  io.listen();
  SocketIoClient client(io.port());
  client.connect();
  EXPECT_EQ(client.hear(), R"(20["name?"])");
  client.say(R"(2["x"])");
  client.say(R"(30["anna"])");
  EXPECT_EQ(client.hear(), R"(2["name","anna"])");
}

TEST_P(Connect, events_wait_until_a_coroutine_connection_handler_has_finished) {
  Server io(options());
  Gate gate(io, "/gate");
  io.on_connection([&](Socket socket) -> Task<> {
    socket.emit("wait");
    co_await gate.pass();
    socket.on("n", [socket](int n, const Ack& ack) {
      socket.emit("n", n);
      ack(n);
    });
  });
  io.on_connection([](const Socket& socket) { answer_sync(socket); });
  io.listen();
  gate.build(io.port());
  SocketIoClient client(io.port());
  client.connect();
  EXPECT_EQ(client.hear(), R"(2["wait"])");
  client.say(R"(27["n",1])");
  client.say(R"(2["n",2])");
  client.say(R"(2999["sync"])");
  gate.open();
  EXPECT_EQ(client.hear(4), (Strings{R"(2["n",1])", "37[1]", R"(2["n",2])", "3999[]"}));
  client.say(R"(2["n",3])");
  EXPECT_EQ(sync(client), Strings{R"(2["n",3])"});
}

TEST_P(Connect, events_sent_before_the_answer_wait_for_the_middleware) {
  Server io(options());
  Gate gate(io, "/gate");
  io.use([&](Socket) -> Task<> { co_await gate.pass(); });
  io.on_connection([](const Socket& socket) {
    answer_sync(socket);
    socket.on("picture", [socket](const Bytes& bytes) { socket.emit("picture", bytes); });
  });
  io.listen();
  gate.build(io.port());
  SocketIoClient client(io.port());
  client.say("0");
  client.say(R"(51-["picture",{"_placeholder":true,"num":0}])", {"png"});
  client.say(R"(2999["sync"])");
  gate.open();
  EXPECT_TRUE(client.hear().starts_with("0{"));
  EXPECT_EQ(client.hear(), R"(51-["picture",{"_placeholder":true,"num":0}])");
  EXPECT_EQ(client.hear_binary(), "png");
  EXPECT_EQ(client.hear(), "3999[]");
}

TEST_P(Connect, events_sent_before_a_refusal_are_dropped) {
  Server io(options());
  Gate gate(io, "/gate");
  io.of("/closed").use([&](Socket) -> Task<> {
    co_await gate.pass();
    throw ConnectError("closed");
  });
  io.of("/closed").on_connection([](const Socket&) { FAIL(); });
  io.on_connection([](const Socket& socket) { answer_sync(socket); });
  io.listen();
  gate.build(io.port());
  SocketIoClient client(io.port());
  client.connect();
  client.say("0/closed,");
  client.say(R"(2/closed,["x"])");
  client.say(R"(2999["sync"])");
  EXPECT_EQ(client.hear(), "3999[]");
  gate.open();
  EXPECT_EQ(client.hear(), R"(4/closed,{"message":"closed"})");
  EXPECT_EQ(sync(client), Strings{});
}

TEST_P(Connect, events_in_the_same_breath_as_a_refused_connect_are_dropped) {
  Server io(options());
  io.on_connection([](const Socket& socket) { answer_sync(socket); });
  io.listen();
  SocketIoClient client(io.port());
  client.connect();
  client.say_frame(support::client_text("40/nope,") + support::client_text(R"(42/nope,["x"])"));
  EXPECT_EQ(client.hear(), R"(4/nope,{"message":"Invalid namespace"})");
  EXPECT_EQ(sync(client), Strings{});
}

TEST_P(Connect, an_event_without_a_connect_closes_the_connection) {
  Server io(options());
  io.listen();
  SocketIoClient client(io.port());
  client.say(R"(2["x"])");
  EXPECT_EQ(client.hear_out(), Strings{});
}

TEST_P(Connect, a_second_connect_closes_the_connection) {
  Server io(options());
  io.listen();
  SocketIoClient client(io.port());
  client.connect();
  client.say("0");
  EXPECT_EQ(client.hear_out(), Strings{});
}

TEST_P(Connect, who_joins_no_namespace_in_time_is_closed) {
  ServerOptions hasty = options();
  hasty.connect_timeout = 20ms;
  Server io(hasty);
  io.listen();
  SocketIoClient idle(io.port());
  SocketIoClient refused(io.port());
  refused.say("0/nope,");
  EXPECT_EQ(idle.hear_out(), Strings{});
  EXPECT_EQ(refused.hear_out(), Strings{R"(4/nope,{"message":"Invalid namespace"})"});
}

TEST_P(Connect, a_client_that_goes_while_it_is_being_decided_was_never_connected) {
  Server io(options());
  Gate gate(io, "/gate");
  Inbox<Socket> deciding;
  Inbox<std::string> heard;
  io.use([&](Socket socket) -> Task<> {
    socket.on_disconnect([&] { heard.put("disconnect"); });
    socket.on_disconnecting([&] { heard.put("disconnecting"); });
    deciding.put(socket);
    co_await gate.pass();
    heard.put("decided");
  });
  io.on_connection([&](const Socket&) { heard.put("connection"); });
  io.of("/other").on_connection(
      [&](const Socket& socket) { socket.on_disconnect([&] { heard.put("other"); }); });
  io.listen();
  gate.build(io.port());
  SocketIoClient client(io.port());
  client.connect("/other");
  client.say("0");
  const Socket socket = deciding.take();
  client.close();
  EXPECT_EQ(heard.take(), "other");
  gate.open();
  EXPECT_EQ(heard.take(), "decided");
  EXPECT_FALSE(socket.connected());
  EXPECT_EQ(heard.size(), 0u);
}

// What a middleware gave a refused socket to keep used to keep the socket: a leak, which AddressSanitizer
// sees.
TEST_P(Connect, a_refused_socket_gives_up_its_handlers_and_who_waits_for_its_answers) {
  Server io(options());
  Inbox<std::string> told;
  auto kept = std::make_shared<int>(1);
  io.use([&told, kept](const Socket& socket) {
    socket.on("x", [socket, kept] {});
    socket.on_disconnect([socket, kept] {});
    socket.on_disconnecting([socket, kept] {});
    socket.timeout(1min).emit(
        "q", [&told, socket, kept](boost::system::error_code error) { told.put(error.message()); });
    throw ConnectError("no");
  });
  io.listen();
  SocketIoClient client(io.port());
  client.say("0");
  EXPECT_EQ(client.hear(2), (Strings{R"(20["q"])", R"(4{"message":"no"})"}));
  EXPECT_EQ(told.take(), "socket has been disconnected");
  client.say("0/nope,");
  client.hear();                   // the turn of the refusal is over
  EXPECT_EQ(kept.use_count(), 2);  // here and in the middleware
}

// `join` in a middleware used to do nothing.
TEST_P(Connect, rooms_joined_in_a_middleware_count_from_the_connection_on) {
  Server io(options());
  Inbox<Strings> rooms;
  io.use([](const Socket& socket) {
    socket.join("early");
    socket.join("never");
    socket.leave("never");
    if (socket.handshake().auth.contains("refuse")) throw ConnectError("no");
  });
  io.on_connection([&](const Socket& socket) {
    rooms.put(socket.rooms());
    answer_sync(socket);
  });
  io.listen();
  SocketIoClient refused(io.port()), client(io.port());
  refused.say(R"(0{"refuse":1})");
  refused.hear();
  const std::string id = client.connect();
  Strings seen = rooms.take();
  std::ranges::sort(seen);
  Strings expected{id, "early"};
  std::ranges::sort(expected);
  EXPECT_EQ(seen, expected);
  io.to("early").emit("x");
  EXPECT_EQ(client.hear(), R"(2["x"])");
}

}  // namespace
}  // namespace roomcast
