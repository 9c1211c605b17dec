// Connections of trusted proxies, from their first byte to the request of the client behind.
#include <net/proxied_connections.hpp>

#include "http_fixture.hpp"
#include "tls_fixture.hpp"

namespace roomcast::net {
namespace {

using support::turn;

constexpr std::string_view header = "PROXY TCP4 198.51.100.7 192.0.2.2 56324 443\r\n";
constexpr std::string_view get = "GET /a HTTP/1.1\r\nHost: x\r\n\r\n";

class ProxiedConnectionsTest : public testing::Test {
 protected:
  ProxiedConnectionsTest() {
    handler_.at_request = [this](const HttpRequest& request, const Exchange& exchange) {
      client_ =
          request.peer.address + " " + std::to_string(request.peer.port) + (request.secure ? " tls" : "");
      exchange.respond({.body = "fine"});
    };
    connect(peer_);
  }

  void connect(support::MemoryPeer& peer) {
    turn(loop_, [&] { proxied_.add(peer.connect(), {.address = "192.0.2.1", .port = 40'000}); });
  }
  void says(std::string_view bytes) {
    turn(loop_, [&] { peer_.says(bytes); });
  }

  base::Metrics metrics_;
  loop::Loop loop_{0};
  TestHandler handler_;
  std::string client_;
  std::optional<TlsSettings> tls_;
  TlsLoop shared_{metrics_};
  support::MemoryPeer peer_{loop_};
  HttpConnections connections_{loop_, handler_, {}, metrics_};
  ProxiedConnections proxied_{
      loop_, metrics_, std::chrono::seconds(10),
      [this](std::unique_ptr<Connection> connection, PeerAddress peer, std::string unread) {
        Connection& wire = *connection;
        if (tls_)
          connection =
              std::make_unique<TlsConnection>(shared_, std::move(connection), tls_->accept(), peer.address);
        connections_.add(std::move(connection), std::move(peer));
        wire.replay(std::move(unread));
      }};
};

TEST_F(ProxiedConnectionsTest, the_client_is_the_one_in_the_header) {
  says(header);
  EXPECT_EQ(proxied_.size(), 0U);
  EXPECT_EQ(connections_.size(), 1U);
  says(get);
  EXPECT_EQ(client_, "198.51.100.7 56324");
  EXPECT_TRUE(peer_.hears().ends_with("fine"));
}

TEST_F(ProxiedConnectionsTest, a_request_may_come_with_the_header_or_byte_by_byte) {
  const std::string all = std::string(header) + std::string(get);
  says(all);
  EXPECT_EQ(std::exchange(client_, {}), "198.51.100.7 56324");
  turn(loop_, [&] { peer_.leaves(); });
  connect(peer_);
  for (const char byte : all) says({&byte, 1});
  EXPECT_EQ(client_, "198.51.100.7 56324");
}

TEST_F(ProxiedConnectionsTest, a_proxy_that_names_nobody_is_the_client_itself) {
  says("PROXY UNKNOWN\r\n" + std::string(get));
  EXPECT_EQ(client_, "192.0.2.1 40000");
}

TEST_F(ProxiedConnectionsTest, tls_begins_behind_the_header) {
  tls_.emplace(test_options());
  support::TlsClient client(test_authority().file());
  says(std::string(header) + client.says());
  for (;;) {
    client.hears(peer_.hears());
    const std::string up = client.says();
    if (up.empty()) break;
    says(up);
  }
  ASSERT_TRUE(client.open());
  client.write(get);
  says(client.says());
  EXPECT_EQ(client_, "198.51.100.7 56324 tls");
}

TEST_F(ProxiedConnectionsTest, one_without_a_header_is_closed) {
  says(get);
  EXPECT_TRUE(peer_.dropped());
  EXPECT_EQ(proxied_.size() + connections_.size(), 0U);
  EXPECT_EQ(metrics_.proxy_failures.value(), 1U);
}

TEST_F(ProxiedConnectionsTest, a_header_that_does_not_end_has_its_time) {
  says(header.substr(0, 20));
  says(header.substr(20, 5));
  EXPECT_FALSE(peer_.dropped());
  support::fire_next_timer(loop_);
  EXPECT_TRUE(peer_.dropped());
  EXPECT_EQ(metrics_.proxy_failures.value(), 1U);
  EXPECT_EQ(loop_.timers().next(), loop::TimePoint::max());
}

TEST_F(ProxiedConnectionsTest, a_proxy_may_leave_and_a_server_may_go) {
  turn(loop_, [&] { peer_.leaves(); });
  EXPECT_EQ(proxied_.size(), 0U);
  connect(peer_);
  turn(loop_, [&] { proxied_.clear(); });
  EXPECT_TRUE(peer_.dropped());
}

}  // namespace
}  // namespace roomcast::net
