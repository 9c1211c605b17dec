#include "server_fixture.hpp"

namespace roomcast {
namespace {

class Listeners : public AnyThreads {};
INSTANTIATE_TEST_SUITE_P(With, Listeners, thread_counts, threads_name);

TEST_P(Listeners, are_called_in_the_order_in_which_they_were_added_twice_if_added_twice) {
  Server io(options());
  io.on_connection([](const Socket& socket) {
    answer_sync(socket);
    auto twice = [socket] { socket.emit("twice"); };
    socket.on("x", twice);
    socket.once("x", [socket] { socket.emit("once"); });
    socket.on("x", twice);
  });
  io.listen();
  SocketIoClient client(io.port());
  client.connect();
  client.say(R"(2["x"])");
  EXPECT_EQ(sync(client), (Strings{R"(2["twice"])", R"(2["once"])", R"(2["twice"])"}));
  client.say(R"(2["x"])");
  EXPECT_EQ(sync(client), (Strings{R"(2["twice"])", R"(2["twice"])"}));
}

TEST_P(Listeners, go_one_by_one_by_event_or_all_together) {
  Server io(options());
  io.on_connection([](const Socket& socket) {
    const auto tell = [&](const char* event, const char* what) {
      return socket.on(event, [socket, what] { socket.emit(what); });
    };
    tell("x", "first");
    const ListenerId second = tell("x", "second");
    tell("x", "third");
    tell("y", "fourth");
    answer_sync(socket);
    socket.on("off second", [=] {
      socket.off(second);
      socket.off(second);
    });
    socket.on("off x", [=] { socket.off("x"); });
    socket.on("off all", [=] {
      socket.off_all();
      answer_sync(socket);
    });
  });
  io.listen();
  SocketIoClient client(io.port());
  client.connect();
  const std::string both = support::client_text(R"(42["x"])") + support::client_text(R"(42["y"])");
  client.say(R"(2["off second"])");
  client.say_frame(both);
  EXPECT_EQ(sync(client), (Strings{R"(2["first"])", R"(2["third"])", R"(2["fourth"])"}));
  client.say(R"(2["off x"])");
  client.say_frame(both);
  EXPECT_EQ(sync(client), Strings{R"(2["fourth"])"});
  client.say(R"(2["off all"])");
  client.say_frame(both);
  EXPECT_EQ(sync(client), Strings{});
}

TEST_P(Listeners, may_remove_themselves_and_each_other_while_they_run) {
  Server io(options());
  io.on_connection([](const Socket& socket) {
    answer_sync(socket);
    socket.on("x", [socket] {
      socket.off("x");
      socket.emit("first");
    });
    socket.on("x", [socket] { socket.emit("second"); });  // what runs is decided first, as in Node
  });
  io.listen();
  SocketIoClient client(io.port());
  client.connect();
  client.say(R"(2["x"])");
  client.say(R"(2["x"])");
  EXPECT_EQ(sync(client), (Strings{R"(2["first"])", R"(2["second"])"}));
}

}  // namespace
}  // namespace roomcast
