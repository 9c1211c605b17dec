// What every adapter promises, whatever carries its messages: in the memory of one server, between three
// servers through a hub, and between three servers through a real Redis.

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <unit/core/server_fixture.hpp>

#include <adapter/redis_cluster.hpp>
#include <support/pubsub_hub.hpp>
#include <support/redis_server.hpp>

namespace roomcast {
namespace {

using namespace std::chrono_literals;

/// Servers of one cluster, and three clients that are spread over them.
class Cluster {
 public:
  virtual ~Cluster() = default;
  virtual std::size_t servers() const { return 3; }
  virtual void join(ServerOptions& options, const RedisAdapterOptions& how) = 0;
};

class InMemory final : public Cluster {
 public:
  std::size_t servers() const override { return 1; }
  void join(ServerOptions&, const RedisAdapterOptions&) override {}
};

class ThroughHub final : public Cluster {
 public:
  void join(ServerOptions& options, const RedisAdapterOptions& how) override {
    options.adapter = AdapterFactory(
        [this, how](loop::Loop& loop) {
          return std::make_unique<adapter::RedisCluster>(loop, hub.join(loop), how, "a hub");
        },
        false);
  }
  support::PubSubHub hub;
};

class ThroughRedis final : public Cluster {
 public:
  void join(ServerOptions& options, const RedisAdapterOptions& how) override {
    RedisAdapterOptions required = how;
    required.required = true;
    options.adapter = redis(redis_.url(), required);
  }

 private:
  support::RedisServer redis_;
};

struct Kind {
  const char* name;
  std::unique_ptr<Cluster> (*make)();
};

void PrintTo(const Kind& kind, std::ostream* out) { *out << kind.name; }

class AdapterContract : public testing::TestWithParam<Kind> {
 protected:
  AdapterContract() : cluster_(GetParam().make()) {
    for (std::size_t i = 0; i < cluster_->servers(); ++i) {
      ServerOptions options = test_options(2);
      cluster_->join(options, {.requests_timeout = 5s});
      auto& io = *servers_.emplace_back(std::make_unique<Server>(options));
      io.on_connection([&io](const Socket& socket) {
        answer_sync(socket);
        socket.data() = socket.handshake().auth;
        socket.on("rooms", [socket](Strings rooms, Ack ack) {
          socket.join(rooms);
          ack();
        });
        // A handler runs on the socket's loop: what it emits leaves in the order of the calls.
        socket.on("emit", [&io](Strings rooms, Strings except, Value payload) {
          io.to(rooms).except(except).emit("x", payload);
        });
        socket.on("others", [socket](Strings rooms, Value payload) { socket.to(rooms).emit("x", payload); });
      });
      io.on_server_side("told", [&io](Value payload) { io.local().emit("told", payload); });
      io.on_server_side("sum?", [i](int number, Ack ack) { ack(number + static_cast<int>(i)); });
      io.listen();
    }
    for (std::size_t i = 0; i < 3; ++i) {
      clients_.push_back(std::make_unique<SocketIoClient>(server(i).port()));
      ids_.push_back(clients_.back()->connect("/", R"({"name":)" + std::to_string(i) + "}"));
    }
    // From here on every server knows every other.
    for (auto& io : servers_)
      while (await<FetchedSockets>([&] { return io->fetch_sockets(); }).size() < clients_.size()) {
      }
  }

  /// The one that client `i` is on.
  Server& server(std::size_t i) { return *servers_[i % servers_.size()]; }
  SocketIoClient& client(std::size_t i) { return *clients_[i]; }

  template <class T>
  T await(std::function<Task<T>()> start) {
    Inbox<std::shared_ptr<T>> result;
    boost::asio::co_spawn(
        servers_.front()->executor(),
        [](auto begin, auto& put) -> Task<> { put.put(std::make_shared<T>(co_await begin())); }(start,
                                                                                                result),
        boost::asio::detached);
    return std::move(*result.take());
  }
  std::set<std::string> ids(const BroadcastOperator& group) {
    return await<std::set<std::string>>([&] { return group.all_sockets(); });
  }

  void join_rooms(std::size_t i, const std::string& rooms) {
    client(i).say(R"(27["rooms",)" + rooms + "]");
    EXPECT_EQ(client(i).hear(), "37[]");
  }
  /// What each client has heard: what was sent before this from any server has come before its end.
  std::vector<Strings> heard() {
    std::vector<Strings> all(clients_.size());
    for (std::size_t from = 0; from < servers_.size(); ++from) {
      const std::string end = "end of " + std::to_string(from);
      servers_[from]->emit(end);
      for (std::size_t i = 0; i < clients_.size(); ++i)
        for (std::string& packet : client(i).hear_until("2[\"" + end + "\"]")) all[i].push_back(packet);
    }
    return all;
  }
  /// The client's wish is done when it has been answered.
  void say(std::size_t i, const std::string& packet) {
    client(i).say(packet);
    sync_quietly(i);
  }
  void sync_quietly(std::size_t i) {
    for (std::string& packet : sync(client(i))) early_[i].push_back(std::move(packet));
  }
  std::vector<Strings> heard_of(std::size_t from, const std::string& packet) {
    early_.assign(clients_.size(), {});
    say(from, packet);
    auto all = heard();
    all[from].insert(all[from].begin(), early_[from].begin(), early_[from].end());
    return all;
  }

  const std::unique_ptr<Cluster> cluster_;
  std::vector<std::unique_ptr<Server>> servers_;
  std::vector<std::unique_ptr<SocketIoClient>> clients_;
  Strings ids_;
  std::vector<Strings> early_{3};
};

INSTANTIATE_TEST_SUITE_P(
    Over, AdapterContract,
    testing::Values(Kind{"memory", [] { return std::unique_ptr<Cluster>(std::make_unique<InMemory>()); }},
                    Kind{"a_hub", [] { return std::unique_ptr<Cluster>(std::make_unique<ThroughHub>()); }},
                    Kind{"redis", [] { return std::unique_ptr<Cluster>(std::make_unique<ThroughRedis>()); }}),
    [](const auto& kind) { return std::string(kind.param.name); });

const std::string x = R"(2["x",1])";

TEST_P(AdapterContract, an_event_to_everybody_reaches_each_client_once_from_any_server) {
  for (std::size_t from = 0; from < 3; ++from)
    EXPECT_EQ(heard_of(from, R"(2["emit",[],[],1])"), (std::vector<Strings>{{x}, {x}, {x}})) << from;
}

TEST_P(AdapterContract, an_event_to_rooms_reaches_their_members_once_and_spares_the_excepted) {
  join_rooms(0, R"(["red"])");
  join_rooms(1, R"(["red","blue"])");
  join_rooms(2, R"(["blue","été 😀"])");
  for (std::size_t from = 0; from < 3; ++from) {
    EXPECT_EQ(heard_of(from, R"(2["emit",["red"],[],1])"), (std::vector<Strings>{{x}, {x}, {}})) << from;
    EXPECT_EQ(heard_of(from, R"(2["emit",["red","blue"],[],1])"), (std::vector<Strings>{{x}, {x}, {x}}));
    EXPECT_EQ(heard_of(from, R"(2["emit",["red","blue"],["red"],1])"), (std::vector<Strings>{{}, {}, {x}}));
    EXPECT_EQ(heard_of(from, R"(2["emit",[],["blue"],1])"), (std::vector<Strings>{{x}, {}, {}}));
    EXPECT_EQ(heard_of(from, R"(2["emit",["été 😀"],[],1])"), (std::vector<Strings>{{}, {}, {x}}));
    EXPECT_EQ(heard_of(from, R"(2["emit",["nobody"],[],1])"), (std::vector<Strings>{{}, {}, {}}));
  }
}

TEST_P(AdapterContract, a_socket_that_sends_to_others_does_not_hear_itself) {
  for (std::size_t i = 0; i < 3; ++i) join_rooms(i, R"(["all"])");
  std::vector<Strings> expected{{x}, {x}, {x}};
  for (std::size_t from = 0; from < 3; ++from) {
    auto but = expected;
    but[from].clear();
    EXPECT_EQ(heard_of(from, R"(2["others",["all"],1])"), but);
  }
}

TEST_P(AdapterContract, binary_data_deep_inside_arrives_as_it_was) {
  const std::string bytes("\0\xff\x01", 3);
  server(0).emit("y", boost::json::object{{"text", "été"}}, std::vector<Bytes>{Bytes(bytes), Bytes("")});
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(client(i).hear(),
              R"(52-["y",{"text":"été"},[{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]])");
    EXPECT_EQ(client(i).hear_binary(), bytes);
    EXPECT_EQ(client(i).hear_binary(), "");
  }
}

TEST_P(AdapterContract, what_one_thread_sends_arrives_in_its_order) {
  for (int i = 0; i < 200; ++i) server(0).emit("x", i);
  for (std::size_t c = 0; c < 3; ++c)
    for (int i = 0; i < 200; ++i) ASSERT_EQ(client(c).hear(), R"(2["x",)" + std::to_string(i) + "]");
}

TEST_P(AdapterContract, sockets_are_fetched_with_rooms_data_and_handshake_from_every_server) {
  join_rooms(0, R"(["red"])");
  join_rooms(1, R"(["red"])");
  for (const auto& io : servers_) {
    EXPECT_EQ(ids(io->to(Rooms({}))), (std::set<std::string>{ids_[0], ids_[1], ids_[2]}));
    EXPECT_EQ(ids(io->to("red")), (std::set<std::string>{ids_[0], ids_[1]}));
    EXPECT_EQ(ids(io->except("red")), (std::set<std::string>{ids_[2]}));
    const auto all = await<FetchedSockets>([&] { return io->fetch_sockets(); });
    EXPECT_TRUE(all.complete());
    for (const RemoteSocket& socket : all) {
      const auto i = static_cast<std::size_t>(std::ranges::find(ids_, socket.id()) - ids_.begin());
      ASSERT_LT(i, 3u);
      EXPECT_EQ(socket.data(), (boost::json::object{{"name", i}}));
      EXPECT_EQ(socket.handshake().auth, socket.data());
      EXPECT_EQ(std::ranges::count(socket.rooms(), "red"), i < 2 ? 1 : 0);
    }
  }
}

TEST_P(AdapterContract, sockets_join_leave_and_disconnect_on_every_server) {
  for (const auto& io : servers_) {
    io->sockets_join({"a", "b"});
    while (ids(io->to("b")).size() < 3) {
    }
    io->to(ids_[1]).sockets_leave("a");
    while (ids(io->to("a")).size() > 2) {
    }
    EXPECT_EQ(ids(io->to("b")).size(), 3u);
    io->sockets_leave({"a", "b"});
    while (!ids(io->to({"a", "b"})).empty()) {
    }
  }
  for (std::size_t i = 0; i < 3; ++i) {
    server(i + 1).in(ids_[i]).disconnect_sockets();
    EXPECT_EQ(client(i).hear(), "1");
  }
}

TEST_P(AdapterContract, a_broadcast_that_asks_gets_every_answer) {
  for (const auto& io : servers_) {
    Inbox<BroadcastAnswers> done;
    boost::asio::co_spawn(
        io->executor(),
        [](Server& asking, auto& put) -> Task<> {
          put.put(co_await asking.timeout(10s).emit_with_ack("question", "?"));
        }(*io, done),
        boost::asio::detached);
    for (std::size_t i = 0; i < 3; ++i) {
      const std::string asked = client(i).hear();
      const std::string id = asked.substr(1, asked.find('[') - 1);
      EXPECT_EQ(asked, "2" + id + R"(["question","?"])");
      client(i).say("3" + id + "[" + std::to_string(i * 10) + "]");
    }
    const BroadcastAnswers all = done.take();
    EXPECT_TRUE(all.complete());
    EXPECT_EQ(all.expected, 3u);
    std::set<std::string> answers;
    for (const Value& one : all.answers) answers.insert(std::string(one.json()));
    EXPECT_EQ(answers, (std::set<std::string>{"0", "10", "20"}));
  }
}

TEST_P(AdapterContract, answers_that_do_not_come_are_not_waited_for_beyond_the_limit) {
  Inbox<BroadcastAnswers> done;
  boost::asio::co_spawn(
      server(0).executor(),
      [](Server& asking, auto& put) -> Task<> {
        put.put(co_await asking.timeout(200ms).emit_with_ack("question"));
      }(server(0), done),
      boost::asio::detached);
  const std::string asked = client(1).hear();
  client(1).say("3" + asked.substr(1, asked.find('[') - 1) + R"(["here"])");
  const BroadcastAnswers some = done.take();
  EXPECT_FALSE(some.complete());
  EXPECT_EQ(some.expected, 3u);
  ASSERT_EQ(some.answers.size(), 1u);
  EXPECT_EQ(some.answers[0].json(), R"("here")");
}

TEST_P(AdapterContract, an_event_between_servers_reaches_each_other_one_once) {
  for (std::size_t from = 0; from < 3; ++from) {
    server(from).server_side_emit("told", from);
    const ServerAnswers all = await<ServerAnswers>(
        [&]() -> Task<ServerAnswers> { return server(from).server_side_emit_with_ack("sum?", 100); });
    EXPECT_TRUE(all.complete());
    std::multiset<int> answers;
    for (const Value& one : all.answers) answers.insert(one.as<int>());
    std::multiset<int> expected;
    for (std::size_t i = 0; i < servers_.size(); ++i)
      if (i != from % servers_.size()) expected.insert(100 + static_cast<int>(i));
    EXPECT_EQ(answers, expected);
    const auto packets = heard();
    for (std::size_t i = 0; i < 3; ++i)
      EXPECT_EQ(packets[i], i % servers_.size() == from % servers_.size()
                                ? Strings{}
                                : Strings{R"(2["told",)" + std::to_string(from) + "]"});
  }
}

TEST_P(AdapterContract, local_stays_on_its_server) {
  for (std::size_t from = 0; from < servers_.size(); ++from) {
    servers_[from]->local().emit("x", 1);
    servers_[from]->local().sockets_join("here");
    const auto packets = heard();
    for (std::size_t i = 0; i < 3; ++i)
      EXPECT_EQ(packets[i], i % servers_.size() == from ? Strings{x} : Strings{});
    EXPECT_EQ(ids(servers_[from]->to("here")).size(), servers_.size() == 1 ? 3u : 1u);
    EXPECT_EQ(ids(servers_[from]->local().to("here")).size(), servers_.size() == 1 ? 3u : 1u);
    servers_[from]->local().sockets_leave("here");  // elsewhere it could come late, when others have joined
    while (!ids(servers_[from]->to("here")).empty()) {
    }
  }
}

TEST_P(AdapterContract, namespaces_do_not_hear_each_other) {
  for (const auto& io : servers_) io->of("/admin").on_connection([](Socket) {});
  for (std::size_t i = 0; i < 3; ++i) client(i).connect("/admin");
  while (ids(server(0).of("/admin").to(Rooms({}))).size() < 3) {
  }
  server(1).of("/admin").emit("x", 1);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(client(i).hear(), R"(2/admin,["x",1])");
  EXPECT_EQ(heard(), (std::vector<Strings>{{}, {}, {}}));
}

TEST_P(AdapterContract, a_namespace_that_a_client_asked_for_joins_too_and_may_go_and_come_again) {
  for (const auto& io : servers_)
    io->of([](const std::string& name) { return name.starts_with("/team-"); }).on_connection([](Socket) {});
  for (int round = 0; round < 3; ++round) {
    for (std::size_t i = 0; i < 3; ++i) client(i).connect("/team-1");
    while (ids(server(0).of("/team-1").to(Rooms({}))).size() < 3) {
    }
    server(round % 3).of("/team-1").emit("x", 1);
    for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(client(i).hear(), R"(2/team-1,["x",1])");
    for (std::size_t i = 0; i < 3; ++i) client(i).say("1/team-1,");
    for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(sync(client(i)), Strings{});
  }
}

// ---- what only a cluster can do

class SilentServer : public testing::Test {
 protected:
  static constexpr auto node_timeout = 400ms;

  SilentServer() {
    for (int i = 0; i < 3; ++i) {
      ServerOptions options = test_options(1);
      hub_.join(options, {.requests_timeout = 60s, .node_timeout = node_timeout});
      auto& io = *servers_.emplace_back(std::make_unique<Server>(options));
      io.on_connection([](const Socket& socket) { answer_sync(socket); });
      io.on_server_side("sum?", [](int number, Ack ack) { ack(number); });
      io.on_server_lost([this](const std::string& name) { lost_.put(name); });
      io.listen();
      clients_.push_back(std::make_unique<SocketIoClient>(io.port()));
      clients_.back()->connect();
    }
    while (run<FetchedSockets>([this] { return servers_[0]->fetch_sockets(); }).size() < 3) {
    }
  }
  template <class T>
  T run(std::function<Task<T>()> start) {
    Inbox<std::shared_ptr<T>> result;
    boost::asio::co_spawn(
        servers_[0]->executor(),
        [](auto begin, auto& put) -> Task<> { put.put(std::make_shared<T>(co_await begin())); }(start,
                                                                                                result),
        boost::asio::detached);
    return std::move(*result.take());
  }

  ThroughHub hub_;
  Inbox<std::string> lost_;
  std::vector<std::unique_ptr<Server>> servers_;
  std::vector<std::unique_ptr<SocketIoClient>> clients_;
};

// Long before `requests_timeout`: once the heartbeats say that it is dead nobody waits for it.
TEST_F(SilentServer, is_named_by_the_questions_that_it_leaves_open) {
  hub_.hub.silence(2);
  const auto begin = loop::Clock::now();
  const auto found = run<FetchedSockets>([this] { return servers_[0]->fetch_sockets(); });
  EXPECT_EQ(found.size(), 2u);
  ASSERT_EQ(found.missing_servers.size(), 1u);
  EXPECT_EQ(lost_.take(), found.missing_servers[0]);
  EXPECT_LT(loop::Clock::now() - begin, 10s);
}

TEST_F(SilentServer, is_missing_in_the_answers_of_servers_and_of_clients) {
  hub_.hub.silence(2);
  const auto sums = run<ServerAnswers>(
      [this]() -> Task<ServerAnswers> { return servers_[0]->server_side_emit_with_ack("sum?", 1); });
  EXPECT_EQ(sums.answers.size(), 1u);
  EXPECT_FALSE(sums.complete());
  EXPECT_EQ(sums.missing_servers.size(), 1u);
}

// Each of the two that are left hears of it, once, and asks it nothing any more.
TEST_F(SilentServer, is_lost_once_and_then_not_asked) {
  hub_.hub.silence(2);
  const Strings names = lost_.take(2);
  EXPECT_EQ(names[0], names[1]);
  for (int i = 0; i < 2; ++i) {
    const auto found = run<FetchedSockets>([this] { return servers_[1]->fetch_sockets(); });
    EXPECT_EQ(found.size(), 2u);
  }
}

TEST_F(SilentServer, that_said_goodbye_is_neither_lost_nor_missed) {
  servers_[2]->close();
  const auto found = run<FetchedSockets>([this] { return servers_[0]->fetch_sockets(); });
  EXPECT_EQ(found.size(), 2u);
  EXPECT_TRUE(found.complete());
  EXPECT_EQ(lost_.size(), 0u);
}

}  // namespace
}  // namespace roomcast
