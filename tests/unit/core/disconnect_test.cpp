#include <set>
#include <stdexcept>
#include <thread>

#include "server_fixture.hpp"

namespace roomcast {
namespace {

/// Tells why each socket went: "<namespace>: <reason>" and ", <cause>" if there is one.
class Disconnect : public AnyThreads {
 public:
  void serve(Server& io, const std::string& nsp = "/") {
    io.of(nsp).on_connection([this](const Socket& socket) {
      answer_sync(socket);
      socket.on_disconnect(
          [this, nsp = socket.nsp()](const std::string& reason, const DisconnectDetails& details) {
            told.put(nsp + ": " + reason + (details.cause.empty() ? "" : ", " + details.cause));
          });
      sockets.put(socket);
    });
  }

  Inbox<std::string> told;
  Inbox<Socket> sockets;
};
INSTANTIATE_TEST_SUITE_P(With, Disconnect, thread_counts, threads_name);

TEST_P(Disconnect, a_client_may_leave_a_namespace_and_come_back_with_another_id) {
  Server io(options());
  serve(io);
  io.listen();
  SocketIoClient client(io.port());
  const std::string first = client.connect();
  client.say("1");
  EXPECT_EQ(told.take(), "/: client namespace disconnect");
  EXPECT_NE(client.connect(), first);
  EXPECT_EQ(sync(client), Strings{});
}

TEST_P(Disconnect, the_server_may_disconnect_a_socket_and_the_connection_stays) {
  Server io(options());
  serve(io);
  io.listen();
  SocketIoClient client(io.port());
  client.connect();
  sockets.take().disconnect();
  EXPECT_EQ(client.hear(), "1");
  EXPECT_EQ(told.take(), "/: server namespace disconnect");
  client.connect();
  EXPECT_EQ(sync(client), Strings{});
}

TEST_P(Disconnect, with_close_every_namespace_goes_in_order_and_then_the_connection) {
  Server io(options());
  for (const char* nsp : {"/", "/a", "/b"}) serve(io, nsp);
  io.listen();
  SocketIoClient client(io.port());
  client.connect("/b");
  client.connect();
  client.connect("/a");
  sockets.take();
  sockets.take().disconnect(true);
  EXPECT_EQ(client.hear_out(), (Strings{"1/b,", "1", "1/a,"}));
  EXPECT_EQ(told.take(3), (Strings{"/b: server namespace disconnect", "/: server namespace disconnect",
                                   "/a: server namespace disconnect"}));
}

TEST_P(Disconnect, a_client_that_closes_its_transport_says_transport_close) {
  Server io(options());
  serve(io);
  io.listen();
  SocketIoClient polite(io.port());
  polite.connect();
  polite.close();
  EXPECT_EQ(told.take(), "/: transport close");
  SocketIoClient rude(io.port());
  rude.connect();
  rude.drop();
  EXPECT_EQ(told.take(), "/: transport close, no close frame");
}

TEST_P(Disconnect, a_broken_connection_says_transport_error) {
  Server io(options());
  serve(io);
  io.listen();
  SocketIoClient client(io.port());
  client.connect();
  client.drop(true);
  EXPECT_EQ(told.take(), "/: transport error, connection lost");
}

TEST_P(Disconnect, a_bad_websocket_frame_says_transport_error) {
  Server io(options());
  serve(io);
  io.listen();
  SocketIoClient client(io.port());
  client.connect();
  client.say_frame(support::ClientFrame{.payload = "4", .masked = false}.bytes());
  EXPECT_TRUE(told.take().starts_with("/: transport error, "));
}

TEST_P(Disconnect, a_message_that_is_too_long_says_so_in_the_cause) {
  ServerOptions small = options();
  small.max_http_buffer_size = 100;
  Server io(small);
  serve(io);
  io.listen();
  SocketIoClient client(io.port());
  client.connect();
  client.say("2" + std::string(200, ' '));
  EXPECT_EQ(told.take(), "/: transport error, payload too large");
}

TEST_P(Disconnect, a_client_that_does_not_answer_pings_says_ping_timeout) {
  ServerOptions hasty = options();
  hasty.ping_interval = 20ms;
  hasty.ping_timeout = 20ms;
  Server io(hasty);
  serve(io);
  io.listen();
  SocketIoClient client(io.port(), {.answers_pings = false});
  client.connect();
  EXPECT_EQ(told.take(), "/: ping timeout");
}

TEST_P(Disconnect, an_engine_packet_that_cannot_be_read_says_parse_error) {
  Server io(options());
  serve(io);
  io.listen();
  SocketIoClient client(io.port());
  client.connect();
  client.say_frame(support::client_text("9"));
  EXPECT_TRUE(told.take().starts_with("/: parse error"));
}

TEST_P(Disconnect, a_packet_that_cannot_be_read_says_forced_close_in_every_namespace) {
  Server io(options());
  serve(io);
  serve(io, "/a");
  io.listen();
  SocketIoClient client(io.port());
  client.connect("/a");
  client.connect();
  client.say("2[");
  EXPECT_TRUE(told.take().starts_with("/a: forced close"));
  EXPECT_TRUE(told.take().starts_with("/: forced close"));
  EXPECT_EQ(client.hear_out(), Strings{});
}

TEST_P(Disconnect, an_attachment_that_nobody_announced_says_forced_close) {
  Server io(options());
  serve(io);
  io.listen();
  SocketIoClient client(io.port());
  client.connect();
  client.say_frame(support::client_binary("x"));
  EXPECT_TRUE(told.take().starts_with("/: forced close"));
}

TEST_P(Disconnect, closing_the_server_says_server_shutting_down_and_sends_no_disconnect_packet) {
  Server io(options());
  serve(io);
  io.listen();
  SocketIoClient first(io.port()), second(io.port());
  first.connect();
  second.connect();
  first.say(R"(2999["sync"])");
  EXPECT_EQ(first.hear(), "3999[]");
  std::thread closing([&] { io.close(); });
  EXPECT_EQ(first.hear_out(), Strings{});
  EXPECT_EQ(second.hear_out(), Strings{});
  first.drop();
  second.drop();
  closing.join();
  for (const std::string& one : told.take(2)) EXPECT_TRUE(one.starts_with("/: server shutting down")) << one;
}

TEST_P(Disconnect, what_was_sent_before_still_arrives) {
  Server io(options());
  io.on_connection([](const Socket& socket) {
    socket.on("last words?", [socket] {
      socket.emit("bye", Bytes("bytes"));
      socket.disconnect(true);
      socket.emit("never");
    });
  });
  io.listen();
  SocketIoClient client(io.port());
  client.connect();
  client.say(R"(2["last words?"])");
  EXPECT_EQ(client.hear(), R"(51-["bye",{"_placeholder":true,"num":0}])");
  EXPECT_EQ(client.hear_binary(), "bytes");
  EXPECT_EQ(client.hear_out(), Strings{"1"});
}

// ---- the handlers

TEST_P(Disconnect, disconnecting_handlers_still_see_the_rooms_and_disconnect_handlers_do_not) {
  Inbox<std::string> heard;
  Inbox<Strings> rooms;
  Server io(options());
  io.on_connection([&](const Socket& socket) {
    socket.join("red");
    socket.on_disconnect([&, socket](const std::string& reason) {
      heard.put("disconnect " + reason + (socket.connected() ? " connected" : ""));
      rooms.put(socket.rooms());
    });
    socket.on_disconnecting([&, socket](const std::string& reason) {
      heard.put("disconnecting " + reason + (socket.connected() ? " connected" : ""));
      rooms.put(socket.rooms());
    });
  });
  io.listen();
  SocketIoClient client(io.port());
  const std::string id = client.connect();
  client.say("1");
  EXPECT_EQ(heard.take(), "disconnecting client namespace disconnect connected");
  EXPECT_EQ(heard.take(), "disconnect client namespace disconnect");
  const Strings before = rooms.take();
  EXPECT_EQ(std::set<std::string>(before.begin(), before.end()), (std::set<std::string>{id, "red"}));
  EXPECT_EQ(rooms.take(), Strings{});
}

TEST_P(Disconnect, a_disconnecting_handler_may_say_goodbye_to_its_rooms) {
  Server io(options());
  io.on_connection([](const Socket& socket) {
    answer_sync(socket);
    socket.join("red");
    socket.on_disconnecting([socket] {
      for (const std::string& room : socket.rooms()) socket.to(room).emit("left", room);
    });
  });
  io.listen();
  SocketIoClient leaving(io.port()), staying(io.port());
  leaving.connect();
  staying.connect();
  sync(staying);
  leaving.close();
  EXPECT_EQ(staying.hear(), R"(2["left","red"])");
}

TEST_P(Disconnect, handlers_run_once_in_order_and_one_that_throws_does_not_stop_the_others) {
  Inbox<int> heard;
  Server io(options());
  io.on_connection([&](const Socket& socket) {
    socket.on_disconnect([&] {
      heard.put(1);
      throw std::runtime_error("no");
    });
    socket.on_disconnect([&](const std::string&) -> Task<> {
      heard.put(2);
      throw std::runtime_error("no");
      co_return;
    });
    socket.on_disconnect([&, socket] {
      heard.put(3);
      socket.disconnect(true);  // it has gone: nothing
      socket.emit("nor this");
    });
  });
  io.listen();
  SocketIoClient client(io.port());
  client.connect();
  client.say("1");
  EXPECT_EQ(heard.take(3), (std::vector<int>{1, 2, 3}));
  EXPECT_EQ(client.connect().size(), 20u);
  EXPECT_EQ(heard.size(), 0u);
}

TEST_P(Disconnect, disconnecting_from_a_disconnecting_handler_ends_it_once) {
  Inbox<std::string> heard;
  Server io(options());
  io.on_connection([&](const Socket& socket) {
    socket.on_disconnecting([socket] { socket.disconnect(); });
    socket.on_disconnect([&](const std::string& reason) { heard.put(reason); });
  });
  io.listen();
  SocketIoClient client(io.port());
  client.connect();
  client.say("1");
  heard.take();
  const Strings until_back = [&] {
    client.say("0");
    Strings all{client.hear()};
    while (!all.back().starts_with("0{")) all.push_back(client.hear());
    return all;
  }();
  EXPECT_LE(until_back.size(), 2u);
  EXPECT_EQ(heard.size(), 0u);
}

TEST_P(Disconnect, a_handler_that_disconnects_its_own_socket_gets_no_further_event) {
  Inbox<int> heard;
  Server io(options());
  io.on_connection([&](const Socket& socket) {
    socket.on("n", [&, socket](int n) {
      heard.put(n);
      if (n == 2) socket.disconnect(true);
    });
    socket.on_disconnect([&] { heard.put(-1); });
  });
  io.listen();
  SocketIoClient client(io.port());
  client.connect();
  std::string bytes;
  for (const int n : {1, 2, 3, 4}) bytes += support::client_text(R"(42["n",)" + std::to_string(n) + "]");
  client.say_frame(bytes);
  EXPECT_EQ(client.hear_out(), Strings{"1"});
  EXPECT_EQ(heard.take(3), (std::vector<int>{1, 2, -1}));
  EXPECT_EQ(heard.size(), 0u);
}

TEST_P(Disconnect, a_connection_handler_may_disconnect_at_once) {
  Inbox<std::string> heard;
  Server io(options());
  io.on_connection([&](const Socket& socket) {
    socket.on_disconnect([&](const std::string& reason) { heard.put(reason); });
    socket.disconnect(true);
  });
  io.listen();
  SocketIoClient client(io.port());
  client.connect();
  EXPECT_EQ(client.hear_out(), Strings{"1"});
  EXPECT_EQ(heard.take(), "server namespace disconnect");
}

}  // namespace
}  // namespace roomcast
