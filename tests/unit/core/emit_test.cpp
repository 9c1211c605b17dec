#include <map>
#include <stdexcept>

#include <boost/json/object.hpp>

#include "server_fixture.hpp"
#include "shapes.hpp"

namespace roomcast {
namespace {

class Emit : public AnyThreads {};
INSTANTIATE_TEST_SUITE_P(With, Emit, thread_counts, threads_name);

TEST_P(Emit, an_event_reaches_its_handler_and_an_emit_reaches_the_client) {
  Server io(options());
  io.on_connection([](const Socket& socket) {
    socket.on("hello",
              [socket](const std::string& name, int times) { socket.emit("greeting", name, times + 1); });
  });
  io.listen();
  SocketIoClient client(io.port());
  client.connect();
  client.say(R"(2["hello","anna",41])");
  EXPECT_EQ(client.hear(), R"(2["greeting","anna",42])");
}

TEST_P(Emit, arguments_of_every_kind_travel_both_ways) {
  Server io(options());
  io.on_connection([](const Socket& socket) {
    socket.on("all",
              [socket](std::optional<int> nothing, bool yes, double half, const std::vector<int>& numbers,
                       const std::map<std::string, int>& map, const Point& point, const Bytes& bytes,
                       const Value& value, const boost::json::object& object) {
                socket.emit("all", nothing, yes, half, numbers, map, point, bytes, value, object);
              });
  });
  io.listen();
  SocketIoClient client(io.port());
  client.connect();
  const std::string arguments =
      R"(["all",null,true,0.5,[1,2],{"a":1},{"x":1,"y":2},{"_placeholder":true,"num":0},)"
      R"({"deep":{"_placeholder":true,"num":1}},{"b":[null]}])";
  client.say("52-" + arguments, {"first", std::string("\0\xFF", 2)});
  EXPECT_EQ(client.hear(), "52-" + arguments);
  EXPECT_EQ(client.hear_binary(), "first");
  EXPECT_EQ(client.hear_binary(), std::string("\0\xFF", 2));
}

TEST_P(Emit, the_handlers_of_an_event_run_in_the_order_in_which_they_were_added) {
  Server io(options());
  io.on_connection([](const Socket& socket) {
    for (const int n : {1, 2, 3}) socket.on("x", [socket, n] { socket.emit("handler", n); });
  });
  io.listen();
  SocketIoClient client(io.port());
  client.connect();
  client.say(R"(2["x"])");
  EXPECT_EQ(client.hear(3), (Strings{R"(2["handler",1])", R"(2["handler",2])", R"(2["handler",3])"}));
}

TEST_P(Emit, events_are_handled_in_the_order_of_their_arrival) {
  Server io(options());
  io.on_connection([](const Socket& socket) { socket.on("n", [socket](int n) { socket.emit("n", n); }); });
  io.listen();
  SocketIoClient client(io.port());
  client.connect();
  std::string bytes;
  for (int i = 0; i < 500; ++i) bytes += support::client_text(R"(42["n",)" + std::to_string(i) + "]");
  client.say_frame(bytes);
  for (int i = 0; i < 500; ++i) ASSERT_EQ(client.hear(), R"(2["n",)" + std::to_string(i) + "]");
}

TEST_P(Emit, a_once_handler_hears_one_event_only) {
  Server io(options());
  io.on_connection([](const Socket& socket) {
    answer_sync(socket);
    socket.once("x", [socket](int n) { socket.emit("once", n); });
    socket.on("x", [socket](int n) { socket.emit("always", n); });
  });
  io.listen();
  SocketIoClient client(io.port());
  client.connect();
  client.say(R"(2["x",1])");
  client.say(R"(2["x",2])");
  EXPECT_EQ(sync(client), (Strings{R"(2["once",1])", R"(2["always",1])", R"(2["always",2])"}));
}

TEST_P(Emit, off_removes_all_handlers_of_an_event_and_no_others) {
  Server io(options());
  io.on_connection([](const Socket& socket) {
    answer_sync(socket);
    socket.on("x", [socket] { socket.emit("x"); });
    socket.once("x", [socket] { socket.emit("x once"); });
    socket.on("y", [socket] { socket.emit("y"); });
    socket.on("stop", [socket] { socket.off("x"); });
  });
  io.listen();
  SocketIoClient client(io.port());
  client.connect();
  client.say(R"(2["stop"])");
  client.say(R"(2["x"])");
  client.say(R"(2["y"])");
  EXPECT_EQ(sync(client), Strings{R"(2["y"])"});
}

TEST_P(Emit, a_handler_may_remove_itself_and_add_others_for_the_next_event) {
  Server io(options());
  io.on_connection([](const Socket& socket) {
    answer_sync(socket);
    socket.on("x", [socket] {
      socket.off("x");
      socket.on("x", [socket] { socket.emit("second"); });
      socket.emit("first");
    });
    socket.on("x", [socket] { socket.emit("beside"); });
  });
  io.listen();
  SocketIoClient client(io.port());
  client.connect();
  client.say(R"(2["x"])");
  client.say(R"(2["x"])");
  EXPECT_EQ(sync(client), (Strings{R"(2["first"])", R"(2["beside"])", R"(2["second"])"}));
}

TEST_P(Emit, an_event_that_nobody_listens_to_is_ignored) {
  Server io(options());
  io.on_connection(answer_sync);
  io.listen();
  SocketIoClient client(io.port());
  client.connect();
  client.say(R"(2["nobody",1])");
  client.say(R"(27["nobody",1])");
  client.say("2");
  client.say("30");
  EXPECT_EQ(sync(client), Strings{});
}

TEST_P(Emit, names_are_compared_as_javascript_would) {
  Server io(options());
  io.on_connection([](const Socket& socket) {
    socket.on("é", [socket] { socket.emit("escaped"); });
    socket.on("7", [socket] { socket.emit("seven"); });
  });
  io.listen();
  SocketIoClient client(io.port());
  client.connect();
  client.say(R"(2["\u00e9"])");
  client.say("2[7]");
  client.say(R"(2["7"])");
  EXPECT_EQ(client.hear(3), (Strings{R"(2["escaped"])", R"(2["seven"])", R"(2["seven"])"}));
}

TEST_P(Emit, an_event_whose_arguments_do_not_convert_is_dropped_and_not_answered) {
  Server io(options());
  io.on_connection([](const Socket& socket) {
    answer_sync(socket);
    socket.on("sum", [](int a, int b, const Ack& ack) { ack(a + b); });
  });
  io.listen();
  SocketIoClient client(io.port());
  client.connect();
  client.say(R"(21["sum","1",2])");
  client.say(R"(22["sum",1])");
  client.say(R"(23["sum",1.5,2])");
  client.say(R"(24["sum",1.0,2,"more than it takes"])");
  EXPECT_EQ(sync(client), Strings{"34[3]"});
}

TEST_P(Emit, a_handler_that_throws_harms_nobody) {
  Server io(options());
  io.on_connection([](const Socket& socket) {
    answer_sync(socket);
    socket.on("exception", [] { throw std::runtime_error("no"); });
    socket.on("exception", [socket] { socket.emit("the next handler"); });
    socket.on("number", [] { throw 42; });
    socket.on("coroutine", []() -> Task<> {
      throw std::runtime_error("no");
      co_return;
    });
    throw std::runtime_error("the connection handler, too");
  });
  io.listen();
  SocketIoClient client(io.port());
  client.connect();
  for (const char* event : {"exception", "number", "coroutine"})
    client.say(R"(2[")" + std::string(event) + R"("])");
  EXPECT_EQ(sync(client), Strings{R"(2["the next handler"])"});
}

TEST_P(Emit, a_coroutine_that_waits_lets_the_next_event_in) {
  Server io(options());
  io.on_connection([](const Socket& socket) {
    socket.on("slow", [socket]() -> Task<> {
      socket.emit("slow began");
      co_await socket.emit_with_ack("may I?");
      socket.emit("slow ended");
    });
    socket.on("quick", [socket] { socket.emit("quick"); });
  });
  io.listen();
  SocketIoClient client(io.port());
  client.connect();
  client.say(R"(2["slow"])");
  client.say(R"(2["quick"])");
  EXPECT_EQ(client.hear(3), (Strings{R"(2["slow began"])", R"(20["may I?"])", R"(2["quick"])"}));
  client.say("30[]");
  EXPECT_EQ(client.hear(), R"(2["slow ended"])");
}

TEST_P(Emit, coroutine_handlers_start_in_the_order_of_their_events) {
  Server io(options());
  io.on_connection([](const Socket& socket) {
    socket.on("n", [socket](int n) -> Task<> {
      socket.emit("n", n);
      co_return;
    });
    socket.on("plain", [socket](int n) { socket.emit("plain", n); });
  });
  io.listen();
  SocketIoClient client(io.port());
  client.connect();
  std::string bytes;
  Strings expected;
  for (int i = 0; i < 50; ++i) {
    const std::string packet =
        R"(2[")" + std::string(i % 2 == 0 ? "n" : "plain") + R"(",)" + std::to_string(i) + "]";
    bytes += support::client_text("4" + packet);
    expected.push_back(packet);
  }
  client.say_frame(bytes);
  EXPECT_EQ(client.hear(expected.size()), expected);
}

TEST_P(Emit, names_that_are_reserved_and_packets_that_no_client_takes_throw_at_once) {
  Server io(options());
  Inbox<std::string> thrown;
  io.on_connection([&](const Socket& socket) {
    try {
      socket.emit("disconnect");
    } catch (const std::invalid_argument& e) {
      thrown.put(e.what());
    }
    try {
      socket.emit("many", std::vector<Bytes>(11));
    } catch (const std::length_error& e) {
      thrown.put(e.what());
    }
    try {
      socket.broadcast().emit("connect");
    } catch (const std::invalid_argument& e) {
      thrown.put(e.what());
    }
    socket.emit("fine");
  });
  io.listen();
  SocketIoClient client(io.port());
  client.connect();
  EXPECT_EQ(client.hear(), R"(2["fine"])");
  EXPECT_NE(thrown.take().find("\"disconnect\""), std::string::npos);
  EXPECT_NE(thrown.take().find("max_attachments"), std::string::npos);
  EXPECT_NE(thrown.take().find("\"connect\""), std::string::npos);
}

TEST_P(Emit, packets_have_as_many_attachments_as_the_options_say_in_both_directions) {
  for (const unsigned most : {2u, 12u}) {
    ServerOptions limited = options();
    limited.max_attachments = most;
    Server io(limited);
    io.on_connection([most](const Socket& socket) {
      EXPECT_THROW(socket.emit("many", std::vector<Bytes>(most + 1)), std::length_error);
      socket.on("count",
                [socket](const std::vector<Bytes>& all) { socket.emit("counted", all.size(), all); });
    });
    io.listen();
    const auto packet = [](unsigned count) {
      std::string text = "5" + std::to_string(count) + R"(-["count",[)";
      for (unsigned i = 0; i < count; ++i)
        text += std::string(i > 0 ? "," : "") + R"({"_placeholder":true,"num":)" + std::to_string(i) + "}";
      return text + "]]";
    };
    SocketIoClient client(io.port());
    client.connect();
    client.say(packet(most), Strings(most, "bytes"));
    const std::string begin = "5" + std::to_string(most) + R"(-["counted",)" + std::to_string(most) + ",[";
    EXPECT_TRUE(client.hear().starts_with(begin));
    for (unsigned i = 0; i < most; ++i) EXPECT_EQ(client.hear_binary(), "bytes");
    client.say(packet(most + 1));
    EXPECT_EQ(client.hear_out(), Strings{});
  }
}

TEST_P(Emit, what_was_received_is_relayed_to_the_letter) {
  Server io(options());
  io.on_connection([](const Socket& socket) {
    socket.on("relay", [socket](const Args& args) { socket.emit("relayed", args); });
  });
  io.listen();
  SocketIoClient client(io.port());
  client.connect();
  client.say(R"(2["relay", 1.0,{"b" : "\u00e9","a":[ ]}])");
  EXPECT_EQ(client.hear(), R"(2["relayed",1.0,{"b" : "\u00e9","a":[ ]}])");
}

}  // namespace
}  // namespace roomcast
