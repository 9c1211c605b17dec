// Framing, masking, lengths and fragmentation: RFC6455§5.1-5.4.
#include "decoding.hpp"

namespace roomcast::websocket {
namespace {

using namespace std::string_literals;
using support::client_binary;
using support::client_ping;
using support::client_text;
using support::ClientFrame;

ClientFrame first(std::string payload, Opcode opcode = Opcode::text) {
  return {.opcode = opcode, .payload = std::move(payload), .final = false};
}
ClientFrame more(std::string payload) {
  return {.opcode = Opcode::continuation, .payload = std::move(payload), .final = false};
}
ClientFrame last(std::string payload) {
  return {.opcode = Opcode::continuation, .payload = std::move(payload)};
}

// RFC6455§5.7, the examples.
TEST(FrameDecoder, reads_the_examples_of_the_rfc) {
  EXPECT_EQ(decode("\x81\x85\x37\xFA\x21\x3D\x7F\x9F\x4D\x51\x58"), (Trace{"text Hello"}));
  EXPECT_EQ(decode("\x8A\x85\x37\xFA\x21\x3D\x7F\x9F\x4D\x51\x58"), (Trace{"pong Hello"}));
  EXPECT_EQ(decode(first("Hel").bytes() + last("lo").bytes()), (Trace{"text Hello"}));
}

TEST(FrameDecoder, says_nothing_of_no_bytes) {
  EXPECT_EQ(decode(""), Trace{});
  FrameDecoder decoder(100);
  EXPECT_FALSE(decoder.in_message());
}

TEST(FrameDecoder, reads_messages_back_to_back) {
  EXPECT_EQ(decode(client_text("one") + client_binary("\0\xFF"s) + client_text("") + client_text("four")),
            (Trace{"text one", "binary \0\xFF"s, "text ", "text four"}));
}

// RFC6455§5.1: "a server MUST close the connection upon receiving a frame that is not masked".
TEST(FrameDecoder, refuses_an_unmasked_frame) {
  expect_refused(ClientFrame{.payload = "Hello", .masked = false}.bytes(), Error::unmasked_frame);
  expect_refused(ClientFrame{.payload = "", .masked = false}.bytes(), Error::unmasked_frame);
}

// RFC6455§5.2, RSV1-3: MUST be 0 unless an extension says otherwise.
TEST(FrameDecoder, refuses_every_reserved_bit) {
  for (const std::uint8_t bits : {1, 2, 3, 4, 5, 6, 7}) {
    expect_refused(ClientFrame{.payload = "x", .reserved = bits}.bytes(), Error::reserved_bits);
    expect_refused(ClientFrame{.opcode = Opcode::ping, .reserved = bits}.bytes(), Error::reserved_bits);
  }
}

// RFC6455§5.2, opcode.
TEST(FrameDecoder, refuses_every_unknown_opcode) {
  for (const int opcode : {3, 4, 5, 6, 7, 11, 12, 13, 14, 15})
    expect_refused(ClientFrame{.opcode = Opcode(opcode), .payload = "x"}.bytes(), Error::unknown_opcode);
}

// RFC6455§5.2, payload length: 7, 7+16 and 7+64 bits, at their borders.
TEST(FrameDecoder, reads_every_form_of_length) {
  for (const std::size_t size :
       {0, 1, 7, 8, 9, 124, 125, 126, 127, 128, 255, 256, 65'534, 65'535, 65'536, 70'001}) {
    std::string payload;
    for (std::size_t i = 0; i < size; ++i) payload += static_cast<char>(i * 31 + i / 256);
    const Trace trace = decode(client_binary(payload) + client_text("next"));
    EXPECT_TRUE(trace == (Trace{"binary " + payload, "text next"})) << size;
  }
}

// RFC6455§5.2: "the minimal number of bytes MUST be used".
TEST(FrameDecoder, refuses_a_length_that_is_not_minimal) {
  for (const std::size_t size : {0, 1, 125})
    expect_refused(ClientFrame{.payload = std::string(size, 'x'), .length_width = 2}.bytes(),
                   Error::length_not_minimal);
  for (const std::size_t size : {0, 125, 126, 65'535})
    expect_refused(ClientFrame{.payload = std::string(size, 'x'), .length_width = 8}.bytes(),
                   Error::length_not_minimal);
}

// RFC6455§5.2: "the most significant bit MUST be 0".
TEST(FrameDecoder, refuses_a_length_with_the_top_bit_set) {
  expect_refused("\x82\xFF\x80\0\0\0\0\1\0\0abcd"s, Error::length_too_large);
  expect_refused("\x82\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF"s, Error::length_too_large);
}

// RFC6455§5.3: the mask starts anew with each frame and runs on through every piece of it.
TEST(FrameDecoder, unmasks_with_any_key) {
  const std::string payload = "The quick brown fox jumps over the lazy dog";
  for (const std::array<std::uint8_t, 4> key :
       {std::array<std::uint8_t, 4>{0, 0, 0, 0}, {1, 2, 3, 4}, {0xFF, 0xFE, 0x80, 0x7F}}) {
    ClientFrame begin = first(payload), end = last(payload);
    begin.key = key;
    EXPECT_EQ(decode(begin.bytes() + end.bytes()), (Trace{"text " + payload + payload}));
  }
}

// RFC6455§5.4.
TEST(FrameDecoder, puts_fragments_together) {
  EXPECT_EQ(decode(first("a").bytes() + more("b").bytes() + more("").bytes() + more("cd").bytes() +
                   last("e").bytes()),
            (Trace{"text abcde"}));
  EXPECT_EQ(decode(first("", Opcode::binary).bytes() + last("").bytes() + client_text("x")),
            (Trace{"binary ", "text x"}));
  EXPECT_EQ(
      decode(first("a").bytes() + last("b").bytes() + first("c", Opcode::binary).bytes() + last("d").bytes()),
      (Trace{"text ab", "binary cd"}));
}

// RFC6455§5.4: control frames may come between fragments.
TEST(FrameDecoder, lets_control_frames_in_between_fragments) {
  EXPECT_EQ(decode(first("Hel").bytes() + client_ping("1") + more("l").bytes() + support::client_pong("2") +
                   client_ping("3") + last("o").bytes() + client_ping("4")),
            (Trace{"ping 1", "pong 2", "ping 3", "text Hello", "ping 4"}));
  EXPECT_EQ(decode(first("Hel").bytes() + support::client_close(1000)), (Trace{"close 1000 "}));
}

// RFC6455§5.4: nothing to continue, or something not yet ended.
TEST(FrameDecoder, refuses_fragments_out_of_order) {
  expect_refused(last("x").bytes(), Error::unexpected_continuation);
  expect_refused(more("x").bytes(), Error::unexpected_continuation);
  expect_refused(first("a").bytes() + client_text("b"), Error::expected_continuation);
  expect_refused(first("a").bytes() + first("b", Opcode::binary).bytes(), Error::expected_continuation);
  EXPECT_EQ(decode(first("a").bytes() + last("b").bytes() + last("c").bytes()),
            (Trace{"text ab", error_line(Error::unexpected_continuation)}));
}

// RFC6455§10.4.
TEST(FrameDecoder, takes_a_message_of_just_the_limit_and_no_more) {
  EXPECT_EQ(decode(client_text("12345"), 5), (Trace{"text 12345"}));
  EXPECT_EQ(decode(client_text("123456"), 5), (Trace{error_line(Error::message_too_large)}));
  EXPECT_EQ(decode(first("123").bytes() + last("45").bytes(), 5), (Trace{"text 12345"}));
  EXPECT_EQ(decode(first("123").bytes() + last("456").bytes(), 5),
            (Trace{error_line(Error::message_too_large)}));
  EXPECT_EQ(decode(client_text("12345") + client_text("12345"), 5), (Trace{"text 12345", "text 12345"}));
  EXPECT_EQ(decode(client_ping("control frames do not count"), 5),
            (Trace{"ping control frames do not count"}));
}

// RFC6455§10.4: the header alone tells.
TEST(FrameDecoder, refuses_a_message_over_the_limit_from_its_header) {
  const std::string huge = "\x82\xFF\x7F\xFF\xFF\xFF\xFF\xFF\xFF\xFF"s + "mask";
  EXPECT_EQ(decode(huge, 1'000'000), (Trace{error_line(Error::message_too_large)}));
  EXPECT_EQ(decode(first("1234").bytes() + "\x80\x82"s + "mask", 5),
            (Trace{error_line(Error::message_too_large)}));
}

TEST(FrameDecoder, answers_an_error_for_ever) {
  FrameDecoder decoder(5);
  Trace trace;
  EXPECT_FALSE(feed(decoder, client_text("123456"), trace));
  EXPECT_FALSE(feed(decoder, client_text("ok"), trace));
  EXPECT_EQ(trace, (Trace(2, error_line(Error::message_too_large))));
}

TEST(FrameDecoder, hands_out_whole_frames_where_they_lie) {
  std::string wire = client_text("first") + client_binary("second") + client_ping("third");
  std::span<char> input(wire);
  FrameDecoder decoder(100);
  for (int i = 0; i < 3; ++i) {
    const auto event = decoder.next(input);
    ASSERT_TRUE(event && *event);
    EXPECT_GE((*event)->payload.data(), wire.data());
    EXPECT_LT((*event)->payload.data(), wire.data() + wire.size());
  }
}

TEST(FrameDecoder, moves_with_what_it_holds) {
  const std::string wire = first("moved ").bytes() + last("message").bytes();
  FrameDecoder before(100);
  Trace trace;
  feed(before, std::string_view(wire).substr(0, 9), trace);
  FrameDecoder after(std::move(before));
  feed(after, std::string_view(wire).substr(9), trace);
  EXPECT_EQ(trace, (Trace{"text moved message"}));
}

TEST(FrameDecoder, is_small) { EXPECT_LE(sizeof(FrameDecoder), 24u); }

}  // namespace
}  // namespace roomcast::websocket
