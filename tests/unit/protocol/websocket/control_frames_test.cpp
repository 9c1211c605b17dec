// Close, ping and pong: RFC6455§5.5 and §7.
#include "decoding.hpp"

namespace roomcast::websocket {
namespace {

using namespace std::string_literals;
using support::client_close;
using support::client_ping;
using support::client_pong;
using support::client_text;
using support::ClientFrame;

// RFC6455§5.5: at most 125 bytes, never fragmented.
TEST(ControlFrames, hold_at_most_125_bytes) {
  EXPECT_EQ(decode(client_ping(std::string(125, 'p'))), (Trace{"ping " + std::string(125, 'p')}));
  expect_refused(client_ping(std::string(126, 'p')), Error::control_too_long);
  expect_refused(client_pong(std::string(70'000, 'p')), Error::control_too_long);
  expect_refused(client_close(1000, std::string(124, 'r')), Error::control_too_long);
}

TEST(ControlFrames, are_never_fragmented) {
  for (const Opcode opcode : {Opcode::close, Opcode::ping, Opcode::pong})
    expect_refused(ClientFrame{.opcode = opcode, .final = false}.bytes(), Error::fragmented_control);
}

// RFC6455§5.5.2 and §5.5.3.
TEST(ControlFrames, carry_any_bytes_in_pings_and_pongs) {
  EXPECT_EQ(decode(client_ping() + client_pong() + client_ping("\xFF\0\x80"s) + client_pong("abc")),
            (Trace{"ping ", "pong ", "ping \xFF\0\x80"s, "pong abc"}));
}

// RFC6455§5.5.1 and §7.1.5.
TEST(ControlFrames, close_with_a_code_and_a_reason_or_without) {
  EXPECT_EQ(decode(client_close()), (Trace{"close 1005 "}));
  EXPECT_EQ(decode(client_close(1000)), (Trace{"close 1000 "}));
  EXPECT_EQ(decode(client_close(1001, "going \xE2\x82\xAC away")),
            (Trace{"close 1001 going \xE2\x82\xAC away"}));
  EXPECT_EQ(decode(client_close(4999, std::string(123, 'r'))),
            (Trace{"close 4999 " + std::string(123, 'r')}));
}

// RFC6455§5.5.1: "the first two bytes MUST be a 2-byte unsigned integer".
TEST(ControlFrames, refuse_half_a_close_code) {
  expect_refused(ClientFrame{.opcode = Opcode::close, .payload = "\x03"}.bytes(), Error::bad_close_payload);
}

// RFC6455§7.4.1 and §7.4.2.
TEST(ControlFrames, close_only_with_codes_that_may_be_sent) {
  for (const int code :
       {1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999})
    EXPECT_EQ(decode(client_close(code)), (Trace{"close " + std::to_string(code) + " "}));
  for (const int code : {1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535})
    expect_refused(client_close(code), Error::bad_close_code);
  expect_refused(ClientFrame{.opcode = Opcode::close, .payload = "\0\0"s}.bytes(), Error::bad_close_code);
}

// RFC6455§5.5.1: the reason is UTF-8.
TEST(ControlFrames, refuse_a_reason_that_is_not_utf8) {
  expect_refused(client_close(1000, "\xFF"), Error::invalid_utf8);
  expect_refused(client_close(1000, "cut \xE2\x82"), Error::invalid_utf8);
}

// RFC6455§5.5.1: after a close frame the peer sends nothing more; if it does, nobody reads it.
TEST(ControlFrames, nothing_counts_behind_a_close) {
  EXPECT_EQ(decode(client_text("a") + client_close(1000) + client_text("b") + client_close(1001)),
            (Trace{"text a", "close 1000 "}));
  EXPECT_EQ(decode(client_close() + "\xFF\xFF\xFF\xFF"), (Trace{"close 1005 "}));
}

// RFC6455§7.4.1: the codes that we close with.
TEST(ControlFrames, every_error_has_its_close_code) {
  EXPECT_EQ(close_code(Error::message_too_large), 1009);
  EXPECT_EQ(close_code(Error::invalid_utf8), 1007);
  for (const Error error : {Error::reserved_bits, Error::unknown_opcode, Error::unmasked_frame,
                            Error::fragmented_control, Error::control_too_long, Error::length_not_minimal,
                            Error::length_too_large, Error::unexpected_continuation,
                            Error::expected_continuation, Error::bad_close_payload, Error::bad_close_code}) {
    EXPECT_EQ(close_code(error), 1002);
    EXPECT_NE(make_error_code(error).message().find("RFC6455"), std::string::npos);
  }
}

}  // namespace
}  // namespace roomcast::websocket
