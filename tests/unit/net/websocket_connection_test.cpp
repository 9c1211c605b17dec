// An open websocket over memory. RFC 6455; the frames themselves are tested with their codec.
#include <optional>
#include <stdexcept>

#include <boost/beast/http/field.hpp>
#include <gtest/gtest.h>

#include <net/websocket_connection.hpp>
#include <protocol/websocket/frame_header.hpp>
#include <support/loop_steps.hpp>
#include <support/memory_connection.hpp>
#include <support/websocket_client_frames.hpp>

namespace roomcast::net {
namespace {

using support::client_binary;
using support::client_close;
using support::client_ping;
using support::client_text;
using support::ClientFrame;
using support::fire_next_timer;
using support::turn;
using websocket::close_frame;
using websocket::Opcode;
using Cause = WebSocketEnd::Cause;

struct TestHandler final : WebSocketHandler {
  void on_text(std::string_view text) override { note("text " + std::string(text)); }
  void on_binary(std::string_view bytes) override { note("binary " + std::string(bytes)); }
  void on_end(const WebSocketEnd& how) override {
    end = how;
    note("end");
  }
  void note(std::string what) {
    seen.push_back(std::move(what));
    if (at_event) at_event();
  }

  std::vector<std::string> seen;
  std::optional<WebSocketEnd> end;
  std::function<void()> at_event;
};

base::Frame text_frame(std::string_view text) {
  base::FrameBuilder builder;
  builder.append(text);
  return std::move(builder).finish(base::FrameKind::text,
                                   websocket::server_header(Opcode::text, text.size()).view());
}

class WebSocketConnectionTest : public testing::Test {
 protected:
  void SetUp() override {
    turn(loop_, [&] {
      websocket_ = std::make_unique<WebSocketConnection>(peer_.connect(), context_);
      websocket_->set_handler(&handler_);
    });
  }
  void says(std::string_view bytes) {
    turn(loop_, [&] { peer_.says(bytes); });
  }
  using Seen = std::vector<std::string>;

  base::Metrics metrics_;
  loop::Loop loop_{0};
  websocket::Inflater inflater_;
  const WebSocketContext context_{loop_, metrics_, 1000, inflater_};
  support::MemoryPeer peer_{loop_};
  TestHandler handler_;
  std::unique_ptr<WebSocketConnection> websocket_;
};

TEST_F(WebSocketConnectionTest, messages_reach_the_handler) {
  says(client_text("one") + client_binary("two") + client_text(""));
  EXPECT_EQ(handler_.seen, (Seen{"text one", "binary two", "text "}));
}

TEST_F(WebSocketConnectionTest, messages_may_come_byte_by_byte) {
  const std::string bytes = client_text("one") + client_binary(std::string(300, 'x'));
  for (const char byte : bytes) says({&byte, 1});
  EXPECT_EQ(handler_.seen, (Seen{"text one", "binary " + std::string(300, 'x')}));
}

// RFC6455§5.4
TEST_F(WebSocketConnectionTest, fragments_are_put_together_around_a_ping) {
  says(ClientFrame{.payload = "a", .final = false}.bytes() + client_ping("p") +
       ClientFrame{.opcode = Opcode::continuation, .payload = "b"}.bytes());
  EXPECT_EQ(handler_.seen, (Seen{"text ab"}));
  EXPECT_EQ(peer_.hears(), websocket::pong_frame("p"));
}

TEST_F(WebSocketConnectionTest, what_is_sent_leaves_in_order) {
  turn(loop_, [&] {
    websocket_->send(text_frame("1"));
    websocket_->send(text_frame("2"));
    EXPECT_EQ(websocket_->buffered_bytes(), 6U);
  });
  EXPECT_EQ(peer_.hears(), std::string(text_frame("1").wire()) + std::string(text_frame("2").wire()));
}

// RFC6455§5.5.2
TEST_F(WebSocketConnectionTest, a_ping_is_answered_with_its_payload) {
  says(client_ping("are you there"));
  EXPECT_EQ(peer_.hears(), websocket::pong_frame("are you there"));
  EXPECT_TRUE(handler_.seen.empty());
}

// RFC6455§5.5.1
TEST_F(WebSocketConnectionTest, a_close_frame_is_answered_with_its_code_and_ends_the_stream) {
  says(client_close(1001, "going") + client_text("ignored"));
  EXPECT_EQ(handler_.seen, (Seen{"end"}));
  EXPECT_EQ(handler_.end->cause, Cause::closed_by_peer);
  EXPECT_EQ(handler_.end->code, 1001);
  EXPECT_EQ(handler_.end->detail, "going");
  EXPECT_EQ(peer_.hears(), close_frame(1001));
  EXPECT_TRUE(peer_.sees_end());
  EXPECT_FALSE(peer_.dropped());
  turn(loop_, [&] { peer_.leaves(); });
  EXPECT_TRUE(peer_.dropped());
}

TEST_F(WebSocketConnectionTest, a_close_frame_without_a_code_is_answered_without_one) {
  says(client_close());
  EXPECT_EQ(handler_.end->code, 1005);
  EXPECT_EQ(peer_.hears(), close_frame());
}

TEST_F(WebSocketConnectionTest, a_peer_that_does_not_close_the_stream_is_dropped) {
  says(client_close(1000));
  fire_next_timer(loop_);
  EXPECT_TRUE(peer_.dropped());
}

TEST_F(WebSocketConnectionTest, bad_frames_are_answered_with_the_right_code) {
  struct Case {
    std::string bytes;
    std::uint16_t code;
    std::string why;
  };
  for (const Case& one : {
           Case{ClientFrame{.payload = "x", .masked = false}.bytes(), 1002,
                "unmasked frame from a client, RFC6455§5.1"},
           Case{ClientFrame{.payload = "x", .reserved = 4}.bytes(), 1002, "reserved bits set, RFC6455§5.2"},
           Case{client_text("\xff"), 1007, "text that is not UTF-8, RFC6455§8.1"},
           Case{ClientFrame{.opcode = Opcode::continuation}.bytes(), 1002,
                "continuation of no message, RFC6455§5.4"},
           Case{client_text(std::string(1001, 'x')), 1009, "payload too large"},
       }) {
    support::MemoryPeer peer(loop_);
    TestHandler handler;
    turn(loop_, [&] {
      auto websocket = std::make_unique<WebSocketConnection>(peer.connect(), context_);
      websocket->set_handler(&handler);
      peer.says(client_text("ok") + one.bytes + client_text("ignored"));
      loop_.bury(std::move(websocket));
    });
    EXPECT_EQ(handler.seen, (Seen{"text ok", "end"}));
    EXPECT_EQ(handler.end->code, one.code);
    EXPECT_EQ(handler.end->cause, one.code == 1009 ? Cause::message_too_big : Cause::protocol_error);
    EXPECT_EQ(peer.hears(), close_frame(one.code));
    EXPECT_EQ(handler.end->detail, one.why);
    EXPECT_TRUE(peer.sees_end());
  }
  EXPECT_EQ(metrics_.websocket_errors.value(), 5U);
}

TEST_F(WebSocketConnectionTest, the_end_of_the_stream_is_told_with_its_cause) {
  turn(loop_, [&] { peer_.leaves(EndCause::slow_consumer); });
  EXPECT_EQ(handler_.end->cause, Cause::slow_consumer);
  EXPECT_EQ(handler_.end->code, 1006);
  EXPECT_EQ(metrics_.slow_consumers.value(), 1U);
}

TEST_F(WebSocketConnectionTest, close_lets_what_was_queued_arrive_and_says_nothing_to_the_handler) {
  turn(loop_, [&] {
    websocket_->send(text_frame("last"));
    WebSocketConnection::close(std::move(websocket_), 1001);
    peer_.says(client_text("too late"));
  });
  EXPECT_EQ(peer_.hears(), std::string(text_frame("last").wire()) + close_frame(1001));
  EXPECT_TRUE(peer_.sees_end());
  says(client_close(1001));
  turn(loop_, [&] { peer_.leaves(); });
  EXPECT_TRUE(handler_.seen.empty());
}

TEST_F(WebSocketConnectionTest, close_drops_a_peer_that_does_not_read) {
  peer_.stops_reading();
  turn(loop_, [&] { WebSocketConnection::close(std::move(websocket_)); });
  fire_next_timer(loop_);
  EXPECT_TRUE(peer_.dropped());
}

TEST_F(WebSocketConnectionTest, retire_drops_the_stream_at_once) {
  turn(loop_, [&] { WebSocketConnection::retire(std::move(websocket_)); });
  EXPECT_TRUE(peer_.dropped());
  EXPECT_EQ(peer_.hears(), "");
  EXPECT_TRUE(handler_.seen.empty());
}

TEST_F(WebSocketConnectionTest, may_be_given_up_inside_a_message) {
  handler_.at_event = [&] { WebSocketConnection::retire(std::move(websocket_)); };
  says(client_text("one") + client_text("two"));
  EXPECT_EQ(handler_.seen, (Seen{"text one"}));
  EXPECT_TRUE(peer_.dropped());
}

TEST_F(WebSocketConnectionTest, may_be_closed_inside_a_message) {
  handler_.at_event = [&] { WebSocketConnection::close(std::move(websocket_)); };
  says(client_text("one") + client_text("two"));
  EXPECT_EQ(handler_.seen, (Seen{"text one"}));
  EXPECT_EQ(peer_.hears(), close_frame());
}

// After a close frame it had no connection any more, and was destroyed inside its own callback.
TEST_F(WebSocketConnectionTest, may_be_given_up_when_it_hears_of_its_end) {
  handler_.at_event = [&] { WebSocketConnection::retire(std::move(websocket_)); };
  says(client_close() + client_text("ignored"));
  EXPECT_EQ(handler_.seen, (Seen{"end"}));
  EXPECT_EQ(peer_.hears(), close_frame());
}

TEST_F(WebSocketConnectionTest, may_be_closed_when_it_hears_of_a_bad_frame) {
  handler_.at_event = [&] { WebSocketConnection::close(std::move(websocket_)); };
  says(client_text("\xff"));
  EXPECT_EQ(peer_.hears(), close_frame(1007));
}

TEST_F(WebSocketConnectionTest, bytes_behind_the_upgrade_request_are_replayed) {
  turn(loop_, [&] { websocket_->replay(client_text("early") + client_text("cut").substr(0, 4)); });
  says(client_text("cut").substr(4));
  EXPECT_EQ(handler_.seen, (Seen{"text early", "text cut"}));
}

TEST_F(WebSocketConnectionTest, another_handler_may_take_over_between_two_messages) {
  TestHandler second;
  handler_.at_event = [&] { websocket_->set_handler(&second); };
  says(client_text("one") + client_text("two"));
  EXPECT_EQ(handler_.seen, (Seen{"text one"}));
  EXPECT_EQ(second.seen, (Seen{"text two"}));
}

// RFC7692§6
TEST_F(WebSocketConnectionTest, compressed_messages_are_inflated_where_that_was_agreed) {
  support::MemoryPeer peer(loop_);
  TestHandler handler;
  std::unique_ptr<WebSocketConnection> websocket;
  const std::string hello{"\xF2\x48\xCD\xC9\xC9\x07\x00", 7};
  turn(loop_, [&] {
    websocket = std::make_unique<WebSocketConnection>(peer.connect(), context_, true);
    websocket->set_handler(&handler);
    peer.says(ClientFrame{.payload = hello, .reserved = 4}.bytes() + client_text("plain") +
              ClientFrame{.payload = "\xFF", .reserved = 4}.bytes() + client_text("ignored"));
  });
  EXPECT_EQ(handler.seen, (Seen{"text Hello", "text plain", "end"}));
  EXPECT_EQ(handler.end->code, 1007);
  EXPECT_EQ(peer.hears(), close_frame(1007));
  says(ClientFrame{.payload = hello, .reserved = 4}.bytes());
  EXPECT_EQ(handler_.end->code, 1002);
}

TEST(WebSocketConnectionSize, is_that_of_a_small_block) { EXPECT_LE(sizeof(WebSocketConnection), 56U); }

// ---- the handshake

HttpRequest upgrade_request() {
  HttpRequest request;
  request.message.method(http::verb::get);
  request.message.set(http::field::upgrade, "WebSocket");
  request.message.set(http::field::sec_websocket_key, "dGhlIHNhbXBsZSBub25jZQ==");
  request.message.set(http::field::sec_websocket_version, "13");
  return request;
}

// RFC6455§4.2.1
TEST(WebSocketHandshake, bad_requests_are_refused_with_the_words_clients_know) {
  HttpRequest request = upgrade_request();
  EXPECT_EQ(websocket_terms(request).refusal, "");
  const auto refused = [&](std::string_view status, std::string_view why) {
    const std::string answer = websocket_terms(request).refusal;
    return answer.starts_with("HTTP/1.1 " + std::string(status) + "\r\nConnection: close\r\n") &&
           answer.ends_with("\r\n\r\n" + std::string(why));
  };
  request.message.set(http::field::sec_websocket_extensions, "foo;");
  EXPECT_TRUE(refused("400 Bad Request", "Invalid or unacceptable Sec-WebSocket-Extensions header"));
  request.message.set(http::field::sec_websocket_protocol, "a, a");
  EXPECT_TRUE(refused("400 Bad Request", "Invalid Sec-WebSocket-Protocol header"));
  request.message.set(http::field::sec_websocket_version, "12");
  EXPECT_TRUE(refused("400 Bad Request", "Missing or invalid Sec-WebSocket-Version header"));
  EXPECT_NE(websocket_terms(request).refusal.find("\r\nSec-WebSocket-Version: 13, 8\r\n"), std::string::npos);
  request.message.set(http::field::sec_websocket_key, "short");
  EXPECT_TRUE(refused("400 Bad Request", "Missing or invalid Sec-WebSocket-Key header"));
  request.message.set(http::field::upgrade, "h2c");
  EXPECT_TRUE(refused("400 Bad Request", "Invalid Upgrade header"));
  request.message.version(10);
  EXPECT_TRUE(refused("400 Bad Request", "Invalid HTTP version"));
  request.message.method(http::verb::post);
  EXPECT_TRUE(refused("405 Method Not Allowed", "Invalid HTTP method"));
}

// RFC6455§11.3
TEST(WebSocketHandshake, lists_may_be_split_and_what_is_no_list_may_not_be_there_twice) {
  HttpRequest request = upgrade_request();
  request.message.insert("Sec-WebSocket-Protocol", "a");
  request.message.insert("Sec-WebSocket-Protocol", "b");
  request.message.insert("Sec-WebSocket-Extensions", "foo");
  request.message.insert("Sec-WebSocket-Extensions", "permessage-deflate");
  const WebSocketTerms terms = websocket_terms(request, true);
  EXPECT_EQ(terms.refusal, "");
  EXPECT_EQ(terms.protocol, "a");
  EXPECT_TRUE(terms.extensions.deflate);
  for (const std::string_view name : {"Sec-WebSocket-Key", "Sec-WebSocket-Version"}) {
    HttpRequest twice = upgrade_request();
    twice.message.insert(name, twice.header(name));
    EXPECT_NE(websocket_terms(twice).refusal, "") << name;
  }
}

// RFC6455§4.2.2
TEST(WebSocketHandshake, the_answer_names_the_key_the_first_protocol_and_further_headers) {
  loop::Loop loop(0);
  support::MemoryPeer peer(loop);
  HttpRequest request = upgrade_request();
  request.message.set(http::field::sec_websocket_protocol, "chat, superchat");
  std::unique_ptr<Connection> connection;
  turn(loop, [&] {
    connection = peer.connect();
    accept_websocket(*connection, request, websocket_terms(request), {{"X", "y"}});
  });
  EXPECT_EQ(
      peer.hears(),
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
      "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nSec-WebSocket-Protocol: chat\r\nX: y\r\n\r\n");
}

}  // namespace
}  // namespace roomcast::net
