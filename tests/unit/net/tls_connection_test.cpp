// TLS between a connection and the protocol above. RFC 8446, RFC 5246.
#include <net/http_connection.hpp>

#include "http_fixture.hpp"
#include "tls_fixture.hpp"

namespace roomcast::net {
namespace {

using support::turn;

/// How many records there are of the wire's bytes, and nothing but whole ones.
std::size_t records(std::string_view wire) {
  std::size_t count = 0;
  while (!wire.empty()) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(wire.at(i)); };
    wire.remove_prefix(5U + (byte(3) << 8U | byte(4)));
    ++count;
  }
  return count;
}

class TlsConnectionTest : public TlsOverMemory {};

TEST_F(TlsConnectionTest, plain_bytes_come_up_and_go_down) {
  connect();
  exchange();
  ASSERT_TRUE(client_->open());
  EXPECT_EQ(client_->server_name(), "localhost");
  EXPECT_STREQ(SSL_get_version(client_->get()), "TLSv1.3");
  says("question");
  EXPECT_EQ(above_.received, "question");
  turn(loop_, [&] { above_.send("answer"); });
  EXPECT_EQ(hears(), "answer");
  EXPECT_EQ(metrics_.tls_handshakes.value(), 1U);
  EXPECT_EQ(metrics_.tls_failures.value(), 0U);
}

TEST_F(TlsConnectionTest, version_1_2_is_spoken_too) {
  connect([](SSL_CTX* context, SSL*) {
    if (context != nullptr) SSL_CTX_set_max_proto_version(context, TLS1_2_VERSION);
  });
  says("question");
  says("question");
  ASSERT_TRUE(client_->open());
  EXPECT_STREQ(SSL_get_version(client_->get()), "TLSv1.2");
  EXPECT_EQ(above_.received, "question");
}

TEST_F(TlsConnectionTest, version_1_1_is_refused) {
  connect([](SSL_CTX* context, SSL*) {
    if (context == nullptr) return;
    SSL_CTX_set_security_level(context, 0);
    SSL_CTX_set_min_proto_version(context, TLS1_1_VERSION);
    SSL_CTX_set_max_proto_version(context, TLS1_1_VERSION);
  });
  exchange();
  EXPECT_EQ(client_->failure(), "tlsv1 alert protocol version");
  EXPECT_EQ(above_.end, EndCause::error);
  EXPECT_EQ(metrics_.tls_failures.value(), 1U);
}

TEST_F(TlsConnectionTest, records_may_be_cut_anywhere) {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    connect([version](SSL_CTX* context, SSL*) {
      if (context != nullptr) SSL_CTX_set_max_proto_version(context, version);
    });
    exchange(1);
    ASSERT_TRUE(client_->open());
    for (const std::size_t piece : {std::size_t{1}, std::size_t{7}}) says("piece by piece", piece);
    EXPECT_EQ(std::exchange(above_.received, {}), "piece by piecepiece by piece");
    turn(loop_, [&] { Connection::retire(std::move(above_.connection)); });
  }
}

TEST_F(TlsConnectionTest, a_burst_comes_up_in_one_piece) {
  connect();
  exchange();
  std::string all;
  for (int i = 0; i < 500; ++i) {
    const std::string one = std::to_string(i) + ",";
    client_->write(one);
    all += one;
  }
  exchange();
  EXPECT_EQ(above_.received, all);
  EXPECT_EQ(above_.calls, 1);
}

// The rest of a record that was there already comes out together with all that follows.
TEST_F(TlsConnectionTest, more_may_come_up_than_has_arrived_at_once) {
  connect();
  exchange();
  const std::string record(16 * 1024, 'r');
  client_->write(record);
  std::string wire = client_->says();
  turn(loop_, [&] { peer_.says(std::string_view(wire).substr(0, wire.size() - 1)); });
  EXPECT_EQ(above_.received, "");
  client_->write("and more");
  const std::string rest = wire.back() + client_->says();
  turn(loop_, [&] { peer_.says(rest); });
  EXPECT_TRUE(above_.received == record + "and more");
  EXPECT_EQ(above_.calls, 1);
}

TEST_F(TlsConnectionTest, a_turns_short_frames_leave_in_as_few_records_as_there_can_be) {
  connect();
  exchange();
  std::string all;
  turn(loop_, [&] {
    for (int i = 0; i < 1000; ++i) {
      const std::string one(40, static_cast<char>('a' + i % 26));
      above_.send(one);
      all += one;
    }
    EXPECT_EQ(above_.connection->buffered_bytes(), all.size());
    EXPECT_EQ(peer_.hears(), "");
  });
  const std::string wire = peer_.hears();
  EXPECT_EQ(records(wire), 3U);  // 40,000 bytes
  client_->hears(wire);
  EXPECT_TRUE(client_->read() == all);
  EXPECT_EQ(above_.connection->buffered_bytes(), 0U);
}

TEST_F(TlsConnectionTest, short_and_long_frames_keep_their_order) {
  connect();
  exchange();
  std::string all;
  turn(loop_, [&] {
    for (int i = 0; i < 40; ++i) {
      const std::string one(i % 5 == 0 ? 50'000U : 10U + static_cast<unsigned>(i),
                            static_cast<char>('a' + i % 26));
      above_.send(one);
      all += one;
    }
  });
  EXPECT_TRUE(hears() == all);
  EXPECT_GT(above_.drained, 0);
}

TEST_F(TlsConnectionTest, what_the_peer_does_not_take_counts_and_drains) {
  connect();
  exchange();
  above_.drained = 0;
  peer_.stops_reading();
  turn(loop_, [&] { above_.send("held"); });
  EXPECT_GE(above_.connection->buffered_bytes(), 4U);
  EXPECT_TRUE(above_.connection->blocked());
  EXPECT_EQ(above_.drained, 0);
  turn(loop_, [&] { peer_.reads_again(); });
  EXPECT_EQ(above_.connection->buffered_bytes(), 0U);
  EXPECT_EQ(above_.drained, 1);
  EXPECT_EQ(hears(), "held");
}

TEST_F(TlsConnectionTest, reading_can_be_paused) {
  connect();
  exchange();
  above_.connection->pause_reading();
  EXPECT_TRUE(peer_.held_up());
  above_.connection->resume_reading();
  EXPECT_FALSE(peer_.held_up());
}

// RFC8446§6.1
TEST_F(TlsConnectionTest, our_end_is_said_behind_everything_and_the_peer_may_go_on) {
  connect();
  exchange();
  turn(loop_, [&] {
    above_.send("last words");
    above_.connection->shutdown_write();
    above_.send("too late");
  });
  EXPECT_EQ(hears(), "last words");
  EXPECT_TRUE(client_->sees_end());
  EXPECT_TRUE(peer_.sees_end());
  says("still here");
  EXPECT_EQ(above_.received, "still here");
}

TEST_F(TlsConnectionTest, our_end_before_the_handshake_is_the_streams) {
  connect();
  turn(loop_, [&] { above_.connection->shutdown_write(); });
  EXPECT_TRUE(peer_.sees_end());
}

TEST_F(TlsConnectionTest, the_peers_end_is_told_and_answered) {
  connect();
  exchange();
  above_.at_bytes = [&](std::string_view) { above_.send("answered in the same turn"); };
  client_->write("request");
  client_->close();
  exchange();
  EXPECT_EQ(above_.received, "request");
  EXPECT_EQ(above_.end, EndCause::closed_by_peer);
  EXPECT_EQ(client_->read(), "answered in the same turn");
  EXPECT_TRUE(client_->sees_end());
  EXPECT_TRUE(peer_.sees_end());
}

TEST_F(TlsConnectionTest, a_stream_that_ends_below_ends_above) {
  for (const EndCause cause : {EndCause::closed_by_peer, EndCause::error, EndCause::slow_consumer}) {
    connect();
    exchange();
    turn(loop_, [&] { peer_.leaves(cause); });
    EXPECT_EQ(above_.end, cause);
  }
}

TEST_F(TlsConnectionTest, plain_http_is_closed) {
  connect();
  turn(loop_, [&] { peer_.says("GET / HTTP/1.1\r\nHost: x\r\n\r\n"); });
  EXPECT_EQ(above_.end, EndCause::error);
  EXPECT_EQ(above_.received, "");
  EXPECT_TRUE(peer_.dropped());
  EXPECT_EQ(metrics_.tls_failures.value(), 1U);
}

TEST_F(TlsConnectionTest, garbage_is_closed_before_and_behind_the_handshake) {
  connect();
  turn(loop_, [&] { peer_.says(std::string(1000, '\xff')); });
  EXPECT_EQ(above_.end, EndCause::error);
  above_.end.reset();
  connect();
  exchange();
  client_->write("good");
  const std::string wire = client_->says() + std::string("\x17\x03\x03\x00\x20", 5) + std::string(32, 'x');
  turn(loop_, [&] { peer_.says(wire); });
  EXPECT_EQ(above_.received, "good");
  EXPECT_EQ(above_.end, EndCause::error);
  client_->hears(peer_.hears());
  EXPECT_EQ(client_->failure(), "sslv3 alert bad record mac");
  EXPECT_EQ(metrics_.tls_failures.value(), 2U);
}

TEST_F(TlsConnectionTest, a_peer_does_not_get_a_new_handshake_on_an_open_stream) {
  connect([](SSL_CTX* context, SSL*) {
    if (context != nullptr) SSL_CTX_set_max_proto_version(context, TLS1_2_VERSION);
  });
  exchange();
  ASSERT_TRUE(client_->open());
  SSL_renegotiate(client_->get());
  SSL_do_handshake(client_->get());
  exchange();
  EXPECT_EQ(client_->failure(), "no renegotiation");
}

// RFC7301§3.2
TEST_F(TlsConnectionTest, http_1_1_is_chosen_of_what_a_client_offers) {
  const auto offer = [](std::string_view protocols) {
    return [protocols](SSL_CTX*, SSL* tls) {
      if (tls != nullptr)
        SSL_set_alpn_protos(tls, reinterpret_cast<const unsigned char*>(protocols.data()),
                            static_cast<unsigned>(protocols.size()));
    };
  };
  connect(offer("\x02h2\x08http/1.1"));
  exchange();
  const unsigned char* chosen = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(client_->get(), &chosen, &size);
  EXPECT_EQ(std::string(reinterpret_cast<const char*>(chosen), size), "http/1.1");
  turn(loop_, [&] { Connection::retire(std::move(above_.connection)); });
  connect(offer("\x02h2"));
  exchange();
  EXPECT_EQ(client_->failure(), "tlsv1 alert no application protocol");
}

TEST_F(TlsConnectionTest, a_client_comes_back_with_its_ticket) {
  SSL_SESSION* ticket = nullptr;
  connect();
  exchange();
  ticket = SSL_get1_session(client_->get());
  client_->close();  // otherwise OpenSSL's client does not use it again
  turn(loop_, [&] { Connection::retire(std::move(above_.connection)); });
  connect([ticket](SSL_CTX*, SSL* tls) {
    if (tls != nullptr) SSL_set_session(tls, ticket);
  });
  exchange();
  EXPECT_TRUE(client_->open());
  EXPECT_EQ(SSL_session_reused(client_->get()), 1);
  SSL_SESSION_free(ticket);
}

TEST_F(TlsConnectionTest, it_may_be_retired_by_what_it_brings) {
  connect();
  exchange();
  above_.at_bytes = [&](std::string_view) { Connection::retire(std::move(above_.connection)); };
  client_->write("one");
  client_->close();
  exchange();
  EXPECT_EQ(above_.received, "one");
  EXPECT_TRUE(peer_.dropped());
  EXPECT_FALSE(above_.end);
}

// A record that has arrived in part goes with it.
TEST_F(TlsConnectionTest, it_moves_to_another_loop_with_what_was_not_read) {
  connect();
  exchange();
  std::unique_ptr<TlsStream> moved;
  above_.at_bytes = [&](std::string_view) {
    moved = above_.connection->release().tls;
    Connection::retire(std::move(above_.connection));
  };
  client_->write("move");
  std::string wire = client_->says();
  client_->write("unread");
  const std::string next = client_->says();
  turn(loop_, [&] { peer_.says(wire + next.substr(0, 9)); });
  ASSERT_TRUE(moved);
  EXPECT_FALSE(above_.end);

  loop::Loop elsewhere(1);
  support::MemoryPeer there(elsewhere);
  TlsLoop other(metrics_);
  AboveTls above;
  above.connection = std::make_unique<TlsConnection>(other, there.connect(), std::move(moved), "");
  above.connection->set_handler(&above);
  turn(elsewhere, [&] { there.says(next.substr(9)); });
  EXPECT_EQ(above.received, "unread");
  turn(elsewhere, [&] { above.send("from elsewhere"); });
  client_->hears(there.hears());
  EXPECT_EQ(client_->read(), "from elsewhere");
  EXPECT_EQ(metrics_.tls_handshakes.value(), 1U);
  Connection::retire(std::move(above.connection));
}

/// An HTTP connection over TLS.
class HttpOverTls : public TlsOverMemory {
 protected:
  void connect_http(ClientCertificates clients, const support::TlsClient::Configure& configure = {}) {
    settings_.emplace(test_options(clients));
    turn(loop_, [&] {
      connections_.add(
          std::make_unique<TlsConnection>(shared_, peer_.connect(), settings_->accept(), "192.0.2.1"),
          {.address = "192.0.2.1", .port = 40'000});
    });
    client_.emplace(test_authority().file(), configure);
  }

  TestHandler handler_;
  HttpConnections connections_{loop_, handler_, {}, metrics_};
};

constexpr std::string_view get = "GET /a HTTP/1.1\r\nHost: x\r\n\r\n";

TEST_F(HttpOverTls, requests_are_secure_and_closing_is_in_good_order) {
  connect_http(ClientCertificates::none);
  exchange();
  std::optional<bool> secure;
  handler_.at_request = [&](const HttpRequest& request, const Exchange& exchange) {
    secure = request.secure;
    EXPECT_EQ(request.client_certificate, "");
    exchange.respond({.body = "fine", .close = true});
  };
  says(get);
  EXPECT_EQ(secure, true);
  EXPECT_TRUE(client_->read().ends_with("\r\n\r\nfine"));
  EXPECT_TRUE(client_->sees_end());
  client_->close();
  exchange();
  EXPECT_TRUE(peer_.dropped());
  EXPECT_EQ(connections_.size(), 0U);
}

TEST_F(HttpOverTls, a_handshake_that_does_not_end_has_the_time_of_a_head) {
  connect_http(ClientCertificates::none);
  const std::string hello = client_->says();
  turn(loop_, [&] { peer_.says(hello.substr(0, 20)); });
  turn(loop_, [&] { peer_.says(hello.substr(20, 20)); });
  EXPECT_FALSE(peer_.dropped());
  EXPECT_LE(loop_.timers().next() - loop_.now(), HttpLimits{}.header_timeout);
  support::fire_next_timer(loop_);
  EXPECT_TRUE(peer_.dropped());
}

// The request stands right behind the client's last word of the handshake, and our tickets wait below.
TEST_F(HttpOverTls, a_request_with_the_end_of_the_handshake_is_answered) {
  connect_http(ClientCertificates::none);
  turn(loop_, [&] { peer_.says(client_->says()); });
  client_->hears(peer_.hears());
  const std::string finished = client_->says();
  client_->write(get);
  const std::string both = finished + client_->says();
  turn(loop_, [&] { peer_.says(both); });
  client_->hears(peer_.hears());
  EXPECT_TRUE(client_->read().starts_with("HTTP/1.1 200 OK"));
}

support::TlsClient::Configure with(const support::Authority::Files& files) {
  return [files](SSL_CTX* context, SSL*) {
    if (context == nullptr) return;
    SSL_CTX_use_certificate_file(context, files.certificate.c_str(), SSL_FILETYPE_PEM);
    SSL_CTX_use_PrivateKey_file(context, files.key.c_str(), SSL_FILETYPE_PEM);
  };
}

TEST_F(HttpOverTls, the_subject_of_a_clients_certificate_is_known) {
  std::string subject;
  handler_.at_request = [&](const HttpRequest& request, const Exchange& exchange) {
    subject = request.client_certificate;
    exchange.respond({});
  };
  for (const auto clients : {ClientCertificates::wanted, ClientCertificates::required}) {
    connect_http(clients, with(test_authority().issue("alice", "Alice, née Ünal")));
    exchange();
    says(get);
    EXPECT_EQ(std::exchange(subject, {}), "CN=Alice\\, née Ünal,O=Example");
    turn(loop_, [&] { peer_.leaves(); });
  }
}

// Without a name for its sessions OpenSSL refuses the tickets of clients with certificates.
TEST_F(TlsConnectionTest, a_client_with_a_certificate_comes_back_with_its_ticket) {
  const auto alice = with(test_authority().issue("alice", "alice"));
  use(ClientCertificates::required);
  connect(alice);
  exchange();
  SSL_SESSION* ticket = SSL_get1_session(client_->get());
  client_->close();
  turn(loop_, [&] { Connection::retire(std::move(above_.connection)); });
  connect([&alice, ticket](SSL_CTX* context, SSL* tls) {
    alice(context, tls);
    if (tls != nullptr) SSL_set_session(tls, ticket);
  });
  exchange();
  EXPECT_TRUE(client_->open()) << client_->failure();
  EXPECT_EQ(SSL_session_reused(client_->get()), 1);
  EXPECT_EQ(above_.connection->tls()->client_certificate(), "CN=alice,O=Example");
  SSL_SESSION_free(ticket);
}

TEST_F(HttpOverTls, a_client_without_a_certificate_is_served_where_it_is_only_wanted) {
  std::string subject = "?";
  handler_.at_request = [&](const HttpRequest& request, const Exchange& exchange) {
    subject = request.client_certificate;
    exchange.respond({});
  };
  connect_http(ClientCertificates::wanted);
  exchange();
  says(get);
  EXPECT_EQ(subject, "");
  turn(loop_, [&] { peer_.leaves(); });
  connect_http(ClientCertificates::required);
  exchange();
  EXPECT_EQ(client_->failure(), "tlsv13 alert certificate required");
  EXPECT_EQ(connections_.size(), 0U);
}

TEST_F(HttpOverTls, a_certificate_of_another_authority_is_refused) {
  support::Authority foreign("somebody else");
  for (const auto clients : {ClientCertificates::wanted, ClientCertificates::required}) {
    connect_http(clients, with(foreign.issue("mallory", "Alice")));
    exchange();
    EXPECT_EQ(client_->failure(), "tlsv1 alert unknown ca");
    EXPECT_EQ(connections_.size(), 0U);
    turn(loop_, [&] { peer_.leaves(); });  // it lingers, for the alert
  }
  EXPECT_TRUE(handler_.requests.empty());
}

}  // namespace
}  // namespace roomcast::net
