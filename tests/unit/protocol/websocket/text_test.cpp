// UTF-8 in text messages: RFC6455§5.6 and §8.1.
#include "decoding.hpp"

namespace roomcast::websocket {
namespace {

using support::client_binary;
using support::client_text;
using support::ClientFrame;

const std::string mixed = "ascii, \xC3\xBC, \xE2\x82\xAC, \xF0\x9F\x98\x80 and more ascii to fill some words";

std::string in_fragments(std::string_view payload, std::size_t size, Opcode opcode = Opcode::text) {
  std::string wire;
  for (std::size_t at = 0; at < payload.size(); at += size)
    wire += ClientFrame{.opcode = at == 0 ? opcode : Opcode::continuation,
                        .payload = std::string(payload.substr(at, size)),
                        .final = at + size >= payload.size()}
                .bytes();
  return wire;
}

TEST(Text, is_utf8) {
  EXPECT_EQ(decode(client_text(mixed)), (Trace{"text " + mixed}));
  for (const char* bad :
       {"\xFF", "\xC0\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80", "ok until \x80", "cut \xE2\x82"})
    expect_refused(client_text(bad), Error::invalid_utf8);
}

TEST(Text, may_be_cut_inside_a_character) {
  for (const std::size_t size : {1u, 2u, 3u, 4u, 10u})
    EXPECT_EQ(decode(in_fragments(mixed, size)), (Trace{"text " + mixed}));
}

TEST(Text, must_not_end_inside_a_character) {
  for (const std::size_t size : {1u, 2u, 3u})
    expect_refused(in_fragments("cut \xF0\x9F\x98", size), Error::invalid_utf8);
}

TEST(Text, starts_anew_with_every_message) {
  EXPECT_EQ(decode(in_fragments("\xE2\x82", 2, Opcode::binary) + in_fragments("\xAC", 1, Opcode::binary) +
                   client_text("a")),
            (Trace{"binary \xE2\x82", "binary \xAC", "text a"}));
  EXPECT_EQ(decode(in_fragments("\xE2\x82\xAC", 1) + in_fragments("\xAC", 1)),
            (Trace{"text \xE2\x82\xAC", error_line(Error::invalid_utf8)}));
}

// RFC6455§8.1 asks for no more than failing; doing it early keeps a hopeless message from being collected.
TEST(Text, fails_before_the_message_is_whole) {
  const std::string wire = ClientFrame{.payload = "abc\xFFxxxxxxxx", .final = false}.bytes();
  for (std::size_t size = 0; size < wire.size(); ++size) {
    FrameDecoder decoder(1000);
    Trace trace;
    const bool bad_byte_arrived = size > 6 + 3;
    EXPECT_EQ(feed(decoder, std::string_view(wire).substr(0, size), trace), !bad_byte_arrived);
  }
}

TEST(Text, rules_do_not_bind_binary_messages) {
  EXPECT_EQ(decode(client_binary("\xFF\xFE") + in_fragments("\xC0\x80\xFF", 1, Opcode::binary)),
            (Trace{"binary \xFF\xFE", "binary \xC0\x80\xFF"}));
}

}  // namespace
}  // namespace roomcast::websocket
