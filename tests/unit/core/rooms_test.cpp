#include <map>
#include <set>

#include "server_fixture.hpp"

namespace roomcast {
namespace {

/// A server whose clients may ask for things by event, and some connected clients, one per loop in turn.
class Rooms : public AnyThreads {
 public:
  Rooms() : io(options()) {
    io.on_connection([this](const Socket& socket) {
      answer_sync(socket);
      socket.on("join", [socket](const std::string& room, const Ack& ack) {
        socket.join(room);
        ack();
      });
      socket.on("leave", [socket](const std::string& room, const Ack& ack) {
        socket.leave(room);
        ack();
      });
      socket.on("rooms", [socket](const Ack& ack) { ack(socket.rooms()); });
      sockets.put(socket);
    });
    io.listen();
  }

  /// A client that is in these rooms.
  SocketIoClient& client(const Strings& rooms = {}) {
    clients.push_back(std::make_unique<SocketIoClient>(io.port()));
    SocketIoClient& made = *clients.back();
    ids.push_back(made.connect());
    handles.push_back(sockets.take());
    for (const std::string& room : rooms) {
      made.say(R"(21["join",")" + room + R"("])");
      EXPECT_EQ(made.hear(), "31[]");
    }
    return made;
  }
  /// What each client has heard, once all that was sent from this thread has arrived.
  std::vector<Strings> heard() {
    io.emit("end");
    std::vector<Strings> all;
    for (const auto& one : clients) all.push_back(one->hear_until(R"(2["end"])"));
    return all;
  }
  /// Ids of clients by their places.
  std::set<std::string> ids_of(std::initializer_list<std::size_t> places) const {
    std::set<std::string> set;
    for (const std::size_t place : places) set.insert(ids[place]);
    return set;
  }
  /// Runs a coroutine on the loop of the first client and hands back its result.
  template <class F>
  auto await(F f) {
    using Result = typename decltype(f())::value_type;
    Inbox<Result> result;
    handles[0].on("run", [&]() -> Task<> {
      auto made = co_await f();
      result.put(std::move(made));
    });
    sync(*clients[0]);
    clients[0]->say(R"(2["run"])");
    auto made = result.take();
    handles[0].off("run");
    return made;
  }

  Server io;
  Inbox<Socket> sockets;
  std::vector<std::unique_ptr<SocketIoClient>> clients;
  Strings ids;
  std::vector<Socket> handles;
};
INSTANTIATE_TEST_SUITE_P(With, Rooms, thread_counts, threads_name);

const std::string x = R"(2["x"])";

TEST_P(Rooms, an_emit_to_a_room_reaches_its_members_on_every_loop) {
  client({"red"});
  client();
  client({"red"});
  client({"blue"});
  client({"red", "blue"});
  io.to("red").emit("x");
  EXPECT_EQ(heard(), (std::vector<Strings>{{x}, {}, {x}, {}, {x}}));
}

TEST_P(Rooms, who_is_in_several_of_the_rooms_gets_one_copy) {
  client({"red", "blue"});
  client({"blue", "green"});
  client({"red", "blue", "green"});
  client({"other"});
  io.to("red").to("blue").in("green").emit("x");
  io.to(Strings{"red", "blue", "red"}).emit("x");
  EXPECT_EQ(heard(), (std::vector<Strings>{{x, x}, {x, x}, {x, x}, {}}));
}

TEST_P(Rooms, an_emit_without_a_room_reaches_the_whole_namespace_and_no_other) {
  client();
  client();
  io.of("/other").on_connection([](const Socket&) {});
  SocketIoClient other(io.port());
  other.connect("/other");
  io.emit("x");
  EXPECT_EQ(heard(), (std::vector<Strings>{{x}, {x}}));
  io.of("/other").emit("y");
  EXPECT_EQ(other.hear(), R"(2/other,["y"])");
}

TEST_P(Rooms, except_takes_sockets_out) {
  client({"red"});
  client({"red", "blue"});
  client({"blue"});
  client();
  io.to("red").except("blue").emit("x");
  io.except("red").emit("x");
  io.to("red").except(Strings{"blue", "red"}).emit("x");
  io.except("red").except("blue").emit("x");
  EXPECT_EQ(heard(), (std::vector<Strings>{{x}, {}, {x}, {x, x}}));
}

TEST_P(Rooms, a_socket_s_own_broadcasts_do_not_come_back) {
  client({"red"});
  client({"red"});
  client();
  handles[0].broadcast().emit("x");
  handles[0].to("red").emit("x");
  handles[0].to(Strings{"red", "none"}).emit("x");
  handles[0].except("red").emit("x");
  EXPECT_EQ(heard(), (std::vector<Strings>{{}, {x, x, x}, {x, x}}));
}

TEST_P(Rooms, a_socket_s_id_is_a_room_of_its_own) {
  client();
  client();
  io.to(ids[1]).emit("x");
  handles[0].to(ids[1]).emit("x");
  EXPECT_EQ(heard(), (std::vector<Strings>{{}, {x, x}}));
  clients[1]->say(R"(22["rooms"])");
  EXPECT_EQ(clients[1]->hear(), R"(32[[")" + ids[1] + R"("]])");
}

TEST_P(Rooms, who_has_left_gets_nothing_more) {
  client({"red"});
  client({"red"});
  clients[0]->say(R"(21["leave","red"])");
  clients[0]->hear();
  io.to("red").emit("x");
  EXPECT_EQ(heard(), (std::vector<Strings>{{}, {x}}));
}

TEST_P(Rooms, an_emit_in_a_handler_reaches_who_has_just_joined) {
  for (int i = 0; i < 4; ++i) client();
  for (const Socket& socket : handles)
    socket.on("enter", [socket] {
      socket.join("hall");
      socket.to("hall").emit("entered", socket.id());
    });
  for (std::size_t i = 0; i < 4; ++i) {
    sync(*clients[i]);
    clients[i]->say(R"(2["enter"])");
    sync(*clients[i]);
  }
  const auto all = heard();
  for (std::size_t i = 0; i < 4; ++i) {
    Strings expected;
    for (std::size_t later = i + 1; later < 4; ++later)
      expected.push_back(R"(2["entered",")" + ids[later] + R"("])");
    EXPECT_EQ(all[i], expected);
  }
}

TEST_P(Rooms, what_one_thread_sends_arrives_in_the_order_sent) {
  client({"red"});
  client({"red"});
  Strings expected;
  for (int i = 0; i < 200; ++i) {
    if (i % 2 == 0)
      io.to("red").emit("n", i);
    else
      for (const Socket& socket : handles) socket.emit("n", i);
    expected.push_back(R"(2["n",)" + std::to_string(i) + "]");
  }
  EXPECT_EQ(heard(), (std::vector<Strings>{expected, expected}));
}

TEST_P(Rooms, attachments_reach_every_member) {
  client();
  client();
  io.emit("picture", Bytes("png"));
  for (const auto& one : clients) {
    EXPECT_EQ(one->hear(), R"(51-["picture",{"_placeholder":true,"num":0}])");
    EXPECT_EQ(one->hear_binary(), "png");
  }
}

TEST_P(Rooms, an_operator_can_be_kept_and_extended) {
  client({"red"});
  client({"blue"});
  const BroadcastOperator red = io.to("red");
  const BroadcastOperator both = red.to("blue");
  red.emit("x");
  both.emit("x");
  both.except("blue").local().emit("x");
  EXPECT_EQ(heard(), (std::vector<Strings>{{x, x, x}, {x}}));
}

// ---- fetch_sockets

TEST_P(Rooms, fetch_sockets_finds_the_sockets_of_every_loop) {
  client({"red"});
  client({"blue"});
  client({"red", "blue"});
  client();
  auto found = [&](auto fetch) {
    std::set<std::string> set;
    for (const RemoteSocket& socket : await([&]() -> Task<FetchedSockets> { return fetch(); }))
      EXPECT_TRUE(set.insert(socket.id()).second);
    return set;
  };
  EXPECT_EQ(found([&] { return io.fetch_sockets(); }), ids_of({0, 1, 2, 3}));
  EXPECT_EQ(found([&] { return io.to("red").fetch_sockets(); }), ids_of({0, 2}));
  EXPECT_EQ(found([&] { return io.to("red").to("blue").fetch_sockets(); }), ids_of({0, 1, 2}));
  EXPECT_EQ(found([&] { return io.except("red").fetch_sockets(); }), ids_of({1, 3}));
  EXPECT_EQ(found([&] { return io.to("nobody").fetch_sockets(); }), ids_of({}));
  EXPECT_EQ(found([&] { return io.of("/empty").fetch_sockets(); }), ids_of({}));
}

TEST_P(Rooms, a_fetched_socket_tells_its_rooms_and_its_handshake) {
  client();
  client({"red", "blue"});
  const auto found = await([&] { return io.to("red").fetch_sockets(); });
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].id(), ids[1]);
  EXPECT_EQ(found[0].handshake().address(), "127.0.0.1");
  EXPECT_EQ(std::set<std::string>(found[0].rooms().begin(), found[0].rooms().end()),
            (std::set<std::string>{ids[1], "red", "blue"}));
}

TEST_P(Rooms, a_fetched_socket_can_be_used_from_any_thread) {
  client();
  client({"red"});
  const auto found = await([&] { return io.to("red").fetch_sockets(); });
  ASSERT_EQ(found.size(), 1u);
  found[0].join("green");
  found[0].emit("x");
  io.to("green").emit("y");
  found[0].leave("green");
  io.to("green").emit("z");
  EXPECT_EQ(heard(), (std::vector<Strings>{{}, {x, R"(2["y"])"}}));
  found[0].disconnect();
  EXPECT_EQ(clients[1]->hear(), "1");
}

// ---- many sockets at once

TEST_P(Rooms, sockets_join_is_done_when_it_returns_as_far_as_emits_of_this_thread_are_concerned) {
  for (int i = 0; i < 4; ++i) client({i % 2 == 0 ? "even" : "odd"});
  for (int round = 0; round < 20; ++round) {
    const std::string room = "round " + std::to_string(round);
    io.to("even").sockets_join(room);
    io.to(room).emit("x");
    io.to("even").sockets_leave(room);
    io.to(room).emit("never");
  }
  const Strings twenty(20, x);
  EXPECT_EQ(heard(), (std::vector<Strings>{twenty, {}, twenty, {}}));
}

TEST_P(Rooms, sockets_join_in_a_handler_reaches_the_other_loops_too) {
  for (int i = 0; i < 4; ++i) client();
  handles[0].on("gather", [this] {
    io.sockets_join("hall");
    io.to("hall").emit("x");
  });
  sync(*clients[0]);
  clients[0]->say(R"(2["gather"])");
  sync(*clients[0]);
  // The last packet of the first client came before the answer to `sync`, which dropped it.
  const auto all = heard();
  for (std::size_t i = 1; i < 4; ++i) EXPECT_EQ(all[i], Strings{x});
}

TEST_P(Rooms, sockets_join_of_nobody_leaves_no_room_behind) {
  client();
  io.to("nobody").sockets_join("ghost");
  io.to(ids[0]).except(ids[0]).sockets_join("ghost");
  io.to("ghost").emit("x");
  EXPECT_EQ(heard(), (std::vector<Strings>{{}}));
  EXPECT_EQ(await([&] { return io.to("ghost").fetch_sockets(); }).size(), 0u);
}

TEST_P(Rooms, disconnect_sockets_disconnects_them_on_every_loop_and_nobody_else) {
  client({"red"});
  client();
  client({"red"});
  io.to("red").disconnect_sockets();
  EXPECT_EQ(clients[0]->hear(), "1");
  EXPECT_EQ(clients[2]->hear(), "1");
  io.emit("x");
  EXPECT_EQ(clients[1]->hear(), x);
  clients[0]->connect();  // the connection stays
  io.disconnect_sockets(true);
  EXPECT_EQ(clients[0]->hear_out(), Strings{"1"});
  EXPECT_EQ(clients[1]->hear_out(), Strings{"1"});
  clients[2]->connect();  // it was in no namespace, so nobody meant it
}

}  // namespace
}  // namespace roomcast
