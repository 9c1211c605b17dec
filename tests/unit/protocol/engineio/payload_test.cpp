// Packets and polling bodies. Engine.IO v4, "Protocol" and "HTTP long-polling".
#include <string>

#include <gtest/gtest.h>

#include <protocol/engineio/payload.hpp>

namespace roomcast::engineio {
namespace {

using namespace std::string_literals;

/// The packets of a body in one line, e.g. `4:a 4b:bytes error`.
std::string read(std::string_view body) {
  PayloadReader reader(body);
  std::string trace;
  for (;;) {
    const auto packet = reader.next();
    if (packet.has_error()) return trace + "error: " + packet.error().message();
    if (!*packet) return trace;
    trace += static_cast<char>('0' + static_cast<int>((*packet)->type));
    trace += ((*packet)->binary ? "b:" : ":") + std::string((*packet)->data) + " ";
  }
}

TEST(Packet, text_is_read_in_place_and_only_base64_uses_the_scratch) {
  std::string scratch = "untouched";
  const std::string text = "4hello";
  const auto packet = decode(text, scratch);
  ASSERT_TRUE(packet);
  EXPECT_EQ(packet->data.data(), text.data() + 1);
  EXPECT_EQ(scratch, "untouched");
  const auto binary = decode("bAQID", scratch);
  ASSERT_TRUE(binary);
  EXPECT_EQ(binary->data.data(), scratch.data());
  EXPECT_EQ(scratch, "\x01\x02\x03");
}

TEST(Packet, of_every_first_byte_is_a_packet_or_an_error) {
  std::string scratch;
  for (int first = 0; first < 256; ++first) {
    const auto packet = decode(std::string(1, static_cast<char>(first)), scratch);
    const bool good = (first >= '0' && first <= '6') || first == 'b';
    ASSERT_EQ(packet.has_value(), good) << first;
    if (!good) {
      EXPECT_EQ(packet.error(), Error::unknown_type);
    }
  }
  EXPECT_EQ(decode("", scratch).error(), Error::empty_packet);
}

TEST(Payload, packets_are_read_one_after_the_other) {
  EXPECT_EQ(read("4a"), "4:a ");
  EXPECT_EQ(read("4hello\x1E"
                 "bAQIDBA==\x1E"
                 "4x"),
            "4:hello 4b:\x01\x02\x03\x04 4:x ");
  EXPECT_EQ(read("4\x1E"
                 "4"),
            "4: 4: ");
}

TEST(Payload, the_packets_before_a_bad_one_count) {
  EXPECT_EQ(read("4a\x1Exbad\x1E"
                 "4c"),
            "4:a error: packet of an unknown type");
}

TEST(Payload, an_empty_packet_is_a_bad_one_wherever_it_is) {
  EXPECT_EQ(read(""), "error: empty packet");
  EXPECT_EQ(read("\x1E"
                 "4a"),
            "error: empty packet");
  EXPECT_EQ(read("4a\x1E"), "4:a error: empty packet");
  EXPECT_EQ(read("4a\x1E\x1E"
                 "4b"),
            "4:a error: empty packet");
}

TEST(Payload, the_end_and_an_error_are_final) {
  PayloadReader good("4a");
  EXPECT_TRUE(*good.next());
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(*good.next());
  PayloadReader bad(
      "x\x1E"
      "4a");
  for (int i = 0; i < 3; ++i) EXPECT_EQ(bad.next().error(), Error::unknown_type);
}

TEST(Payload, written_packets_are_read_back) {
  std::string body;
  append_to_payload("4a", body);
  append_to_payload(binary_as_text("\0\x1E\xFF"s), body);
  append_to_payload(noop_packet, body);
  EXPECT_EQ(body,
            "4a\x1E"
            "bAB7/\x1E"
            "6");
  EXPECT_EQ(read(body), "4:a 4b:\0\x1E\xFF 6: "s);
  EXPECT_EQ(join_payload({}), "");
}

}  // namespace
}  // namespace roomcast::engineio
