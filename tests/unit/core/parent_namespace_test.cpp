#include <algorithm>
#include <atomic>
#include <regex>
#include <thread>

#include "server_fixture.hpp"

namespace roomcast {
namespace {

const char* const invalid = R"({"message":"Invalid namespace"})";

class ParentNamespaces : public AnyThreads {};
INSTANTIATE_TEST_SUITE_P(With, ParentNamespaces, thread_counts, threads_name);

std::string refusal(SocketIoClient& client, const std::string& nsp, const std::string& auth = {}) {
  client.say("0" + nsp + "," + auth);
  return client.hear();
}

Strings names(const ParentNamespace& parent) {
  Strings all;
  for (const Namespace& child : parent.children()) all.push_back(child.name());
  std::ranges::sort(all);
  return all;
}

/// Waits until the parent has this many children: they go on the loop of whoever was the last to go.
void wait_for_children(const ParentNamespace& parent, std::size_t n) {
  const auto deadline = std::chrono::steady_clock::now() + 10s;
  while (parent.children().size() != n && std::chrono::steady_clock::now() < deadline)
    std::this_thread::yield();
  EXPECT_EQ(parent.children().size(), n);
}

TEST_P(ParentNamespaces, a_pattern_makes_a_namespace_of_each_name_that_it_is_found_in) {
  Server io(options());
  Inbox<std::string> connected;
  const ParentNamespace parent =
      io.of(std::regex("^/dynamic-\\d+$")).on_connection([&](const Socket& socket) {
        connected.put(socket.nsp());
      });
  io.listen();
  SocketIoClient client(io.port());
  client.connect("/dynamic-1");
  client.connect("/dynamic-23");
  EXPECT_EQ(connected.take(2), (Strings{"/dynamic-1", "/dynamic-23"}));
  EXPECT_EQ(refusal(client, "/dynamic-x"), std::string("4/dynamic-x,") + invalid);
  EXPECT_EQ(refusal(client, "/nope"), std::string("4/nope,") + invalid);
  EXPECT_EQ(names(parent), (Strings{"/dynamic-1", "/dynamic-23"}));
}

TEST_P(ParentNamespaces, a_function_decides_with_the_name_and_what_the_client_sent) {
  Server io(options());
  io.of([](const std::string& name, const boost::json::object& auth) {
    return name == "/of/" + std::string(auth.contains("user") ? auth.at("user").as_string() : "nobody");
  });
  io.of([](const std::string& name) { return name == "/by-name"; });
  io.listen();
  SocketIoClient client(io.port());
  EXPECT_EQ(refusal(client, "/of/anna"), std::string("4/of/anna,") + invalid);
  client.connect("/of/anna", R"({"user":"anna"})");
  client.connect("/by-name");
}

TEST_P(ParentNamespaces, a_coroutine_may_take_its_time_and_events_wait_for_it) {
  Server io(options());
  Inbox<Socket> keepers;
  io.of("/gate").on_connection([&](const Socket& socket) { keepers.put(socket); });
  Socket keeper;
  ParentNamespace parent = io.of([&](std::string name, boost::json::object auth) -> Task<bool> {
    co_await keeper.emit_with_ack("open");
    co_return name.starts_with("/slow/") && !auth.contains("refuse");
  });
  parent.on_connection([](const Socket& socket) {
    answer_sync(socket);
    socket.on("x", [socket](int n) { socket.emit("x", n); });
  });
  io.listen();
  SocketIoClient gate(io.port()), client(io.port());
  gate.connect("/gate");
  keeper = keepers.take();
  client.say("0/slow/1,");
  client.say(R"(2/slow/1,["x",1])");
  EXPECT_EQ(gate.hear(), R"(2/gate,0["open"])");
  gate.say("3/gate,0[]");
  EXPECT_TRUE(client.hear().starts_with(R"(0/slow/1,{"sid":)"));
  EXPECT_EQ(client.hear(), R"(2/slow/1,["x",1])");
  client.say(R"(0/slow/2,{"refuse":1})");
  client.say(R"(2/slow/2,["x",1])");
  EXPECT_EQ(gate.hear(), R"(2/gate,1["open"])");
  gate.say("3/gate,1[]");
  EXPECT_EQ(client.hear(), std::string("4/slow/2,") + invalid);
  EXPECT_EQ(names(parent), Strings{"/slow/1"});
}

TEST_P(ParentNamespaces, a_client_that_goes_while_a_coroutine_decides_leaves_no_namespace) {
  ServerOptions one = options();
  one.max_child_namespaces = 1;
  Server io(one);
  Inbox<Socket> keepers;
  Socket keeper;
  Inbox<bool> gone;
  io.of("/gate").on_connection([&](const Socket& socket) { keepers.put(socket); });
  const ParentNamespace parent = io.of([&](std::string name) -> Task<bool> {
    if (name == "/a") {
      co_await keeper.emit_with_ack("open");
      keeper.emit("decided");
    }
    co_return true;
  });
  io.on_connection([&](const Socket& socket) { socket.on_disconnect([&] { gone.put(true); }); });
  io.listen();
  SocketIoClient gate(io.port()), other(io.port());
  gate.connect("/gate");
  keeper = keepers.take();
  {
    SocketIoClient client(io.port());
    client.connect();
    client.say("0/a,");
    EXPECT_EQ(gate.hear(), R"(2/gate,0["open"])");
    client.close();
    gone.take();
  }
  EXPECT_EQ(refusal(other, "/b"), std::string("4/b,") + invalid);  // the only place is still taken
  gate.say("3/gate,0[]");
  EXPECT_EQ(gate.hear(), R"(2/gate,["decided"])");
  // The place is given back in the turn in which the coroutine ends, which is soon.
  std::string answer;
  do {
    other.say("0/b,");
    answer = other.hear();
  } while (answer == std::string("4/b,") + invalid);
  EXPECT_TRUE(answer.starts_with("0/b,")) << answer;
  EXPECT_EQ(names(parent), Strings{"/b"});
}

TEST_P(ParentNamespaces, are_asked_in_the_order_in_which_they_were_made) {
  Server io(options());
  Inbox<std::string> by;
  io.of([](const std::string&) { return false; }).on_connection([&](const Socket&) { by.put("nobody"); });
  io.of([](std::string name) -> Task<bool> {
      co_return name == "/second";
    }).on_connection([&](const Socket&) { by.put("second"); });
  io.of(std::regex("second|third")).on_connection([&](const Socket&) { by.put("third"); });
  io.of([](const std::string&) -> bool { throw std::runtime_error("no"); });
  io.listen();
  SocketIoClient client(io.port());
  client.connect("/second");
  client.connect("/third");
  EXPECT_EQ(by.take(2), (Strings{"second", "third"}));
  EXPECT_EQ(refusal(client, "/fourth"), std::string("4/fourth,") + invalid);
}

TEST_P(ParentNamespaces, children_have_what_the_parent_has_when_they_are_made) {
  Server io(options());
  Inbox<std::string> ran;
  ParentNamespace parent = io.of(std::regex("^/child"));
  parent.use([&](const Socket&) { ran.put("middleware"); });
  parent.on_connection([&](const Socket&) { ran.put("connection"); });
  io.listen();
  SocketIoClient client(io.port()), other(io.port());
  client.connect("/child/1");
  EXPECT_EQ(ran.take(2), (Strings{"middleware", "connection"}));
  parent.on_connection([&](const Socket&) { ran.put("later"); });
  other.connect("/child/1");
  EXPECT_EQ(ran.take(2), (Strings{"middleware", "connection"}));
  other.connect("/child/2");
  EXPECT_EQ(ran.take(3), (Strings{"middleware", "connection", "later"}));
}

TEST_P(ParentNamespaces, emit_to_every_socket_of_every_child_and_rooms_stay_apart) {
  Server io(options());
  ParentNamespace parent = io.of(std::regex("^/child"));
  parent.on_connection([](const Socket& socket) {
    answer_sync(socket);
    socket.join("room");
  });
  io.listen();
  SocketIoClient a(io.port()), b(io.port());
  a.connect("/child/a");
  b.connect("/child/b");
  a.say(R"(2/child/a,9["sync"])");
  EXPECT_EQ(a.hear(), "3/child/a,9[]");
  b.say(R"(2/child/b,9["sync"])");
  EXPECT_EQ(b.hear(), "3/child/b,9[]");
  parent.emit("all", 1);
  EXPECT_EQ(a.hear(), R"(2/child/a,["all",1])");
  EXPECT_EQ(b.hear(), R"(2/child/b,["all",1])");
  io.of("/child/b").to("room").emit("only b");
  EXPECT_EQ(b.hear(), R"(2/child/b,["only b"])");
  a.say(R"(2/child/a,9["sync"])");
  EXPECT_EQ(a.hear(), "3/child/a,9[]");
}

TEST_P(ParentNamespaces, on_new_namespace_hears_of_each_once_before_anybody_is_in_it) {
  Server io(options());
  Inbox<std::string> made;
  io.on_new_namespace([&](Namespace nsp) {
    made.put(nsp.name());
    nsp.on_connection([&](const Socket&) { made.put("connection"); });
  });
  io.of("/static");
  io.of("/static");
  io.of(std::regex("^/child"));
  io.listen();
  SocketIoClient client(io.port()), other(io.port());
  client.connect("/child");
  other.connect("/child");
  EXPECT_EQ(made.take(4), (Strings{"/static", "/child", "connection", "connection"}));
}

TEST_P(ParentNamespaces, of_a_name_that_a_pattern_fits_is_a_child) {
  Server io(options());
  Inbox<std::string> connected;
  const ParentNamespace parent =
      io.of(std::regex("^/child")).on_connection([&](const Socket& socket) { connected.put(socket.nsp()); });
  io.of("/child/made");
  io.of("/other");
  EXPECT_EQ(names(parent), Strings{"/child/made"});
  io.listen();
  SocketIoClient(io.port()).connect("/child/made");
  EXPECT_EQ(connected.take(), "/child/made");
}

TEST_P(ParentNamespaces, empty_children_stay_unless_they_are_to_be_cleaned_up) {
  for (const bool cleanup : {false, true}) {
    ServerOptions some = options();
    some.cleanup_empty_child_namespaces = cleanup;
    Server io(some);
    const ParentNamespace parent = io.of(std::regex("^/child"));
    io.of("/stays");
    io.on_connection([](const Socket& socket) { answer_sync(socket); });
    io.listen();
    SocketIoClient client(io.port()), other(io.port());
    client.connect();
    client.connect("/child");
    other.connect("/child");
    client.say("1/child,");
    sync(client);
    EXPECT_EQ(parent.children().size(), 1u);
    client.say("0/child,");
    EXPECT_TRUE(client.hear().starts_with("0/child,"));
    other.close();
    client.say("1/child,");
    sync(client);
    wait_for_children(parent, cleanup ? 0 : 1);
    // And it is made again for who asks again.
    client.connect("/child");
    EXPECT_EQ(names(parent), Strings{"/child"});
    client.connect("/stays");
    client.say("1/stays,");
    sync(client);
    client.connect("/stays");
  }
}

TEST_P(ParentNamespaces, a_child_whose_first_client_is_refused_goes_at_once) {
  Server io(options());
  ParentNamespace parent = io.of(std::regex("^/child"));
  parent.use([](const Socket& socket) {
    if (socket.handshake().auth.contains("refuse")) throw ConnectError("no");
  });
  io.listen();
  SocketIoClient client(io.port());
  for (int i = 0; i < 3; ++i) {
    const std::string name = "/child/" + std::to_string(i);
    EXPECT_EQ(refusal(client, name, R"({"refuse":1})"), "4" + name + R"(,{"message":"no"})");
  }
  wait_for_children(parent, 0);
  client.connect("/child/0");
  SocketIoClient other(io.port());
  EXPECT_EQ(refusal(other, "/child/0", R"({"refuse":1})"), R"(4/child/0,{"message":"no"})");
  wait_for_children(parent, 1);  // somebody is in it
}

TEST_P(ParentNamespaces, have_no_more_children_than_they_may) {
  ServerOptions two = options();
  two.max_child_namespaces = 2;
  two.cleanup_empty_child_namespaces = true;
  Server io(two);
  const ParentNamespace parent = io.of(std::regex("^/a")), other_parent = io.of(std::regex("^/b"));
  io.listen();
  SocketIoClient client(io.port());
  client.connect("/a1");
  client.connect("/b1");
  EXPECT_EQ(refusal(client, "/a2"), std::string("4/a2,") + invalid);
  SocketIoClient(io.port()).connect("/a1");  // exists
  client.say("1/b1,");
  wait_for_children(other_parent, 0);
  client.connect("/a2");
  EXPECT_EQ(refusal(client, "/b1"), std::string("4/b1,") + invalid);
}

TEST_P(ParentNamespaces, are_not_asked_about_names_that_are_too_long) {
  Server io(options());
  std::atomic<int> asked{0};
  io.of(std::regex("^/(a|b)*$")).use([&](const Socket&) { ++asked; });
  io.listen();
  SocketIoClient client(io.port());
  client.connect("/" + std::string(255, 'a'));
  const std::string longer = "/" + std::string(256, 'a');
  EXPECT_EQ(refusal(client, longer), "4" + longer + "," + invalid);
  const std::string huge = "/" + std::string(60'000, 'a');
  EXPECT_EQ(refusal(client, huge), "4" + huge + "," + invalid);
  EXPECT_EQ(asked, 1);
}

// Clients of all loops make the same child and leave it at the same time.
TEST_P(ParentNamespaces, are_one_namespace_for_clients_that_come_and_go_at_once) {
  ServerOptions clean = options();
  clean.cleanup_empty_child_namespaces = true;
  Server io(clean);
  const ParentNamespace parent = io.of(std::regex("^/child"));
  io.listen();
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&] {
      SocketIoClient client(io.port());
      for (int i = 0; i < 50; ++i) {
        client.connect("/child");
        io.of("/child/other").emit("x");
        client.say("1/child,");
      }
      client.close();
    });
  for (std::thread& thread : threads) thread.join();
  wait_for_children(parent, 1);  // the one that the application asked for
  EXPECT_EQ(names(parent), Strings{"/child/other"});
}

}  // namespace
}  // namespace roomcast
