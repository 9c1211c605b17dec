#include <algorithm>
#include <cstddef>
#include <memory>

#include <support/raw_client.hpp>

#include "server_fixture.hpp"

namespace roomcast {
namespace {

/// So many clients on every loop that broadcasts of one turn go out together.
class Bursts : public AnyThreads {
 public:
  static constexpr std::size_t per_loop = 20;

  Bursts() : io(options()) {
    io.on_connection([this](const Socket& socket) {
      answer_sync(socket);
      socket.on("do", [this, socket] { act(socket); });
      sockets.put(socket);
    });
    io.listen();
    while (clients.size() < per_loop * threads()) {
      clients.push_back(std::make_unique<SocketIoClient>(io.port()));
      ids.push_back(clients.back()->connect());
      handles.push_back(sockets.take());
    }
  }

  /// What each client hears of what `f` does in a handler of the first client's.
  std::vector<Strings> heard_of(std::function<void(const Socket&)> f) {
    act = std::move(f);
    clients[0]->say(R"(2["do"])");
    std::vector<Strings> all;
    all.push_back(sync(*clients[0]));  // behind the handler, and so is what is sent from now on
    io.emit("end");
    for (const auto& one : clients) {
      Strings heard = one->hear_until(R"(2["end"])");
      if (one == clients.front()) {
        all.front().insert(all.front().end(), heard.begin(), heard.end());
      } else {
        all.push_back(std::move(heard));
      }
    }
    return all;
  }
  std::vector<Strings> everybody(const Strings& heard) const {
    return std::vector<Strings>(clients.size(), heard);
  }

  Server io;
  Inbox<Socket> sockets;
  std::vector<std::unique_ptr<SocketIoClient>> clients;
  Strings ids;
  std::vector<Socket> handles;
  std::function<void(const Socket&)> act;
};
INSTANTIATE_TEST_SUITE_P(With, Bursts, thread_counts, threads_name);

Strings numbers(int from, int to) {
  Strings all;
  for (int n = from; n < to; ++n) all.push_back("2[\"n\"," + std::to_string(n) + "]");
  return all;
}

TEST_P(Bursts, arrive_whole_and_in_order) {
  EXPECT_EQ(heard_of([this](const Socket&) {
              for (int n = 0; n < 50; ++n) io.emit("n", n);
            }),
            everybody(numbers(0, 50)));
}

TEST_P(Bursts, long_ones_and_many_arrive_in_order_too) {
  const std::string large(40'000, 'x');
  const auto heard = heard_of([&](const Socket&) {
    for (int n = 0; n < 300; ++n) io.emit("n", n);
    for (int n = 0; n < 3; ++n) io.emit("large", large);
    io.emit("n", 300);
  });
  Strings expected = numbers(0, 300);
  expected.insert(expected.end(), 3, "2[\"large\",\"" + large + "\"]");
  expected.push_back(R"(2["n",300])");
  EXPECT_EQ(heard, everybody(expected));
}

TEST_P(Bursts, what_is_sent_to_one_comes_behind_what_was_broadcast_before) {
  auto expected = everybody({R"(2["n",0])", R"(2["n",1])", R"(2["n",2])"});
  expected[0] = {R"(2["n",0])", R"(2["n",1])", R"(2["mine"])", R"(2["n",2])"};
  EXPECT_EQ(heard_of([this](const Socket& socket) {
              io.emit("n", 0);
              io.emit("n", 1);
              socket.emit("mine");
              io.emit("n", 2);
            }),
            expected);
}

TEST_P(Bursts, keep_their_order_when_they_go_to_others_in_turn) {
  auto expected = everybody({R"(2["n",0])", R"(2["n",1])", R"(2["n",2])"});
  expected[0] = {R"(2["n",0])", R"(2["n",2])"};
  EXPECT_EQ(heard_of([this](const Socket& socket) {
              io.emit("n", 0);
              socket.broadcast().emit("n", 1);
              io.emit("n", 2);
            }),
            expected);
}

TEST_P(Bursts, keep_their_order_with_those_of_other_namespaces) {
  io.of("/other").on_connection([](const Socket&) {});
  for (const auto& client : clients) client->connect("/other");
  EXPECT_EQ(heard_of([this](const Socket&) {
              io.emit("n", 0);
              io.of("/other").emit("n", 1);
              io.emit("n", 2);
            }),
            everybody({R"(2["n",0])", R"(2/other,["n",1])", R"(2["n",2])"}));
}

TEST_P(Bursts, go_to_who_was_in_the_room_when_each_was_sent) {
  for (const Socket& handle : handles) handle.join("red");
  for (const auto& client : clients) sync(*client);
  const auto heard = heard_of([this](const Socket& socket) {
    io.to("red").emit("n", 0);
    socket.leave("red");
    io.to("red").emit("n", 1);
    socket.join("red");
    io.to("red").emit("n", 2);
  });
  EXPECT_EQ(heard.front(), (Strings{R"(2["n",0])", R"(2["n",2])"}));
  EXPECT_EQ(heard.back(), numbers(0, 3));
}

TEST_P(Bursts, bring_their_attachments) {
  act = [this](const Socket&) {
    io.emit("a", Bytes("one"));
    io.emit("n", 1);
    io.emit("b", Bytes("two"), Bytes("three"));
  };
  clients[0]->say(R"(2["do"])");
  for (const auto& client : clients) {
    EXPECT_EQ(client->hear(), R"(51-["a",{"_placeholder":true,"num":0}])");
    EXPECT_EQ(client->hear_binary(), "one");
    EXPECT_EQ(client->hear(), R"(2["n",1])");
    EXPECT_EQ(client->hear(), R"(52-["b",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}])");
    EXPECT_EQ(client->hear_binary(), "two");
    EXPECT_EQ(client->hear_binary(), "three");
  }
}

TEST_P(Bursts, are_told_to_a_listener_one_by_one) {
  const auto told = std::make_shared<Inbox<std::string>>();  // the server outlives this function
  handles[0].on_any_outgoing([told](const std::string& event, const Args& args) {
    if (event == "n") told->put(event + std::string(args[0].json()));
  });
  sync(*clients[0]);
  heard_of([this](const Socket&) {
    for (int n = 0; n < 3; ++n) io.emit("n", n);
  });
  EXPECT_EQ(told->take(), "n0");
  EXPECT_EQ(told->take(), "n1");
  EXPECT_EQ(told->take(), "n2");
}

TEST_P(Bursts, arrive_before_the_end_of_whoever_is_disconnected_behind_them) {
  act = [this](const Socket& socket) {
    io.emit("n", 0);
    io.emit("n", 1);
    socket.disconnect(true);
  };
  clients[0]->say(R"(2["do"])");
  EXPECT_EQ(clients[0]->hear_out(), (Strings{R"(2["n",0])", R"(2["n",1])", "1"}));
}

TEST_P(Bursts, are_counted_packet_by_packet) {
  const auto sent = [this] {
    support::RawClient client(io.port());
    client.send("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
    const std::string name = "\nroomcast_packets_sent_total ";
    const std::string text = client.response().body;
    return std::stoul(text.substr(text.find(name) + name.size()));
  };
  const auto before = sent();
  heard_of([this](const Socket&) {
    for (int n = 0; n < 5; ++n) io.emit("n", n);
  });
  // Five for each, the event that ends it for each, and the answer to the first.
  EXPECT_EQ(sent() - before, 6 * clients.size() + 1);
}

TEST_P(Bursts, count_as_waiting_as_soon_as_they_are_sent) {
  Inbox<std::size_t> waiting;
  heard_of([&](const Socket& socket) {
    io.emit("n", 0);
    io.emit("n", 1);
    waiting.put(socket.buffered_bytes());
  });
  EXPECT_EQ(waiting.take(), 2 * (2 + std::string_view(R"(42["n",0])").size()));
}

}  // namespace
}  // namespace roomcast
