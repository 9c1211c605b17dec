// What the server writes: RFC6455§5.2, §5.5 and §5.7.
#include <string>

#include <gtest/gtest.h>

#include <protocol/websocket/frame_header.hpp>

namespace roomcast::websocket {
namespace {

using namespace std::string_literals;

// RFC6455§5.7, the unmasked examples.
TEST(FrameHeader, is_as_in_the_examples_of_the_rfc) {
  EXPECT_EQ(server_header(Opcode::text, 5).view(), "\x81\x05");
  EXPECT_EQ(server_header(Opcode::binary, 256).view(), "\x82\x7E\x01\0"s);
  EXPECT_EQ(server_header(Opcode::binary, 65536).view(), "\x82\x7F\0\0\0\0\0\x01\0\0"s);
}

// RFC6455§5.2: the shortest form of length.
TEST(FrameHeader, uses_the_shortest_form_of_length) {
  EXPECT_EQ(server_header(Opcode::text, 0).view(), "\x81\0"s);
  EXPECT_EQ(server_header(Opcode::text, 125).view(), "\x81\x7D");
  EXPECT_EQ(server_header(Opcode::text, 126).view(), "\x81\x7E\0\x7E"s);
  EXPECT_EQ(server_header(Opcode::text, 65535).view(), "\x81\x7E\xFF\xFF");
  EXPECT_EQ(server_header(Opcode::text, 0x1234567890).view(), "\x81\x7F\0\0\0\x12\x34\x56\x78\x90"s);
}

// RFC7692§6.
TEST(FrameHeader, marks_a_compressed_message) {
  EXPECT_EQ(server_header(Opcode::text, 5, true).view(), "\xC1\x05");
  EXPECT_EQ(server_header(Opcode::binary, 256, true).view(), "\xC2\x7E\x01\0"s);
}

// RFC6455§5.5.1.
TEST(FrameHeader, closes_with_a_code_and_a_reason_or_without) {
  EXPECT_EQ(close_frame(), "\x88\0"s);
  EXPECT_EQ(close_frame(1000), "\x88\x02\x03\xE8");
  EXPECT_EQ(close_frame(4000, "bye"),
            "\x88\x05\x0F\xA0"
            "bye");
}

// RFC6455§5.5: 125 bytes at most, and the reason stays UTF-8.
TEST(FrameHeader, cuts_a_long_reason_between_characters) {
  EXPECT_EQ(close_frame(1000, std::string(200, 'r')), "\x88\x7D\x03\xE8" + std::string(123, 'r'));
  std::string euros;
  for (int i = 0; i < 60; ++i) euros += "\xE2\x82\xAC";
  EXPECT_EQ(close_frame(1000, "x" + euros), "\x88\x7B\x03\xE8x" + euros.substr(0, 40 * 3));
}

// RFC6455§5.5.3.
TEST(FrameHeader, echoes_a_ping) { EXPECT_EQ(pong_frame("Hello"), "\x8A\x05Hello"); }

}  // namespace
}  // namespace roomcast::websocket
