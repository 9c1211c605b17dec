// How many TCP connections there may be, whatever they are for.
#include <support/certificates.hpp>

#include "engine_fixture.hpp"

namespace roomcast::engine {
namespace {

using Limit = net::Places::Verdict;

class ConnectionLimits : public EngineTest, public testing::WithParamInterface<unsigned> {
 protected:
  std::size_t open() const {
    std::size_t sum = 0;
    server_->for_each_loop([&](const LoopState& loop) { sum += loop.connections; });
    return sum;
  }
  /// A client with one of the addresses of this machine.
  RawClient connect_from(const char* address) {
    net::Descriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in ours{}, theirs{};
    ours.sin_family = theirs.sin_family = AF_INET;
    ::inet_pton(AF_INET, address, &ours.sin_addr);
    ::inet_pton(AF_INET, "127.0.0.1", &theirs.sin_addr);
    theirs.sin_port = htons(server_->port());
    if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&ours), sizeof ours) != 0 ||
        ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&theirs), sizeof theirs) != 0)
      throw std::runtime_error("cannot connect from there");
    return RawClient(std::move(socket));
  }
  static unsigned status_of(RawClient client) {
    client.send("GET /other HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    return client.response().status;
  }
  static constexpr unsigned served = 404;  // by the fixture's routes

  void expect_turned_away(RawClient client, std::string_view words) {
    const std::string answer = client.read_to_end();
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 503 Service Unavailable\r\nRetry-After: 10\r\n")) << answer;
    EXPECT_TRUE(answer.ends_with(words)) << answer;
    EXPECT_NE(answer.find("\r\nConnection: close\r\n"), std::string::npos) << answer;
  }
  static void expect_echo(RawClient& websocket) {
    websocket.send(support::client_text("4hello"));
    EXPECT_EQ(websocket.frame().payload, "4hello");
  }
  static constexpr std::string_view too_many = "too many connections: max_connections";
  static constexpr std::string_view too_many_of_address =
      "too many connections of one address: max_connections_per_address";
};
INSTANTIATE_TEST_SUITE_P(Loops, ConnectionLimits, testing::Values(1U, 2U, 4U));

TEST_P(ConnectionLimits, further_connections_are_told_503_and_closed_until_one_ends) {
  options_.max_connections = 2;
  start(GetParam());
  RawClient websocket = websocket_session(), idle = connect();
  expect_turned_away(connect(), too_many);
  EXPECT_EQ(status_of(connect()), 503U);  // also one that has sent its request
  expect_echo(websocket);                 // who is there notices nothing
  EXPECT_EQ(server_->refused_connections(Limit::too_many), 2U);
  EXPECT_EQ(server_->refused_connections(Limit::too_many_of_address), 0U);
  idle.close();
  until([&] { return status_of(connect()) == served; });
}

TEST_P(ConnectionLimits, one_address_takes_no_connections_from_another) {
  options_.max_connections_per_address = 2;
  start(GetParam());
  RawClient websocket = websocket_session(), idle = connect();
  expect_turned_away(connect(), too_many_of_address);
  RawClient other = connect_from("127.0.0.2"), another = connect_from("127.0.0.2");
  expect_turned_away(connect_from("127.0.0.2"), too_many_of_address);
  EXPECT_EQ(server_->refused_connections(Limit::too_many_of_address), 2U);
  expect_echo(websocket);
  until([&] { return open() == 4; });
  idle.close(true);
  until([&] { return open() == 3; });
  EXPECT_EQ(status_of(connect()), served);
  expect_turned_away(connect_from("127.0.0.2"), too_many_of_address);
}

TEST_P(ConnectionLimits, a_websocket_that_moves_to_its_sessions_loop_takes_its_place_along) {
  options_.max_connections = 4;
  options_.max_connections_per_address = 4;
  start(GetParam());
  for (unsigned round = 0; round <= GetParam(); ++round) {
    const std::string sid = handshake();
    until([&] { return open() == 0; });
    RawClient websocket = probe(sid);
    {
      const RawClient second = connect(), third = connect(), fourth = connect();
      expect_turned_away(connect(), too_many);
      until([&] { return open() == 4; });
    }
    websocket.send(support::client_text("5"));
    expect_echo(websocket);
    websocket.close();
    until([&] { return open() == 0; });
  }
}

TEST_P(ConnectionLimits, behind_a_proxy_that_says_it_first_the_clients_address_counts) {
  options_.max_connections = 3;
  options_.max_connections_per_address = 1;
  options_.trusted_proxies = {"127.0.0.1"};
  options_.proxy_protocol = true;
  start(GetParam());
  auto connect_for = [this](const std::string& protocol, const std::string& address) {
    const std::string ours = protocol == "TCP4" ? "10.0.0.1" : "2001:db8::1";
    RawClient client = connect();
    client.send("PROXY " + protocol + " " + address + " " + ours + " 40000 80\r\n");
    return client;
  };
  RawClient first = connect_for("TCP4", "1.1.1.1");
  first.send(upgrade_head("EIO=4&transport=websocket"));
  first.read_through("\r\n\r\n");
  first.frame();
  expect_turned_away(connect_for("TCP4", "1.1.1.1"), too_many_of_address);
  until([&] { return open() == 1; });
  RawClient second = connect_for("TCP6", "2001:db8:7:7::1");
  second.send("GET /other HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(second.response().status, served);
  expect_turned_away(connect_for("TCP6", "2001:db8:7:7::2"), too_many_of_address);
  until([&] { return open() == 2; });
  RawClient unnamed = connect();  // counts in all while its header is awaited
  expect_turned_away(connect(), too_many);
  expect_echo(first);
  unnamed.close();
  first.close();
  until([&] { return open() == 1; });
  EXPECT_EQ(status_of(connect_for("TCP4", "1.1.1.1")), served);
}

TEST_P(ConnectionLimits, connections_of_other_trusted_proxies_count_in_all_only) {
  options_.max_connections = 3;
  options_.max_connections_per_address = 1;
  options_.trusted_proxies = {"127.0.0.1"};
  start(GetParam());
  RawClient first = websocket_session(), second = websocket_session(), third = websocket_session();
  expect_turned_away(connect_from("127.0.0.2"), too_many);
  first.close();
  until([&] { return open() == 2; });
  const RawClient other = connect_from("127.0.0.2");
  expect_turned_away(connect(), too_many);
}

TEST_P(ConnectionLimits, with_tls_further_connections_are_just_closed) {
  support::Authority authority("Authority");
  const auto files = authority.issue("server", "127.0.0.1");
  options_.tls = TlsOptions{.certificate_file = files.certificate, .key_file = files.key};
  options_.max_connections = 1;
  start(GetParam());
  RawClient first = connect();
  EXPECT_EQ(connect().read_to_end(), "");
  EXPECT_EQ(server_->refused_connections(Limit::too_many), 1U);
  until([&] { return open() == 1; });
  first.close();
  until([&] { return open() == 0; });
  RawClient next = connect();
  next.send("GET / HTTP/1.1\r\n\r\n");  // what speaks no TLS is closed too, but not for a limit
  next.read_to_end();
  EXPECT_EQ(server_->refused_connections(Limit::too_many), 1U);
}

}  // namespace
}  // namespace roomcast::engine
