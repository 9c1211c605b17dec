// What a client may cost before it is connected.
#include "gate.hpp"
#include "server_fixture.hpp"

namespace roomcast {
namespace {

class ConnectBudget : public AnyThreads {};
INSTANTIATE_TEST_SUITE_P(With, ConnectBudget, thread_counts, threads_name);

TEST_P(ConnectBudget, more_early_events_than_may_wait_close_the_connection) {
  ServerOptions few = options();
  few.max_early_packets = 3;
  Server io(few);
  Gate gate(io, "/gate");
  io.use([&](Socket) -> Task<> { co_await gate.pass(); });
  io.listen();
  gate.build(io.port());
  SocketIoClient client(io.port());
  std::string bytes = support::client_text("40");
  for (int i = 0; i < 4; ++i) bytes += support::client_text(R"(42["x"])");
  client.say_frame(bytes);
  EXPECT_EQ(client.hear_out(), Strings{});
  gate.open();
}

TEST_P(ConnectBudget, early_events_of_all_namespaces_have_one_limit_in_bytes) {
  ServerOptions small = options();
  small.max_http_buffer_size = 1000;
  Server io(small);
  Gate gate(io, "/gate");
  for (const char* name : {"/a", "/b"}) io.of(name).use([&](Socket) -> Task<> { co_await gate.pass(); });
  io.listen();
  gate.build(io.port());
  const std::string event = R"(["x",")" + std::string(600, 'x') + R"("])";
  SocketIoClient client(io.port());
  client.say("0/a,");
  client.say("2/a," + event);
  gate.open();
  EXPECT_TRUE(client.hear().starts_with("0/a,"));
  client.say("0/b,");  // what waited before is none of this limit any more
  client.say("2/b," + event);
  gate.open();
  EXPECT_TRUE(client.hear().starts_with("0/b,"));

  SocketIoClient greedy(io.port());
  for (const char* packet : {"0/a,", "0/b,"}) greedy.say(packet);
  greedy.say("2/a," + event);
  greedy.say("2/b," + event);
  EXPECT_EQ(greedy.hear_out(), Strings{});
  gate.open();
  gate.open();
}

TEST_P(ConnectBudget, names_64_kib_at_most) {
  Server io(options());
  io.listen();
  SocketIoClient client(io.port());
  client.say("0/" + std::string(70'000, 'n') + ',');
  EXPECT_EQ(client.hear_out(), Strings{});
}

TEST_P(ConnectBudget, a_disconnect_before_its_end_closes_the_connection) {
  Server io(options());
  Gate gate(io, "/gate");
  io.use([&](Socket) -> Task<> { co_await gate.pass(); });
  io.listen();
  gate.build(io.port());
  SocketIoClient client(io.port());
  client.say("0");
  client.say("1");
  EXPECT_EQ(client.hear_out(), Strings{});
  gate.open();
}

TEST_P(ConnectBudget, attachments_before_the_end_of_a_connect_have_a_limit_together) {
  ServerOptions small = options();
  small.max_http_buffer_size = 1000;
  Server io(small);
  Gate gate(io, "/gate");
  io.use([&](Socket) -> Task<> { co_await gate.pass(); });
  io.of("/open").on_connection([](const Socket& socket) {
    socket.on("x", [](const Bytes& first, const Bytes& second, const Ack& ack) {
      ack(first.size() + second.size());
    });
  });
  io.listen();
  gate.build(io.port());
  const std::string packet = R"(["x",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}])";
  const std::vector<std::string> halves(2, std::string(600, 'x'));
  SocketIoClient client(io.port());
  client.connect("/open");
  client.say("52-/open,7" + packet, halves);  // who is in may send what a message may have in each
  EXPECT_EQ(client.hear(), "3/open,7[1200]");
  client.say("0");
  client.say("52-" + packet, halves);
  EXPECT_EQ(client.hear_out(), (Strings{}));
  gate.open();
}

TEST_P(ConnectBudget, attachments_for_a_namespace_that_was_not_joined_are_not_awaited) {
  Server io(options());
  io.listen();
  SocketIoClient client(io.port());
  client.say(R"(51-["x",{"_placeholder":true,"num":0}])");
  EXPECT_EQ(client.hear_out(), Strings{});
}

TEST_P(ConnectBudget, a_client_is_in_so_many_namespaces_and_no_more) {
  ServerOptions two = options();
  two.max_namespaces_per_client = 2;
  Server io(two);
  for (const char* name : {"/a", "/b", "/c"}) io.of(name);
  io.listen();
  SocketIoClient client(io.port());
  client.connect("/a");
  client.connect("/b");
  client.say("0/c,");
  EXPECT_EQ(client.hear(), R"(4/c,{"message":"too many namespaces"})");
  client.say("1/a,");
  client.connect("/c");
}

TEST_P(ConnectBudget, early_events_of_more_bytes_than_a_message_may_have_close_the_connection) {
  ServerOptions small = options();
  small.max_http_buffer_size = 1000;
  Server io(small);
  Gate gate(io, "/gate");
  io.use([&](Socket) -> Task<> { co_await gate.pass(); });
  io.listen();
  gate.build(io.port());
  SocketIoClient client(io.port());
  const std::string half = R"(["x",")" + std::string(600, 'x') + R"("])";
  client.say("0");
  client.say("2" + half);
  client.say("2" + half);
  EXPECT_EQ(client.hear_out(), Strings{});
  gate.open();
}

}  // namespace
}  // namespace roomcast
