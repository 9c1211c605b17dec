#include <atomic>
#include <future>
#include <map>
#include <optional>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>

#include <core/completion_state.hpp>
#include <loop/loop.hpp>

#include "server_fixture.hpp"

namespace roomcast {
namespace {

constexpr auto patience = std::chrono::seconds(10);
const std::string x = R"(2["x"])";

/// A server with some clients, one per loop in turn, each in the room "all".
class Completions : public AnyThreads {
 public:
  Completions() : io(options()) {
    io->on_connection([this](const Socket& socket) {
      answer_sync(socket);
      socket.join("all");
      sockets.put(socket);
    });
    io->listen();
    for (int i = 0; i < 6; ++i) {
      clients.push_back(std::make_unique<SocketIoClient>(io->port()));
      clients.back()->connect();
      handles.push_back(sockets.take());
    }
  }

  /// Blocks this thread.
  static void wait(const Completion& completion) {
    auto future = completion(boost::asio::use_future);
    ASSERT_EQ(future.wait_for(patience), std::future_status::ready);
  }
  /// What each client has heard of what any thread sent before.
  std::vector<Strings> heard() {
    io->emit("end");
    std::vector<Strings> all;
    all.reserve(clients.size());
    for (const auto& one : clients) all.push_back(one->hear_until(R"(2["end"])"));
    return all;
  }
  std::vector<Strings> each(const Strings& events) const { return {clients.size(), events}; }

  std::optional<Server> io;
  Inbox<Socket> sockets;
  std::vector<std::unique_ptr<SocketIoClient>> clients;
  std::vector<Socket> handles;
};
INSTANTIATE_TEST_SUITE_P(With, Completions, thread_counts, threads_name);

TEST_P(Completions, an_emit_of_any_thread_behind_an_awaited_join_reaches_every_new_member) {
  for (int round = 0; round < 20; ++round) {
    const std::string room = "round " + std::to_string(round);
    std::thread([&] { wait(io->in("all").sockets_join(room)); }).join();
    // Not announced any more: the loops themselves have told the directory.
    io->to(room).emit("x");
    std::thread([&] { wait(io->in(room).sockets_leave(room)); }).join();
    io->to(room).emit("never");
  }
  EXPECT_EQ(heard(), each(Strings(20, x)));
}

TEST_P(Completions, are_awaited_in_a_handler_and_resume_on_its_own_loop) {
  Inbox<bool> same_thread;
  handles[0].on("gather", [&]() -> Task<> {
    const auto before = std::this_thread::get_id();
    for (int round = 0; round < 20; ++round) {
      const std::string room = "round " + std::to_string(round);
      co_await io->in("all").sockets_join(room);
      io->to(room).emit("x");
      co_await io->in("all").sockets_leave(room);
      io->to(room).emit("never");
    }
    same_thread.put(before == std::this_thread::get_id());
  });
  sync(*clients[0]);
  clients[0]->say(R"(2["gather"])");
  EXPECT_TRUE(same_thread.take());
  EXPECT_EQ(heard(), each(Strings(20, x)));
}

TEST_P(Completions, resume_on_the_executor_of_a_coroutine_that_is_no_loop_of_the_server) {
  boost::asio::io_context mine(1);
  bool ended = false;
  boost::asio::co_spawn(
      mine,
      [&]() -> Task<> {
        const Namespace nsp = io->of("/");
        co_await nsp.in("all").sockets_join("mine");
        EXPECT_TRUE(mine.get_executor().running_in_this_thread());
        nsp.to("mine").emit("x");
        co_await nsp.disconnect_sockets();
        EXPECT_EQ((co_await nsp.fetch_sockets()).size(), 0u);
        ended = true;
      },
      boost::asio::detached);
  mine.run_for(patience);
  EXPECT_TRUE(ended);
  for (const auto& one : clients) EXPECT_EQ(one->hear_until("1"), Strings{x});
}

TEST_P(Completions, of_disconnecting_come_when_the_disconnect_handlers_have_run) {
  std::atomic<std::size_t> gone{0};
  for (const Socket& socket : handles)
    socket.on_disconnect([&gone](const std::string&) { gone.fetch_add(1); });
  for (const auto& one : clients) sync(*one);
  wait(io->disconnect_sockets(true));
  EXPECT_EQ(gone.load(), clients.size());
}

TEST_P(Completions, may_be_ignored_asked_several_times_and_kept) {
  io->in("all").sockets_join("a");
  const Completion kept = io->in("a").sockets_join("b");
  wait(kept);
  wait(kept);
  EXPECT_TRUE(kept.done());
  EXPECT_TRUE(Completion(kept).done());
  io->to("b").emit("x");
  EXPECT_EQ(heard(), each({x}));
}

TEST_P(Completions, for_nobody_are_done_at_once) {
  EXPECT_TRUE(io->in("nobody").sockets_join("a").done());
  EXPECT_TRUE(io->of("/empty").sockets_leave("a").done());
  EXPECT_TRUE(io->in("nobody").disconnect_sockets().done());
}

TEST_P(Completions, of_a_server_that_has_ended_are_done_at_once) {
  const Namespace nsp = io->of("/");
  io.reset();
  EXPECT_TRUE(nsp.sockets_join("a").done());
  EXPECT_TRUE(nsp.in("all").disconnect_sockets().done());
}

TEST_P(Completions, all_come_when_the_server_ends_meanwhile) {
  boost::asio::io_context mine(1);
  constexpr int count = 200;
  int ended = 0;
  for (int i = 0; i < count; ++i) {
    boost::asio::co_spawn(
        mine,
        [&, change = io->in("all").sockets_join(std::to_string(i))]() -> Task<> {
          co_await Completion(change);
          ++ended;
        },
        boost::asio::detached);
    // And one that dies with the loop it waits on, unless it was in time.
    boost::asio::co_spawn(
        io->executor(),
        [change = io->in("all").sockets_leave(std::to_string(i))]() -> Task<> {
          co_await Completion(change);
        },
        boost::asio::detached);
  }
  std::thread closer([&] { io.reset(); });
  mine.run_for(patience);
  closer.join();
  EXPECT_EQ(ended, count);
}

TEST(Completion, comes_with_the_last_of_those_that_share_it_even_if_they_are_thrown_away) {
  const auto state = std::make_shared<detail::CompletionState>();
  const Completion completion(state);
  auto shared = std::make_shared<core::Finish>(state);
  loop::Loop ran(0);
  loop::Loop never(1);
  ran.post([shared] {});
  never.post([shared] {});
  shared.reset();
  auto future = completion(boost::asio::use_future);
  ran.stop();
  ran.run();
  EXPECT_FALSE(completion.done());
  never.discard();
  EXPECT_TRUE(completion.done());
  EXPECT_EQ(future.wait_for(patience), std::future_status::ready);
}

}  // namespace
}  // namespace roomcast
