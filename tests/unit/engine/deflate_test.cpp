// Websockets that compress: RFC 7692, as sessions use it.
#include <support/deflated.hpp>

#include "engine_fixture.hpp"

namespace roomcast::engine {
namespace {

using support::client_text;
using support::ClientFrame;
using support::deflated;
using support::inflated;

constexpr unsigned char compressed_text = 0xC1;
constexpr unsigned char compressed_binary = 0xC2;
const std::string offer = "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n";
const std::string large(2000, 'x');

class Deflate : public EngineTest, public testing::WithParamInterface<unsigned> {
 protected:
  void SetUp() override {
    options_.per_message_deflate = PerMessageDeflate{};
    start(GetParam());
  }
  /// The answer to an upgrade request with these headers.
  std::string answer_to(std::string_view headers) {
    RawClient client = connect();
    client.send(upgrade_head("EIO=4&transport=websocket", headers));
    return client.read_through("\r\n\r\n");
  }
  RawClient deflating_session(std::string* sid = nullptr,
                              std::string_view query = "EIO=4&transport=websocket") {
    RawClient client = connect();
    client.send(upgrade_head(query, offer));
    client.read_through("\r\n\r\n");
    const std::string open = client.frame().payload;
    if (sid != nullptr) *sid = sid_of(open);
    return client;
  }
  std::uint64_t deflated_bytes() { return server_->total(&base::Metrics::deflated_from_bytes); }
};
ROOMCAST_ON_EACH_LOOP_COUNT(Deflate);

TEST_P(Deflate, is_agreed_with_who_offers_it) {
  const std::string agreed =
      "\r\nSec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover; "
      "client_no_context_takeover\r\n";
  EXPECT_NE(answer_to(offer).find(agreed), std::string::npos);
  const std::string name = "Sec-WebSocket-Extensions: ";
  EXPECT_NE(answer_to(name + "foo\r\n" + name + "permessage-deflate\r\n").find(agreed), std::string::npos);
  EXPECT_EQ(answer_to("").find("Extensions"), std::string::npos);
  EXPECT_EQ(answer_to(name + "permessage-deflate; server_max_window_bits=10\r\n").find("Extensions"),
            std::string::npos);
}

TEST_P(Deflate, a_bad_offer_is_refused) {
  RawClient client = connect();
  client.send(upgrade_head("EIO=4&transport=websocket",
                           "Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=7\r\n"));
  const RawClient::Response answer = client.response();
  EXPECT_EQ(answer.status, 400U);
  EXPECT_EQ(answer.body, "Invalid or unacceptable Sec-WebSocket-Extensions header");
  EXPECT_EQ(server_->clients_count(), 0U);
}

TEST_P(Deflate, long_messages_travel_compressed_and_short_ones_as_they_are) {
  RawClient client = deflating_session();
  client.send(ClientFrame{.payload = deflated("4" + large), .reserved = 4}.bytes());
  RawClient::Frame frame = client.frame();
  EXPECT_EQ(frame.first, compressed_text);
  EXPECT_LT(frame.payload.size(), 100U);
  EXPECT_EQ(inflated(frame.payload), "4" + large);
  // The threshold is 1024 bytes, the packet's type among them.
  client.send(client_text("4" + std::string(1023, 'x')) + client_text("4" + std::string(1022, 'x')));
  EXPECT_EQ(client.frame().first, compressed_text);
  EXPECT_EQ(client.frame().payload, "4" + std::string(1022, 'x'));
  client.send(support::client_binary(large));
  frame = client.frame();
  EXPECT_EQ(frame.first, compressed_binary);
  EXPECT_EQ(inflated(frame.payload), large);
}

TEST_P(Deflate, who_did_not_offer_it_is_sent_nothing_compressed_and_may_not_send_any) {
  RawClient client = websocket_session();
  client.send(client_text("4" + large));
  EXPECT_EQ(client.frame().payload, "4" + large);
  client.send(ClientFrame{.payload = deflated("4" + large), .reserved = 4}.bytes());
  EXPECT_EQ(client.frame().payload, "\x03\xea");  // 1002
}

TEST_P(Deflate, what_would_not_become_shorter_is_sent_as_it_is) {
  std::string noise;
  for (unsigned i = 0, random = 1; i < 2000; ++i, random = random * 1'664'525 + 1'013'904'223)
    noise += static_cast<char>(random >> 24);
  RawClient client = deflating_session();
  client.send(support::client_binary(noise));
  const RawClient::Frame frame = client.frame();
  EXPECT_TRUE(frame.binary());
  EXPECT_EQ(frame.payload, noise);
}

TEST_P(Deflate, what_is_not_to_be_compressed_is_not) {
  std::string sid;
  RawClient client = deflating_session(&sid);
  at_home(sid, [](Session& session) {
    auto builder = message_builder();
    builder.append(large);
    builder.set_compressible(false);
    session.send(finish_message(std::move(builder)));
  });
  EXPECT_EQ(client.frame().payload, "4" + large);
  EXPECT_EQ(deflated_bytes(), 0U);
}

TEST_P(Deflate, a_message_to_many_is_compressed_once_on_each_loop_at_most) {
  std::vector<RawClient> clients;
  std::vector<std::string> sids(12);
  for (std::string& sid : sids) clients.push_back(deflating_session(&sid));
  const base::Frame frame = text_message(large);
  at_home(sids[0], [&](Session& session) { session.send(frame); });  // so the form is there for all others
  for (const std::string& sid : sids)
    if (sid != sids[0]) at_home(sid, [&](Session& session) { session.send(frame); });
  for (RawClient& client : clients) EXPECT_EQ(inflated(client.frame().payload), "4" + large);
  EXPECT_EQ(deflated_bytes(), 1 + large.size());
}

TEST_P(Deflate, bombs_and_other_bad_messages_end_the_session_with_their_code) {
  const auto ends_with = [this](const std::string& payload, std::string_view code, const std::string& note) {
    RawClient client = deflating_session();
    client.send(ClientFrame{.payload = payload, .reserved = 4}.bytes());
    EXPECT_EQ(client.frame().payload, code);
    expect_note(note);
  };
  ends_with(deflated("4" + std::string(1'000'000, 'x')), "\x03\xf1",
            "close transport error: payload too large");
  ends_with("\xFF\xFF", "\x03\xef", "close transport error: message that cannot be inflated, RFC7692§7.2.2");
  ends_with(deflated("4\xFF"), "\x03\xef", "close transport error: text that is not UTF-8, RFC6455§8.1");
}

TEST_P(Deflate, a_session_that_moves_to_a_websocket_compresses_from_then_on) {
  const std::string sid = handshake();
  RawClient client = connect();
  client.send(upgrade_head("EIO=4&transport=websocket&sid=" + sid, offer));
  client.read_through("\r\n\r\n");
  client.send(client_text("2probe"));
  EXPECT_EQ(client.frame().payload, "3probe");
  EXPECT_EQ(post(sid, "4" + large), "ok");
  client.send(client_text("5"));
  EXPECT_EQ(inflated(client.frame().payload), "4" + large);
}

TEST_P(Deflate, a_websocket_without_bytes_is_sent_compressed_text) {
  RawClient client = deflating_session(nullptr, "EIO=4&transport=websocket&b64=1");
  client.send(support::client_binary(std::string(3000, '\0')));
  const RawClient::Frame frame = client.frame();
  EXPECT_EQ(frame.first, compressed_text);
  EXPECT_EQ(inflated(frame.payload), "b" + std::string(4000, 'A'));
}

/// With options that are to be set before the server starts.
class DeflateOptions : public EngineTest {
 protected:
  /// The frame in which `message` comes back.
  RawClient::Frame echoed(const std::string& message) {
    RawClient client = connect();
    client.send(upgrade_head("EIO=4&transport=websocket", offer));
    client.read_through("\r\n\r\n");
    client.frame();
    client.send(client_text(message));
    return client.frame();
  }
};

TEST_F(DeflateOptions, what_is_shorter_than_the_threshold_is_sent_as_it_is) {
  options_.per_message_deflate = {.threshold = 100};
  start();
  EXPECT_EQ(echoed("4" + std::string(98, 'x')).payload, "4" + std::string(98, 'x'));
  const RawClient::Frame frame = echoed("4" + std::string(99, 'x'));
  EXPECT_EQ(frame.first, compressed_text);
  EXPECT_EQ(inflated(frame.payload), "4" + std::string(99, 'x'));
}

TEST_F(DeflateOptions, a_high_level_makes_messages_smaller_than_a_low_one) {
  std::string rows = "4";
  for (unsigned i = 0, random = 1; i < 1000; ++i, random = random * 1'664'525 + 1'013'904'223)
    rows += R"({"price":)" + std::to_string(random >> 22) + R"(,"open":true},)";
  std::vector<std::size_t> sizes;
  for (const int level : {1, 9}) {
    options_.per_message_deflate = {.level = level};
    start();
    const RawClient::Frame frame = echoed(rows);
    EXPECT_EQ(inflated(frame.payload), rows);
    sizes.push_back(frame.payload.size());
    server_.reset();
  }
  EXPECT_LT(sizes[1], sizes[0]);
}

}  // namespace
}  // namespace roomcast::engine
