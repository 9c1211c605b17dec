#include <algorithm>
#include <functional>
#include <memory>
#include <set>
#include <thread>

#include <boost/system/system_error.hpp>

#include "server_fixture.hpp"

namespace roomcast {
namespace {

class RemoteSockets : public AnyThreads {};
INSTANTIATE_TEST_SUITE_P(With, RemoteSockets, thread_counts, threads_name);

/// A server whose client "boss" may ask for a coroutine to run, and several others.
class Stage {
 public:
  explicit Stage(const ServerOptions& options) : io(options) {
    io.on_connection([this](const Socket& socket) {
      answer_sync(socket);
      socket.data()["name"] = socket.handshake().auth.at("name");
      socket.on("run", [this, socket](const Ack& ack) { return run(socket, ack); });
    });
    io.listen();
    for (const char* name : {"boss", "anna", "bert", "carl"}) {
      clients.push_back(std::make_unique<SocketIoClient>(io.port()));
      ids.push_back(clients.back()->connect("/", R"({"name":")" + std::string(name) + R"("})"));
    }
  }
  /// Runs `f` on the loop of the boss, and waits for its end. @return what it returned.
  std::string on_stage(std::function<Task<std::string>()> f) {
    play = std::move(f);
    boss().say(R"(27["run"])");
    return boss().hear();
  }
  SocketIoClient& boss() { return *clients[0]; }
  Task<FetchedSockets> others() { return io.except(ids[0]).fetch_sockets(); }

  Server io;
  std::vector<std::unique_ptr<SocketIoClient>> clients;
  Strings ids;
  Socket boss_socket;

 private:
  Task<> run(Socket socket, Ack ack) {
    boss_socket = socket;
    const std::string result = co_await play();
    ack(result);
  }
  std::function<Task<std::string>()> play;
};

TEST_P(RemoteSockets, show_what_is_known_of_each_socket) {
  Stage stage(options());
  const std::string heard = stage.on_stage([&]() -> Task<std::string> {
    auto all = co_await stage.others();
    std::ranges::sort(all, {},
                      [](const RemoteSocket& socket) { return socket.data().at("name").as_string(); });
    std::string text;
    for (const RemoteSocket& socket : all) {
      text += std::string(socket.data().at("name").as_string()) + ' ';
      text += std::to_string(socket.rooms().size()) + ' ' + socket.handshake().address() + ' ';
      text += std::ranges::find(stage.ids, socket.id()) != stage.ids.end() ? "known;" : "unknown?;";
    }
    co_return text;
  });
  EXPECT_EQ(heard, R"(37["anna 1 127.0.0.1 known;bert 1 127.0.0.1 known;carl 1 127.0.0.1 known;"])");
}

TEST_P(RemoteSockets, data_is_a_copy_of_the_moment) {
  Stage stage(options());
  const std::string heard = stage.on_stage([&]() -> Task<std::string> {
    const auto before = co_await stage.io.in(stage.ids[0]).fetch_sockets();
    stage.boss_socket.data()["name"] = "renamed";  // at home: this is its own handler
    const auto after = co_await stage.io.in(stage.ids[0]).fetch_sockets();
    std::string names(before.at(0).data().at("name").as_string());
    names += ", ";
    names += after.at(0).data().at("name").as_string();
    co_return names;
  });
  EXPECT_EQ(heard, R"(37["boss, renamed"])");
}

TEST_P(RemoteSockets, can_be_sent_to_joined_removed_from_rooms_and_disconnected) {
  Stage stage(options());
  SocketIoClient& anna = *stage.clients[1];
  stage.on_stage([&]() -> Task<std::string> {
    const auto found = co_await stage.io.in(stage.ids[1]).fetch_sockets();
    found.at(0).emit("hello", 1, "two");
    found.at(0).join(Strings{"red", "blue"});
    stage.io.to("red").emit("red");
    found.at(0).join("green");
    found.at(0).leave(Strings{"red", "blue"});
    stage.io.to(Strings{"red", "blue"}).emit("never");
    stage.io.to("green").emit("green");
    found.at(0).leave("green");
    stage.io.to("green").emit("never");
    found.at(0).disconnect();
    co_return "done";
  });
  EXPECT_EQ(anna.hear(4), (Strings{R"(2["hello",1,"two"])", R"(2["red"])", R"(2["green"])", "1"}));
}

Task<std::string> error_of(Task<int> asking) {
  try {
    const int n = co_await std::move(asking);
    co_return std::to_string(n);
  } catch (const boost::system::system_error& e) {
    co_return e.code().message();
  }
}

Task<std::string> ask_four_times(Stage& stage) {
  const auto found = co_await stage.io.in(stage.ids[1]).fetch_sockets();
  const RemoteSocket::Operator limited = found.at(0).timeout(1min);
  std::string told = co_await error_of(limited.emit_with_ack<int>("sum", 1, 2));
  for (int i = 0; i < 3; ++i) {
    const std::string next = co_await error_of(limited.emit_with_ack<int>("sum"));
    told += ", " + next;
  }
  co_return told;
}

TEST_P(RemoteSockets, can_be_asked_within_a_time_limit) {
  Stage stage(options());
  SocketIoClient& anna = *stage.clients[1];
  std::thread answering([&] {
    EXPECT_EQ(anna.hear(), R"(20["sum",1,2])");
    anna.say("30[3]");
    EXPECT_EQ(anna.hear(), R"(21["sum"])");
    anna.say(R"(31["three"])");
    EXPECT_EQ(anna.hear(), R"(22["sum"])");
    anna.close();
  });
  const std::string heard = stage.on_stage([&] { return ask_four_times(stage); });
  EXPECT_EQ(heard,
            "37[\"3, the acknowledgement's arguments are not what was asked for, operation has timed out, "
            "socket has been disconnected\"]");
  answering.join();
}

TEST_P(RemoteSockets, all_sockets_names_them) {
  Stage stage(options());
  const Strings some{stage.ids[0], stage.ids[1]};
  const std::set<std::string> everybody(stage.ids.begin(), stage.ids.end());
  const std::set<std::string> others{stage.ids[2], stage.ids[3]};
  const std::string heard = stage.on_stage([&]() -> Task<std::string> {
    const std::set<std::string> all = co_await stage.io.all_sockets();
    const std::set<std::string> rest = co_await stage.io.except(some).all_sockets();
    co_return all == everybody&& rest == others ? "good" : "bad";
  });
  EXPECT_EQ(heard, R"(37["good"])");
}

TEST_P(RemoteSockets, several_rooms_are_joined_and_left_in_one_go) {
  Stage stage(options());
  stage.io.in(Strings{stage.ids[1], stage.ids[2]}).sockets_join(Strings{"red", "blue"});
  stage.io.to("red").emit("red");
  stage.io.to("blue").except(Strings{stage.ids[1], "nobody"}).emit("blue");
  EXPECT_EQ(stage.clients[1]->hear(), R"(2["red"])");
  EXPECT_EQ(stage.clients[2]->hear(2), (Strings{R"(2["red"])", R"(2["blue"])"}));
  // The rooms that name the set are those that are left.
  stage.io.in(Strings{"red", "blue"}).sockets_leave(Strings{"red", "blue"});
  stage.io.to(Strings{"red", "blue"}).emit("never");
  for (auto& client : stage.clients) EXPECT_EQ(sync(*client), Strings{});
}

TEST_P(RemoteSockets, what_a_socket_knows_of_its_connection) {
  Server io(options());
  Inbox<std::string> told;
  io.on_connection([&](const Socket& socket) {
    told.put(std::string(socket.transport()) + (socket.upgraded() ? " upgraded" : ""));
    socket.on_disconnect([&, socket] { told.put("then " + std::string(socket.transport())); });
  });
  io.listen();
  SocketIoClient client(io.port());
  client.connect();
  EXPECT_EQ(told.take(), "websocket");
  client.close();
  EXPECT_EQ(told.take(), "then ");
}

}  // namespace
}  // namespace roomcast
