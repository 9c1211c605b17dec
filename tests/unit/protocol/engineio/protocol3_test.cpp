// Engine.IO 3: every line of engineio-v3-codec.json, and what no client writes.
#include <string>
#include <vector>

#include <boost/json/serialize.hpp>
#include <gtest/gtest.h>

#include <protocol/engineio/protocol3.hpp>
#include <support/vectors.hpp>

#include "vector_packets.hpp"

namespace roomcast::engineio::v3 {
namespace {

namespace json = boost::json;

const json::object& vectors() {
  static const json::value file = support::load_vectors("engineio-v3-codec.json");
  return file.as_object();
}

// The bytes of a frame or body as the vectors have it.
std::string frame_bytes(const json::value& frame) {
  return bytes_of(frame.at(frame.at("kind") == "text" ? "utf8_b64" : "b64"));
}

// A packet as our encoders are given it: text already encoded, binary as its bytes.
std::string encoded(const OwnedPacket& packet) {
  if (packet.binary) return packet.data;
  std::string text;
  encode(packet.view(), text);
  return text;
}

std::string text_form(const OwnedPacket& packet) {
  return packet.binary ? v3::binary_as_text(engineio::binary_as_text(packet.data)) : encoded(packet);
}

template <class Reader>
void expect_packets(Reader reader, const json::array& expected) {
  bool failed = false;
  for (const json::value& one : expected) {
    const auto packet = reader.next();
    failed = packet.has_error();
    ASSERT_EQ(failed, is_error(one));
    if (failed) break;
    ASSERT_TRUE(*packet);
    expect_same(**packet, packet_of(one));
  }
  const auto end = reader.next();
  EXPECT_EQ(end.has_error(), failed);
  EXPECT_TRUE(failed || !*end);
}

TEST(Protocol3Vectors, every_packet_is_written_as_the_official_server_writes_it) {
  int compared = 0;
  for (const json::value& line : vectors().at("encode_packet").as_array()) {
    SCOPED_TRACE(json::serialize(line));
    const OwnedPacket packet = packet_of(line.at("packet"));
    EXPECT_EQ(text_form(packet), frame_bytes(line.at("ws_b64")));
    // The byte in front of a websocket's binary message is put there by the engine.
    EXPECT_EQ(packet.binary ? '\4' + packet.data : encoded(packet), frame_bytes(line.at("ws")));
    ++compared;
  }
  EXPECT_EQ(compared, 32);
}

TEST(Protocol3Vectors, every_payload_is_written_as_the_official_server_writes_it) {
  for (const json::value& line : vectors().at("encode_payload").as_array()) {
    SCOPED_TRACE(json::serialize(line));
    std::string text, octets;
    for (const json::value& one : line.at("packets").as_array()) {
      const OwnedPacket packet = packet_of(one);
      append_to_payload(text_form(packet), text);
      append_to_binary_payload(packet.binary, encoded(packet), octets);
    }
    if (text.empty()) continue;  // no poll is answered with nothing
    EXPECT_EQ(text, frame_bytes(line.at("string_b64_1")));
    const json::value& mixed = line.at("supports_binary");
    EXPECT_EQ(mixed.at("kind") == "text" ? text : octets, frame_bytes(mixed));
  }
}

TEST(Protocol3Vectors, every_packet_is_read_as_the_official_server_reads_it) {
  for (const json::value& line : vectors().at("decode_packet").as_array()) {
    SCOPED_TRACE(json::serialize(line));
    const std::string input = frame_bytes(line.at("input"));
    const json::value& expected = line.at("packets").at(0);
    std::string scratch;
    const auto packet = line.at("input").at("kind") == "text" ? decode(input, scratch) : decode_binary(input);
    ASSERT_EQ(packet.has_error(), is_error(expected));
    if (!packet) continue;
    OwnedPacket wanted = packet_of(expected);
    expect_same(*packet, wanted);
  }
}

TEST(Protocol3Vectors, every_payload_is_read_as_the_official_server_reads_it) {
  for (const json::value& line : vectors().at("decode_payload_text").as_array()) {
    SCOPED_TRACE(json::serialize(line));
    const std::string body = frame_bytes(line.at("input"));
    expect_packets(PayloadReader(body), line.at("packets").as_array());
  }
  for (const json::value& line : vectors().at("decode_payload_binary").as_array()) {
    SCOPED_TRACE(json::serialize(line));
    const std::string body = frame_bytes(line.at("input"));
    expect_packets(BinaryPayloadReader(body), line.at("packets").as_array());
  }
}

// What is read before the error, and the error.
template <class Reader>
std::string read_all(std::string_view body) {
  Reader reader(body);
  std::string seen;
  for (;;) {
    const auto packet = reader.next();
    if (packet.has_error()) return seen + "! " + packet.error().message();
    if (!*packet) return seen;
    seen += (*packet)->binary ? 'b' : static_cast<char>('0' + static_cast<int>((*packet)->type));
    seen.append((*packet)->data).append(" ");
  }
}

constexpr const char* wrong_length = "wrong length in front of a packet";

TEST(Protocol3Payload, a_length_is_digits_and_no_more_than_there_is) {
  for (const char* body : {"99999999999:4a", "18446744073709551617:4a", "-1:4a", "+2:4a", " 2:4a", "2.0:4a",
                           "0x2:4a", "2", "2:", "3:4a", "4294967298:4a"})
    EXPECT_EQ(read_all<PayloadReader>(body), std::string("! ") + wrong_length) << body;
  EXPECT_EQ(read_all<PayloadReader>("2:4a0:02:4b"), "4a 4b ");
}

TEST(Protocol3Payload, a_length_cannot_cut_a_character) {
  EXPECT_EQ(read_all<PayloadReader>("3:4\xF0\x9F\x98\x80"), "4\xF0\x9F\x98\x80 ");
  EXPECT_EQ(read_all<PayloadReader>("2:4\xF0\x9F\x98\x80"), std::string("! ") + wrong_length);
}

TEST(Protocol3Payload, binary_lengths_are_digits_and_no_more_than_there_is) {
  using namespace std::string_literals;
  for (const std::string& body : {"\0"s, "\0\2"s, "\0\xFF"s,
                                  "\0\xFF"
                                  "4a"s,
                                  "\0\x0A\xFF"
                                  "4a"s,
                                  "\0\3\xFF"
                                  "4a"s,
                                  "\1\1\1\1\1\1\1\1\1\1\1\1\xFF"s, "\0\2\0374a"s})
    EXPECT_EQ(read_all<BinaryPayloadReader>(body), std::string("! ") + wrong_length);
  EXPECT_EQ(read_all<BinaryPayloadReader>(""), "");
  EXPECT_EQ(read_all<BinaryPayloadReader>("\0\2\xFF"
                                          "4\xE9"s),
            "! text that is not UTF-8");
  EXPECT_EQ(read_all<BinaryPayloadReader>("\0\2\xFF"
                                          "4a\0\0\xFF"s),
            "4a ! empty packet");
  // Only messages have bytes.
  EXPECT_EQ(read_all<BinaryPayloadReader>("\1\3\xFF\2\xFF\xFE\1\2\xFF\4x"s), "2 bx ");
  // A binary packet without a type, or of none there is, is ignored.
  EXPECT_EQ(read_all<BinaryPayloadReader>("\1\0\xFF\1\1\xFF\x07\1\2\xFF\4x"s), "6 6 bx ");
}

// A body that ends too early never reads more than the whole one, and only its last packet may be in doubt.
TEST(Protocol3Payload, cut_anywhere_gives_the_packets_before_the_cut) {
  using namespace std::string_literals;
  const std::string text =
      "6:4hello2:4\xE2\x82\xAC"
      "10:b4AQIDBA==0:1:2";
  const std::string octets =
      "\0\4\xFF"
      "4\xE2\x82\xAC\1\5\xFF\4\1\2\3\4\0\1\xFF"
      "2"s;
  const std::string all_text = read_all<PayloadReader>(text),
                    all_octets = read_all<BinaryPayloadReader>(octets);
  ASSERT_EQ(all_text.find('!'), std::string::npos);
  ASSERT_EQ(all_octets.find('!'), std::string::npos);
  for (std::size_t cut = 1; cut < text.size(); ++cut) {
    if ((static_cast<unsigned char>(text[cut]) & 0xC0) == 0x80) continue;  // bodies are made UTF-8 before
    const std::string seen = read_all<PayloadReader>(text.substr(0, cut));
    EXPECT_TRUE(all_text.starts_with(seen.substr(0, seen.find('!')))) << cut;
  }
  for (std::size_t cut = 1; cut < octets.size(); ++cut) {
    const std::string seen = read_all<BinaryPayloadReader>(octets.substr(0, cut));
    EXPECT_TRUE(all_octets.starts_with(seen.substr(0, seen.find('!')))) << cut;
  }
}

}  // namespace
}  // namespace roomcast::engineio::v3
