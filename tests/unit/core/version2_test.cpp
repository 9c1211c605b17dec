// Clients of Socket.IO 2 (Socket.IO protocol 4 over Engine.IO 3) among those of today.
#include <memory>

#include "server_fixture.hpp"

namespace roomcast {
namespace {

class Version2 : public AnyThreads {
 public:
  Version2() : io(allowing()) {
    io.on_connection([this](const Socket& socket) {
      answer_sync(socket);
      sockets.put(socket);
    });
    io.of("/admin").on_connection([this](const Socket& socket) { sockets.put(socket); });
  }
  static ServerOptions allowing() {
    ServerOptions all = options();
    all.allow_eio3 = true;
    return all;
  }
  std::unique_ptr<SocketIoClient> old_client(const std::string& query = {}) {
    return std::make_unique<SocketIoClient>(io.port(),
                                            SocketIoClient::Options{.query = query, .version2 = true});
  }
  static std::string sid(const SocketIoClient& client) {
    const std::string& open = client.open_packet();
    return open.substr(open.find("\"sid\":\"") + 7, 20);
  }

  Server io;
  Inbox<Socket> sockets;
};
INSTANTIATE_TEST_SUITE_P(With, Version2, thread_counts, threads_name);

TEST_P(Version2, is_in_the_main_namespace_without_asking) {
  io.listen();
  const auto client = old_client("&name=anna");
  EXPECT_EQ(client->hear(), "0");
  const Socket socket = sockets.take();
  EXPECT_EQ(socket.id(), sid(*client));
  EXPECT_EQ(socket.handshake().query("name"), "anna");
  EXPECT_EQ(socket.handshake().auth, boost::json::object());
}

TEST_P(Version2, joins_namespaces_with_a_query_for_auth) {
  io.listen();
  const auto client = old_client();
  EXPECT_EQ(client->hear(), "0");
  sockets.take();
  client->say("0/admin?token=a%20b&x=1&x=2&x=3,");
  EXPECT_EQ(client->hear(), "0/admin,");
  const Socket socket = sockets.take();
  EXPECT_EQ(socket.id(), "/admin#" + sid(*client));
  EXPECT_EQ(socket.handshake().auth, (boost::json::object{{"token", "a b"}, {"x", {"1", "2", "3"}}}));
  // Its own room is its id.
  io.of("/admin").to("/admin#" + sid(*client)).emit("you");
  EXPECT_EQ(client->hear(), R"(2/admin,["you"])");
  client->say("0/nope?x=1,");
  EXPECT_EQ(client->hear(), R"(4/nope,{"message":"Invalid namespace"})");
}

TEST_P(Version2, is_refused_in_words_of_its_own) {
  io.of("/words").use([](Socket) { throw std::runtime_error("not \"allowed\""); });
  io.of("/data").use([](Socket) { throw ConnectError("no", boost::json::object{{"code", 42}}); });
  // What is false in JavaScript is not sent, as Node has it.
  io.of("/null").use([](Socket) { throw ConnectError("no", boost::json::value()); });
  io.of("/zero").use([](Socket) { throw ConnectError("no", 0); });
  io.listen();
  const auto client = old_client();
  client->hear();
  client->say("0/words,");
  EXPECT_EQ(client->hear(), R"(4/words,"not \"allowed\"")");
  client->say("0/data,");
  EXPECT_EQ(client->hear(), R"(4/data,{"code":42})");
  client->say("0/null,");
  EXPECT_EQ(client->hear(), R"(4/null,"no")");
  client->say("0/zero,");
  EXPECT_EQ(client->hear(), R"(4/zero,"no")");
}

TEST_P(Version2, a_parent_namespace_has_children_for_it_too) {
  io.of([](std::string name, boost::json::object auth) -> Task<bool> {
      co_return name == "/child" && auth.contains("key");
    }).on_connection([this](const Socket& socket) { sockets.put(socket); });
  io.listen();
  const auto client = old_client();
  client->hear();
  sockets.take();
  client->say("0/child?key=1,");
  EXPECT_EQ(client->hear(), "0/child,");
  EXPECT_EQ(sockets.take().id(), "/child#" + sid(*client));
  client->say("0/other,");
  EXPECT_EQ(client->hear(), R"(4/other,{"message":"Invalid namespace"})");
}

TEST_P(Version2, a_middleware_may_send_it_away) {
  io.use([](Socket) { throw std::runtime_error("closed today"); });
  io.listen();
  const auto client = old_client();
  EXPECT_EQ(client->hear(), R"(4"closed today")");
  // As on Node, the connection stays and may try another namespace.
  client->say("0/admin,");
  EXPECT_EQ(client->hear(), "0/admin,");
}

TEST_P(Version2, a_connection_handler_may_close_it_at_once) {
  io.on_connection([](const Socket& socket) { socket.disconnect(true); });
  io.listen();
  EXPECT_EQ(old_client()->hear_out(), (Strings{"0", "1"}));
}

// So many that broadcasts of one turn leave joined for those who can take that.
TEST_P(Version2, hears_broadcasts_among_clients_of_today) {
  io.listen();
  std::vector<std::unique_ptr<SocketIoClient>> clients;
  for (unsigned i = 0; i < 40 * threads(); ++i) {
    const bool old = i / threads() % 4 == 3;
    clients.push_back(old ? old_client() : std::make_unique<SocketIoClient>(io.port()));
    if (old) {
      EXPECT_EQ(clients.back()->hear(), "0");
    } else {
      clients.back()->connect();
    }
  }
  for (unsigned i = 0; i < clients.size(); ++i) sockets.take();
  const auto burst = [this] {
    io.emit("first", 1);
    io.emit("bytes", Bytes{1, 2});
    io.emit("last", "\xE2\x82\xAC");
  };
  io.of("/admin").on_connection([burst](const Socket&) { burst(); });  // in one turn of a loop
  clients.back()->say(clients.size() % 4 == 0 ? "0/admin," : "0/admin");
  for (const auto& client : clients) {
    std::string heard;
    while ((heard = client->hear()).starts_with("0/admin")) {
    }
    EXPECT_EQ(heard, R"(2["first",1])");
    EXPECT_EQ(client->hear(), R"(51-["bytes",{"_placeholder":true,"num":0}])");
    EXPECT_EQ(client->hear_binary(), "\1\2");
    EXPECT_EQ(client->hear(), "2[\"last\",\"\xE2\x82\xAC\"]");
  }
}

TEST_P(Version2, sends_attachments_that_handlers_take) {
  Inbox<Bytes> received;
  io.on_connection([&received](const Socket& socket) {
    socket.on("bytes", [&received](Bytes bytes, Ack ack) {
      received.put(bytes);
      ack(bytes);
    });
  });
  io.listen();
  const auto client = old_client();
  client->hear();
  client->say(R"(51-7["bytes",{"_placeholder":true,"num":0}])", {"\1\2\3"});
  EXPECT_EQ(received.take().size(), 3U);
  EXPECT_EQ(client->hear(), R"(61-7[{"_placeholder":true,"num":0}])");
  EXPECT_EQ(client->hear_binary(), "\1\2\3");
}

}  // namespace
}  // namespace roomcast
