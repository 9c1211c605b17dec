#include <atomic>

#include "server_fixture.hpp"

// What a socket's end means for those who have reserved something for it.

namespace roomcast {
namespace {

class Cleanup : public AnyThreads {};
INSTANTIATE_TEST_SUITE_P(With, Cleanup, thread_counts, threads_name);

TEST_P(Cleanup, runs_once_for_a_client_that_was_connected) {
  Server io(options());
  Inbox<std::string> heard;
  io.use([&](const Socket& socket) { socket.on_cleanup([&] { heard.put("cleanup of the middleware"); }); });
  io.on_connection([&](const Socket& socket) {
    socket.on_cleanup([&, socket] {
      socket.disconnect(true);
      heard.put(socket.connected() ? "connected?" : "cleanup");
    });
    socket.on_disconnect([&] { heard.put("disconnect"); });
  });
  io.listen();
  SocketIoClient client(io.port());
  client.connect();
  client.close();
  EXPECT_EQ(heard.take(3), (Strings{"disconnect", "cleanup of the middleware", "cleanup"}));
  io.close();
  EXPECT_EQ(heard.size(), 0u);
}

TEST_P(Cleanup, runs_once_for_a_client_that_is_refused) {
  Server io(options());
  Inbox<std::string> heard;
  io.use([&](const Socket& socket) {
    socket.on_cleanup(
        [&, token = socket.stop_token()] { heard.put(token.stop_requested() ? "too early" : "cleanup"); });
    socket.on_disconnect([&] { heard.put("disconnect"); });
  });
  io.use([](const Socket&) { throw ConnectError("no"); });
  io.listen();
  SocketIoClient client(io.port());
  client.say("0");
  EXPECT_EQ(client.hear(), R"(4{"message":"no"})");
  EXPECT_EQ(heard.take(), "cleanup");
  client.close();
  io.close();
  EXPECT_EQ(heard.size(), 0u);
}

TEST_P(Cleanup, of_a_client_that_goes_meanwhile_runs_at_once_and_a_waiting_middleware_can_see_it) {
  Server io(options());
  Inbox<std::string> heard;
  Inbox<Socket> sockets;
  io.of("/gate").on_connection([&](const Socket& socket) { sockets.put(socket); });
  Socket keeper;
  io.use([&](Socket socket) -> Task<> {
    const std::stop_token token = socket.stop_token();
    const std::stop_callback stopped(token, [&] { heard.put("stopped"); });
    socket.on_cleanup([&] { heard.put("cleanup"); });
    heard.put(token.stop_requested() ? "stopped?" : "waits");
    co_await keeper.emit_with_ack("open");
    heard.put(token.stop_requested() && socket.stop_token().stop_requested() ? "gave up" : "goes on?");
    socket.on_cleanup([&] { heard.put("late cleanup"); });
  });
  io.use([&](const Socket&) { heard.put("next middleware?"); });
  io.listen();
  SocketIoClient gate(io.port()), client(io.port());
  gate.connect("/gate");
  keeper = sockets.take();
  client.say("0");
  EXPECT_EQ(heard.take(), "waits");
  client.close();
  EXPECT_EQ(heard.take(2), (Strings{"cleanup", "stopped"}));
  EXPECT_EQ(gate.hear(), R"(2/gate,0["open"])");
  gate.say("3/gate,0[]");
  EXPECT_EQ(heard.take(2), (Strings{"gave up", "late cleanup"}));
  io.close();
  EXPECT_EQ(heard.size(), 0u);
}

TEST_P(Cleanup, asked_for_by_any_thread_runs_exactly_once_however_late) {
  Server io(options());
  Inbox<Socket> sockets;
  io.on_connection([&](const Socket& socket) { sockets.put(socket); });
  io.listen();
  std::atomic<int> asked{0}, ran{0};
  for (int round = 0; round < 10; ++round) {
    SocketIoClient client(io.port());
    client.connect();
    const Socket socket = sockets.take();
    std::atomic<bool> stop{false};
    std::thread asking([&] {
      while (!stop || socket.connected()) {
        ++asked;
        socket.on_cleanup([&] { ++ran; });
      }
      ++asked;
      socket.on_cleanup([&] { ++ran; });
    });
    client.drop();
    stop = true;
    asking.join();
  }
  io.close();
  EXPECT_EQ(ran, asked);
}

TEST_P(Cleanup, that_throws_does_not_keep_the_others_from_running) {
  Server io(options());
  Inbox<std::string> heard;
  io.on_connection([&](const Socket& socket) {
    socket.on_cleanup([] { throw std::runtime_error("no"); });
    socket.on_cleanup([&] { heard.put("second"); });
  });
  io.listen();
  SocketIoClient client(io.port());
  client.connect();
  io.close();
  EXPECT_EQ(heard.take(), "second");
}

}  // namespace
}  // namespace roomcast
