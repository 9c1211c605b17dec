// The codec against the official engine.io-parser: every line of engineio-v4-codec.json.
#include <string>
#include <vector>

#include <boost/json/serialize.hpp>
#include <gtest/gtest.h>

#include <protocol/engineio/payload.hpp>
#include <support/vectors.hpp>

#include "vector_packets.hpp"

namespace roomcast::engineio {
namespace {

namespace json = boost::json;

const json::object& vectors() {
  static const json::value file = support::load_vectors("engineio-v4-codec.json");
  return file.as_object();
}

TEST(CodecVectors, every_packet_is_written_as_the_official_parser_writes_it) {
  int compared = 0;
  for (const json::value& line : vectors().at("encode_packet").as_array()) {
    SCOPED_TRACE(json::serialize(line));
    const OwnedPacket packet = packet_of(line.at("packet"));
    std::string text;
    encode(packet.view(), text);
    EXPECT_EQ(text, bytes_of(line.at("polling").at("utf8_b64")));
    if (packet.binary) {
      EXPECT_EQ(packet.data, bytes_of(line.at("ws").at("b64")));
      EXPECT_EQ(text, binary_as_text(packet.data));
    } else {
      EXPECT_EQ(text, bytes_of(line.at("ws").at("utf8_b64")));
    }
    ++compared;
  }
  EXPECT_EQ(compared, 33);
}

TEST(CodecVectors, every_payload_is_written_as_the_official_parser_writes_it) {
  for (const json::value& line : vectors().at("encode_payload").as_array()) {
    SCOPED_TRACE(json::serialize(line));
    std::vector<std::string> encoded;
    for (const json::value& packet : line.at("packets").as_array())
      encode(packet_of(packet).view(), encoded.emplace_back());
    const std::vector<std::string_view> views(encoded.begin(), encoded.end());
    EXPECT_EQ(join_payload(views), bytes_of(line.at("payload").at("utf8_b64")));
  }
}

TEST(CodecVectors, every_packet_is_read_as_the_official_parser_reads_it) {
  for (const json::value& line : vectors().at("decode_packet_text").as_array()) {
    SCOPED_TRACE(json::serialize(line));
    const std::string text = bytes_of(line.at("input").at("utf8_b64"));
    const json::value& expected = line.at("packets").at(0);
    std::string scratch;
    const auto packet = decode(text, scratch);
    ASSERT_EQ(packet.has_error(), is_error(expected));
    if (packet) expect_same(*packet, packet_of(expected));
  }
}

TEST(CodecVectors, every_payload_is_read_as_the_official_parser_reads_it) {
  for (const json::value& line : vectors().at("decode_payload").as_array()) {
    SCOPED_TRACE(json::serialize(line));
    const std::string body = bytes_of(line.at("input").at("utf8_b64"));
    PayloadReader reader(body);
    bool failed = false;
    for (const json::value& expected : line.at("packets").as_array()) {
      const auto packet = reader.next();
      failed = packet.has_error();
      ASSERT_EQ(failed, is_error(expected));
      if (failed) break;
      ASSERT_TRUE(*packet);
      expect_same(**packet, packet_of(expected));
    }
    const auto end = reader.next();
    if (failed) {
      EXPECT_TRUE(end.has_error());
    } else {
      EXPECT_TRUE(end && !*end);
    }
  }
}

}  // namespace
}  // namespace roomcast::engineio
