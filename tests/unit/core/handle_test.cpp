#include <atomic>
#include <thread>

#include "server_fixture.hpp"

namespace roomcast {
namespace {

class Handles : public AnyThreads {};
INSTANTIATE_TEST_SUITE_P(With, Handles, thread_counts, threads_name);

/// Calls everything that a handle has, on this thread.
void use_everything(const Socket& socket) {
  EXPECT_EQ(socket.id().size(), 20u);
  EXPECT_EQ(socket.nsp(), "/");
  EXPECT_EQ(socket.handshake().address(), "127.0.0.1");
  (void)socket.connected();
  EXPECT_TRUE(socket.valid());
  socket.on("x", [](int) {});
  socket.once("x", [](const Args&) {});
  socket.off("x");
  socket.off(socket.on("x", [] {}));
  socket.off_all();
  socket.on_cleanup([] {});
  socket.on_disconnect([] {});
  socket.on_disconnecting([](const std::string&) {});
  socket.emit("event", 1, "two", Bytes("3"));
  socket.emit("question", [](const Args&) {});
  socket.timeout(1min).emit("question", [](boost::system::error_code) {});
  socket.join("red");
  socket.join(Strings{"green", "blue"});
  socket.leave("green");
  socket.leave(Strings{"green", "blue"});
  socket.to("red").emit("to", 1);
  socket.to(Strings{"red", "blue"}).emit("to", 2);
  socket.in("red").except("blue").emit("to", 3);
  socket.except("red").emit("to", 4);
  socket.broadcast().emit("to", 5, Bytes("6"));
  socket.to("red").sockets_join("green");
  socket.to("red").sockets_leave("green");
  socket.in(Strings{"red"}).sockets_join(Strings{"green"});
  socket.except(Strings{"red"}).sockets_leave(Strings{"green"});
  socket.to("red").disconnect_sockets();
  socket.disconnect();
  socket.disconnect(true);
}

TEST_P(Handles, every_method_may_be_called_from_any_thread) {
  Server io(options());
  Inbox<Socket> sockets;
  Inbox<std::string> heard;
  io.on_connection([&](const Socket& socket) {
    answer_sync(socket);
    sockets.put(socket);
  });
  io.listen();
  SocketIoClient client(io.port());
  const std::string id = client.connect();
  const Socket socket = sockets.take();
  EXPECT_TRUE(socket.connected());
  EXPECT_EQ(socket.id(), id);
  socket.on("x", [&](const std::string& text) { heard.put("on " + text); });
  socket.once("x", [&](const std::string& text) { heard.put("once " + text); });
  socket.on("y", [&] { heard.put("never"); });
  socket.off("y");
  socket.on_disconnecting([&](const std::string& reason) { heard.put("disconnecting " + reason); });
  socket.on_disconnect([&](const std::string& reason) { heard.put("disconnect " + reason); });
  sync(client);
  client.say(R"(2["x","1"])");
  client.say(R"(2["y"])");
  client.say(R"(2["x","2"])");
  EXPECT_EQ(heard.take(3), (Strings{"on 1", "once 1", "on 2"}));
  EXPECT_EQ(socket.emit("event", 1), SendStatus::posted);
  EXPECT_EQ(client.hear(), R"(2["event",1])");
  socket.join(Strings{"red", "blue"});
  socket.leave("blue");
  io.to("red").emit("red");
  io.to("blue").emit("blue");
  EXPECT_EQ(client.hear(), R"(2["red"])");
  EXPECT_EQ(sync(client), Strings{});
  socket.disconnect();
  EXPECT_EQ(client.hear(), "1");
  EXPECT_EQ(heard.take(2),
            (Strings{"disconnecting server namespace disconnect", "disconnect server namespace disconnect"}));
  EXPECT_FALSE(socket.connected());
}

TEST_P(Handles, at_home_an_emit_is_queued_at_once) {
  Server io(options());
  Inbox<SendStatus> status;
  io.on_connection([&](const Socket& socket) {
    status.put(socket.emit("x"));
    socket.disconnect();
    status.put(socket.emit("x"));
  });
  io.listen();
  SocketIoClient client(io.port());
  client.connect();
  EXPECT_EQ(status.take(), SendStatus::queued);
  EXPECT_EQ(status.take(), SendStatus::dropped);
}

TEST_P(Handles, what_one_thread_asks_for_is_done_in_its_order) {
  Server io(options());
  Inbox<Socket> sockets;
  io.on_connection([&](const Socket& socket) { sockets.put(socket); });
  io.listen();
  SocketIoClient client(io.port());
  client.connect();
  const Socket socket = sockets.take();
  Strings expected;
  for (int i = 0; i < 200; ++i) {
    socket.join("red");
    io.to("red").emit("n", i);
    socket.leave("red");
    io.to("red").emit("never");
    expected.push_back(R"(2["n",)" + std::to_string(i) + "]");
  }
  socket.emit("end");
  Strings heard = client.hear_until(R"(2["end"])");
  // A join is posted, and only at home it is done when the call returns: none may be lost once it is.
  for (const std::string& packet : heard) EXPECT_NE(packet, R"(2["never"])");
  EXPECT_LE(heard.size(), expected.size());
}

TEST_P(Handles, outlive_their_client_and_do_nothing_then) {
  Server io(options());
  Inbox<Socket> sockets;
  Inbox<bool> gone;
  io.on_connection([&](const Socket& socket) {
    socket.on_disconnect([&] { gone.put(true); });
    sockets.put(socket);
  });
  io.listen();
  SocketIoClient client(io.port());
  client.connect();
  const Socket socket = sockets.take();
  client.close();
  gone.take();
  EXPECT_FALSE(socket.connected());
  EXPECT_EQ(socket.emit("x"), SendStatus::dropped);
  use_everything(socket);
  Inbox<boost::system::error_code> told;
  socket.emit("q", [&](boost::system::error_code error) { told.put(error); });
  EXPECT_EQ(told.take(), AckError::disconnected);
}

// `socket.to(…).emit(…)` used to read the options of the server that had gone.
TEST_P(Handles, outlive_their_server_and_do_nothing_then) {
  Inbox<Socket> sockets;
  Inbox<Ack> acks;
  {
    Server io(options());
    io.on_connection([&](const Socket& socket) {
      socket.on("q", [&](const Ack& ack) { acks.put(ack); });
      sockets.put(socket);
    });
    io.listen();
    SocketIoClient client(io.port());
    client.connect();
    client.say(R"(20["q"])");
    acks.put(acks.take());
    client.drop();
  }
  const Socket socket = sockets.take();
  const Socket copy = socket;
  EXPECT_FALSE(copy.connected());
  EXPECT_EQ(copy, socket);
  use_everything(socket);
  acks.take()("too late");
}

TEST_P(Handles, that_are_kept_by_the_server_s_own_handlers_do_not_keep_the_server) {
  auto kept = std::make_shared<int>(1);
  {
    Server io(options());
    auto sockets = std::make_shared<std::vector<Socket>>();
    io.on_connection([&, sockets, kept](const Socket& socket) {
      if (threads() == 1) sockets->push_back(socket);
      socket.on("x", [socket, kept] {});
    });
    io.listen();
    SocketIoClient client(io.port());
    client.connect();
  }
  EXPECT_EQ(kept.use_count(), 1);
}

TEST_P(Handles, may_be_used_by_many_threads_while_the_client_goes) {
  Server io(options());
  Inbox<Socket> sockets;
  io.on_connection([&](const Socket& socket) { sockets.put(socket); });
  io.listen();
  for (int round = 0; round < 5; ++round) {
    SocketIoClient client(io.port());
    client.connect();
    const Socket socket = sockets.take();
    std::atomic<bool> stop{false};
    std::vector<std::thread> threads;
    for (int t = 0; t < 3; ++t)
      threads.emplace_back([&] {
        while (!stop) {
          const Socket mine = socket;
          mine.on("x", [mine] {});
          mine.emit("x", "text");
          mine.join("red");
          mine.to("red").emit("y");
          mine.emit("q", [mine](const Args&) {});
          if (!mine.connected()) stop = true;
        }
      });
    client.drop();
    for (std::thread& thread : threads) thread.join();
  }
}

TEST(Handle, without_a_socket_is_not_valid) {
  const Socket none;
  EXPECT_FALSE(none.valid());
  EXPECT_FALSE(none.connected());
  EXPECT_EQ(none.emit("x"), SendStatus::dropped);
  EXPECT_EQ(none, Socket());
}

TEST_P(Handles, data_and_state_are_the_application_s_own) {
  Server io(options());
  Inbox<std::string> found;
  io.use([](const Socket& socket) {
    socket.data()["name"] = "anna";
    socket.state() = std::string("of any type");
  });
  io.on_connection([&](const Socket& socket) {
    found.put(std::string(socket.data().at("name").as_string()));
    found.put(std::any_cast<std::string>(socket.state()));
  });
  io.listen();
  SocketIoClient client(io.port());
  client.connect();
  EXPECT_EQ(found.take(2), (Strings{"anna", "of any type"}));
}

TEST_P(Handles, a_socket_s_executor_runs_things_on_its_loop) {
  Server io(options());
  Inbox<Socket> sockets;
  Inbox<std::thread::id> homes;
  io.on_connection([&](const Socket& socket) {
    homes.put(std::this_thread::get_id());
    sockets.put(socket);
  });
  io.listen();
  SocketIoClient client(io.port());
  client.connect();
  boost::asio::dispatch(sockets.take().executor(), [&] { homes.put(std::this_thread::get_id()); });
  const auto both = homes.take(2);
  EXPECT_EQ(both[0], both[1]);
}

}  // namespace
}  // namespace roomcast
