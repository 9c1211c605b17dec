// Compressed messages: RFC7692§6 and §7.2.
#include <random>

#include <protocol/websocket/deflate.hpp>
#include <support/deflated.hpp>

#include "decoding.hpp"

namespace roomcast::websocket {
namespace {

using namespace std::string_literals;
using support::client_ping;
using support::client_text;
using support::ClientFrame;
using support::deflated;

constexpr std::uint8_t rsv1 = 4;
constexpr std::size_t limit = 100'000;

std::string compressed_frame(std::string payload, Opcode opcode = Opcode::text) {
  return ClientFrame{.opcode = opcode, .payload = std::move(payload), .reserved = rsv1}.bytes();
}

std::string random_bytes(std::size_t size) {
  std::mt19937 random(7);
  std::string bytes(size, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random());
  return bytes;
}

/// What a decoder that knows of compression, and an inflater, make of `wire`, cut into pieces of `size`.
Trace received_in_pieces(std::string_view wire, std::size_t size) {
  FrameDecoder decoder(limit, true);
  Inflater inflater;
  Trace trace;
  const auto failed = [&](Error error) { trace.push_back(error_line(error)); };
  for (std::size_t at = 0; at < wire.size(); at += size) {
    std::string piece(wire.substr(at, size));
    std::span<char> input(piece);
    for (;;) {
      auto event = decoder.next(input);
      if (event.has_error()) return failed(static_cast<Error>(event.error().value())), trace;
      if (!*event) break;
      if ((*event)->compressed) {
        if (const auto error = inflater.inflate(**event, limit)) return failed(*error), trace;
      }
      trace.push_back(describe(**event));
    }
  }
  return trace;
}

/// The same for every way to cut it.
Trace received(std::string_view wire) {
  const Trace whole = received_in_pieces(wire, std::max<std::size_t>(wire.size(), 1));
  for (const std::size_t size : {1u, 2u, 3u, 7u, 64u, 1000u})
    EXPECT_EQ(received_in_pieces(wire, size), whole) << "in pieces of " << size;
  return whole;
}

void expect_error(const std::string& wire, Error error) {
  EXPECT_EQ(received(client_text("before") + wire), (Trace{"text before", error_line(error)}));
}

// RFC7692§7.2.3, the examples.
TEST(Inflater, reads_the_examples_of_the_rfc) {
  const Trace hello{"text Hello"};
  EXPECT_EQ(received(compressed_frame("\xF2\x48\xCD\xC9\xC9\x07\x00"s)), hello);
  EXPECT_EQ(received(ClientFrame{.payload = "\xF2\x48\xCD"s, .final = false, .reserved = rsv1}.bytes() +
                     ClientFrame{.opcode = Opcode::continuation, .payload = "\xC9\xC9\x07\x00"s}.bytes()),
            hello);
  EXPECT_EQ(received(compressed_frame("\x00\x05\x00\xFA\xFF\x48\x65\x6C\x6C\x6F\x00"s)), hello);  // §7.2.3.3
  EXPECT_EQ(received(compressed_frame("\xF3\x48\xCD\xC9\xC9\x07\x00\x00"s)), hello);              // §7.2.3.4
  EXPECT_EQ(received(compressed_frame("\xF2\x48\x05\x00\x00\x00\xFF\xFF\xCA\xC9\xC9\x07\x00"s)),
            hello);                                                  // §7.2.3.5
  EXPECT_EQ(received(compressed_frame("\x00"s)), (Trace{"text "}));  // §7.2.3.6
}

// RFC7692§7.2.3.4: blocks may follow the last one of a DEFLATE stream.
TEST(Inflater, goes_on_behind_a_final_block) {
  EXPECT_EQ(received(compressed_frame("\xF3\x48\xCD\xC9\xC9\x07\x00"s + "\xF2\x48\xCD\xC9\xC9\x07\x00"s)),
            (Trace{"text HelloHello"}));
}

TEST(Inflater, takes_what_the_official_server_takes) {
  EXPECT_EQ(received(compressed_frame("")), (Trace{"text "}));
  EXPECT_EQ(received(compressed_frame("\xF3\x48\xCD\xC9\xC9\x07\x00"s)),
            (Trace{"text Hello"}));  // no 00 behind
}

TEST(Inflater, messages_of_every_size_come_out_as_they_went_in) {
  Inflater inflater;
  for (const std::size_t size : {0u, 1u, 15u, 16'383u, 16'384u, 16'385u, 65'536u, 100'000u})
    for (const std::string& message : {std::string(size, 'x'), random_bytes(size)}) {
      const std::string payload = deflated(message);
      Event event{Event::Kind::binary, payload, 0, true};
      ASSERT_EQ(inflater.inflate(event, limit), std::nullopt) << size;
      EXPECT_EQ(event.payload, message) << size;
      EXPECT_FALSE(event.compressed);
    }
}

TEST(Inflater, compressed_and_plain_messages_and_pings_may_alternate) {
  const std::string payload = deflated("compressed");
  EXPECT_EQ(received(client_text("plain") + compressed_frame(payload) +
                     ClientFrame{.payload = payload.substr(0, 4), .final = false, .reserved = rsv1}.bytes() +
                     client_ping("between") +
                     ClientFrame{.opcode = Opcode::continuation, .payload = "", .final = false}.bytes() +
                     ClientFrame{.opcode = Opcode::continuation, .payload = payload.substr(4)}.bytes() +
                     compressed_frame(deflated("\xFF"), Opcode::binary) + client_text("plain")),
            (Trace{"text plain", "text compressed", "ping between", "text compressed", "binary \xFF",
                   "text plain"}));
}

// RFC7692§6.1: "the RSV1 bit … only on the first fragment"; RFC6455§5.2 for the others.
TEST(Inflater, the_bit_stands_on_a_messages_first_frame_only) {
  const std::string begun = ClientFrame{.payload = "a", .final = false}.bytes();
  expect_error(begun + ClientFrame{.opcode = Opcode::continuation, .reserved = rsv1}.bytes(),
               Error::misplaced_compression);
  for (const Opcode control : {Opcode::ping, Opcode::pong, Opcode::close})
    expect_error(ClientFrame{.opcode = control, .reserved = rsv1}.bytes(), Error::misplaced_compression);
  for (const std::uint8_t bits : {1, 2, 3, 5, 6, 7})
    expect_error(ClientFrame{.payload = "x", .reserved = bits}.bytes(), Error::reserved_bits);
}

// RFC6455§8.1, for the text that was compressed.
TEST(Inflater, text_is_checked_when_it_is_inflated) {
  EXPECT_EQ(received(compressed_frame(deflated("gr\xC3\xBC\xC3\x9F"))), (Trace{"text gr\xC3\xBC\xC3\x9F"}));
  expect_error(compressed_frame(deflated("\xFF")), Error::invalid_utf8);
  expect_error(compressed_frame(deflated("cut \xE2\x82")), Error::invalid_utf8);
}

TEST(Inflater, what_is_no_deflate_data_is_refused_with_1007) {
  EXPECT_EQ(close_code(Error::invalid_deflate), 1007);
  expect_error(compressed_frame("\xFF\xFF\xFF"), Error::invalid_deflate);
  expect_error(compressed_frame("\x07"), Error::invalid_deflate);
  // A reference to an earlier message, which the client was told not to make.
  expect_error(compressed_frame("\xF2\x00\x11\x00\x00"s), Error::invalid_deflate);
  // ws hands out what there is.
  const std::string whole = deflated(random_bytes(1000));
  expect_error(compressed_frame(whole.substr(0, 500), Opcode::binary), Error::invalid_deflate);
}

// RFC6455§10.4
TEST(Inflater, what_is_too_large_is_refused_before_it_is_made) {
  EXPECT_EQ(received(compressed_frame(deflated(std::string(limit, 'x')))),
            (Trace{"text " + std::string(limit, 'x')}));
  expect_error(compressed_frame(deflated(std::string(limit + 1, 'x'))), Error::message_too_large);
  expect_error(compressed_frame(deflated(std::string(50'000'000, 'x'))), Error::message_too_large);
}

TEST(Inflater, an_error_leaves_nothing_behind) {
  Inflater inflater;
  for (int round = 0; round < 3; ++round) {
    for (const std::string& bad :
         {"\xFF\xFF"s, deflated(std::string(limit + 1, 'x')), deflated("x").substr(0, 1)}) {
      Event event{Event::Kind::binary, bad, 0, true};
      EXPECT_NE(inflater.inflate(event, limit), std::nullopt);
    }
    const std::string good = deflated("good");
    Event event{Event::Kind::text, good, 0, true};
    EXPECT_EQ(inflater.inflate(event, limit), std::nullopt);
    EXPECT_EQ(event.payload, "good");
  }
}

TEST(Deflater, makes_what_a_peer_can_inflate_each_message_by_itself) {
  Deflater deflater(1);
  for (const std::size_t size : {20u, 1000u, 16'384u, 100'000u, 3'000'000u}) {
    const std::string message(size, 'x');
    for (int twice = 0; twice < 2; ++twice) {
      const auto payload = deflater.deflate(message);
      ASSERT_TRUE(payload) << size;
      EXPECT_LT(payload->size(), size);
      EXPECT_EQ(support::inflated(std::string(*payload)), message);
    }
  }
}

TEST(Deflater, makes_nothing_that_is_not_shorter) {
  Deflater deflater(9);
  EXPECT_EQ(deflater.deflate(""), std::nullopt);
  EXPECT_EQ(deflater.deflate("a"), std::nullopt);
  EXPECT_EQ(deflater.deflate(random_bytes(1000)), std::nullopt);
  EXPECT_EQ(deflater.deflate(random_bytes(100'000)), std::nullopt);
  EXPECT_TRUE(deflater.deflate("aaaaaaaaaaaaaaaaaaaaaaaa"));
}

}  // namespace
}  // namespace roomcast::websocket
