#include <atomic>
#include <filesystem>
#include <functional>
#include <future>
#include <memory>
#include <stdexcept>
#include <thread>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/post.hpp>
#include <boost/system/system_error.hpp>

#include "server_fixture.hpp"

namespace roomcast {
namespace {

std::size_t open_descriptors() {
  std::size_t n = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) ++n;
  return n;
}

class Servers : public AnyThreads {};
INSTANTIATE_TEST_SUITE_P(With, Servers, thread_counts, threads_name);

TEST_P(Servers, may_be_made_and_never_used) {
  Server io(options());
  io.close();
  io.emit("nobody");
}

TEST_P(Servers, destroyed_with_clients_connected_tell_them) {
  Inbox<std::string> told;
  std::unique_ptr<SocketIoClient> client;
  {
    Server io(options());
    io.on_connection([&](const Socket& socket) {
      socket.on_disconnect([&](const std::string& reason) { told.put(reason); });
    });
    io.listen();
    client = std::make_unique<SocketIoClient>(io.port());
    client->connect();
  }
  EXPECT_EQ(told.take(), "server shutting down");
  EXPECT_EQ(client->hear_out(), Strings{});
}

TEST_P(Servers, a_handler_that_blocks_its_loop_costs_nobody_the_connection) {
  ServerOptions quick = options();
  quick.ping_interval = quick.ping_timeout = 100ms;
  std::atomic<int> gone{0};
  Server io(quick);
  io.on_connection([&](const Socket& socket) {
    socket.on_disconnect([&] { ++gone; });
    socket.on("block", [&io] {
      std::this_thread::sleep_for(1500ms);  // as applications do that should not
      io.emit("after");
    });
  });
  io.listen();
  std::vector<std::unique_ptr<SocketIoClient>> clients;
  for (int i = 0; i < 8; ++i) {
    clients.push_back(std::make_unique<SocketIoClient>(io.port()));
    clients.back()->connect();
  }
  clients.front()->say(R"(2["block"])");
  std::vector<std::future<std::string>> heard;
  for (const auto& client : clients)
    heard.push_back(std::async(std::launch::async, [&client] { return client->hear(); }));
  for (auto& one : heard) EXPECT_EQ(one.get(), R"(2["after"])");
  EXPECT_EQ(gone, 0);
}

TEST_P(Servers, closing_twice_is_closing_once) {
  Server io(options());
  io.listen();
  io.close();
  io.close();
}

TEST_P(Servers, may_be_closed_by_several_threads_at_once) {
  for (int i = 0; i < 10; ++i) {
    Server io(options());
    io.listen();
    std::vector<std::thread> threads;
    for (int t = 0; t < 3; ++t) threads.emplace_back([&] { io.close(); });
    for (std::thread& thread : threads) thread.join();
  }
}

TEST_P(Servers, a_busy_port_throws_and_a_free_one_may_be_tried_again) {
  auto first = std::make_unique<Server>(options());
  first->listen();
  ServerOptions same = options();
  same.port = first->port();
  Server second(same);
  EXPECT_THROW(second.listen(), boost::system::system_error);
  EXPECT_THROW(second.listen(), boost::system::system_error);  // it used to be silent here
  EXPECT_THROW(second.run(), boost::system::system_error);
  first.reset();
  second.listen();
  SocketIoClient client(second.port());
  client.connect();
}

TEST_P(Servers, an_address_that_is_none_throws) {
  ServerOptions nowhere = options();
  nowhere.host = "not an address";
  Server io(nowhere);
  EXPECT_ANY_THROW(io.listen());
}

TEST_P(Servers, listening_twice_is_listening_once) {
  Server io(options());
  io.listen();
  const auto port = io.port();
  io.listen();
  EXPECT_EQ(io.port(), port);
  SocketIoClient(io.port()).connect();
}

TEST_P(Servers, two_in_one_process_know_nothing_of_each_other) {
  Server one(options()), two(options());
  for (Server* io : {&one, &two}) {
    io->on_connection([io](const Socket& socket) {
      answer_sync(socket);
      socket.join("room");
      socket.on("all", [io] { io->to("room").emit("here"); });
    });
    io->listen();
  }
  SocketIoClient first(one.port()), second(two.port());
  first.connect();
  second.connect();
  sync(second);
  first.say(R"(2["all"])");
  EXPECT_EQ(first.hear(), R"(2["here"])");
  EXPECT_EQ(sync(second), Strings{});
  one.close();
  two.emit("still");
  EXPECT_EQ(second.hear(), R"(2["still"])");
}

// The handler of one server may emit on the other, whose loops have the same numbers.
TEST_P(Servers, may_be_used_from_each_other_s_loops) {
  Server one(options()), two(options());
  two.on_connection([](const Socket& socket) {
    answer_sync(socket);
    socket.join("room");
  });
  one.on_connection([&](const Socket& socket) {
    socket.on("relay", [&](const Args& args) {
      two.to("room").emit("relayed", args);
      two.sockets_join("other");
      two.to("other").emit("joined");
    });
  });
  one.listen();
  two.listen();
  SocketIoClient from(one.port()), to(two.port());
  from.connect();
  to.connect();
  sync(to);
  from.say(R"(2["relay",1])");
  EXPECT_EQ(to.hear(2), (Strings{R"(2["relayed",1])", R"(2["joined"])"}));
}

TEST_P(Servers, run_serves_until_another_thread_closes) {
  Server io(options());
  Inbox<bool> listening;
  std::thread main_thread([&] {
    io.run([&] { listening.put(true); });
    listening.put(false);
  });
  EXPECT_TRUE(listening.take());
  SocketIoClient(io.port()).connect();
  io.close();
  EXPECT_FALSE(listening.take());
  main_thread.join();
}

TEST_P(Servers, run_after_close_returns_at_once) {
  Server io(options());
  io.listen();
  io.close();
  std::thread([&] { io.run(); }).join();
}

// It used to leave SIGINT and SIGTERM blocked on the thread that had called it.
TEST_P(Servers, run_gives_the_signals_back_when_it_returns) {
  std::thread([this] {
    sigset_t before, after;
    pthread_sigmask(SIG_SETMASK, nullptr, &before);
    Server io(options());
    std::thread closing;
    io.run([&] { closing = std::thread([&] { io.close(); }); });
    closing.join();
    pthread_sigmask(SIG_SETMASK, nullptr, &after);
    for (const int signal : {SIGINT, SIGTERM})
      EXPECT_EQ(sigismember(&after, signal), sigismember(&before, signal));
  }).join();
}

TEST_P(Servers, may_be_closed_in_their_own_handlers) {
  Server io(options());
  io.on_connection([&](const Socket& socket) {
    socket.on("close", [&io] {
      io.close();
      io.close();
    });
  });
  Inbox<bool> ran;
  std::thread main_thread([&] {
    io.run([&] { ran.put(true); });
    ran.put(false);
  });
  EXPECT_TRUE(ran.take());
  SocketIoClient client(io.port());
  client.connect();
  client.say(R"(2["close"])");
  EXPECT_EQ(client.hear_out(), Strings{});
  EXPECT_FALSE(ran.take());
  main_thread.join();
}

TEST_P(Servers, may_be_destroyed_in_their_own_handlers) {
  auto io = std::make_unique<Server>(options());
  Inbox<std::string> told;
  io->on_connection([&](const Socket& socket) {
    socket.on_disconnect([&, socket](const std::string& reason) { told.put(reason); });
    socket.on("end", [&io, socket] {
      io.reset();
      socket.emit("going on");
    });
  });
  io->listen();
  SocketIoClient client(io->port());
  client.connect();
  client.say(R"(2["end"])");
  EXPECT_EQ(client.hear(), R"(2["going on"])");
  EXPECT_EQ(client.hear_out(), Strings{});
  EXPECT_EQ(told.take(), "server shutting down");
}

TEST_P(Servers, handlers_may_be_added_while_clients_come) {
  Server io(options());
  io.listen();
  std::atomic<bool> stop{false};
  std::thread adding([&] {
    for (int i = 0; i < 200 && !stop; ++i) {
      io.of("/" + std::to_string(i));
      io.use([](const Socket&) {});
      io.on_connection([](const Socket&) {});
    }
  });
  for (int i = 0; i < 10; ++i) SocketIoClient(io.port()).connect();
  stop = true;
  adding.join();
}

TEST(Server, two_hundred_starts_and_stops_leak_no_descriptors) {
  const ServerOptions options = test_options(2);
  {
    Server(options).listen();
  }
  const std::size_t before = open_descriptors();
  for (int i = 0; i < 200; ++i) {
    Server io(options);
    io.listen();
    if (i % 20 == 0) SocketIoClient(io.port()).connect();
  }
  EXPECT_EQ(open_descriptors(), before);
}

// A coroutine that waited for fetch_sockets kept what kept it, and stayed for ever when nobody read its
// question. What a loop posts to another leaves at the end of its turn: here one turn of loop 0, which asks
// loop 1, lasts until loop 1 has ended and reads no questions any more.
TEST(Server, lets_go_of_a_coroutine_whose_question_nobody_has_read) {
  struct ThreadEnd {
    std::promise<void> ended;
    ~ThreadEnd() { ended.set_value(); }
  };
  static std::shared_future<void> other_ended;
  std::promise<void> asked, other_left;
  auto kept = std::make_shared<int>();
  const std::weak_ptr<int> in_coroutine = kept;
  ServerOptions hasty = test_options(2);
  hasty.drain_timeout = 1ms;
  {
    Server io(hasty);
    std::function<void(boost::asio::any_io_executor, int)> stay = [&](const auto& executor, int times) {
      // Posted before the wait: so there is always a next one, and the turn goes on. What the closing server
      // wants of this loop comes between.
      if (times > 0) boost::asio::post(executor, [&stay, executor, times] { stay(executor, times - 1); });
      other_ended.wait_for(100ms);
    };
    io.on_connection([&](const Socket& socket) {
      answer_sync(socket);
      socket.on("note the end of this thread", [] {
        static thread_local ThreadEnd end;
        other_ended = end.ended.get_future().share();
      });
      socket.on("report your end", [&, socket] { socket.on_disconnect([&] { other_left.set_value(); }); });
      socket.on("ask", [&, executor = socket.executor()]() -> Task<> {
        const auto mine = std::move(kept);
        boost::asio::post(executor, [&, executor] {
          asked.set_value();
          other_left.get_future().wait();
          stay(executor, 10);
        });
        co_await io.fetch_sockets();
      });
    });
    io.listen();
    SocketIoClient asking(io.port());
    asking.connect();
    SocketIoClient other(io.port());
    other.connect();
    other.say(R"(2["note the end of this thread"])");
    other.say(R"(2["report your end"])");
    sync(other);
    asking.say(R"(2["ask"])");
    asked.get_future().wait();
  }
  EXPECT_TRUE(in_coroutine.expired());
}

// A coroutine of one loop that waited in the mailbox of another used to be destroyed after its own loop.
TEST(Server, may_stop_while_coroutines_wait_for_other_loops) {
  for (int i = 0; i < 20; ++i) {
    Server io(test_options(4));
    io.on_connection([&](Socket socket) -> Task<> {
      for (int round = 0; round < 1000; ++round) co_await io.fetch_sockets();
      socket.emit("never, most likely");
    });
    io.listen();
    std::vector<std::unique_ptr<SocketIoClient>> clients;
    for (int c = 0; c < 4; ++c) {
      clients.push_back(std::make_unique<SocketIoClient>(io.port()));
      clients.back()->connect();
    }
    clients.clear();
  }
}

}  // namespace
}  // namespace roomcast
