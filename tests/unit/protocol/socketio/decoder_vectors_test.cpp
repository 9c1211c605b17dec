#include <map>
#include <string>

#include <gtest/gtest.h>

#include <protocol/socketio/decoder.hpp>
#include <support/vectors.hpp>

#include "frames.hpp"

namespace roomcast::socketio {
namespace {

/// What Node accepts and we refuse, on purpose.
const std::map<std::string, Error> refused = {
    // JavaScript's Number() takes whitespace for 0 and more than digits for a number. No client sends it.
    {"empty string", Error::unknown_type},
    {"type space: Number(' ') is 0, a CONNECT", Error::unknown_type},
    {"type space then json", Error::unknown_type},
    {"type tab is CONNECT", Error::unknown_type},
    {"event leading space read as part of ack id, then json", Error::bad_id},
    {"event tab read as id, then json", Error::bad_id},
    {"event BOM before json", Error::invalid_payload},
    {"event nbsp before json", Error::invalid_payload},
    {"binary event exponent count", Error::bad_attachment_count},
    {"binary event hex count", Error::bad_attachment_count},
    {"binary event padded count", Error::bad_attachment_count},
    // It could not be answered: as a double it has lost the digits that the client waits for.
    {"event ack id huge", Error::bad_id},
    // Attachment number 0.5 is `undefined` in JavaScript.
    {"binary event num float", Error::bad_placeholder},
};

/// What we decode alike but would relay with other bytes than Node.
const std::map<std::string, const char*> relayed_differently = {
    {"event lone surrogate escape", "normalizing goes through UTF-8, which has no lone surrogates"},
    {"event big integers lose precision", "integers up to 64 bits keep their digits"},
};

void check_packet(const Packet& packet, const boost::json::object& expected) {
  EXPECT_EQ(static_cast<std::int64_t>(packet.type), expected.at("type").as_int64());
  EXPECT_EQ(packet.nsp, expected.at("nsp").as_string());
  ASSERT_EQ(packet.id.has_value(), expected.contains("id"));
  if (packet.id) {
    EXPECT_EQ(*packet.id, expected.at("id").to_number<std::uint64_t>());
  }
  EXPECT_EQ(packet.data.empty(), !expected.contains("data"));
}

void check(const boost::json::object& vector) {
  const std::string name(vector.at("name").as_string());
  std::string verdict(vector.at("verdict").as_string());
  const auto refusal = refused.find(name);
  if (refusal != refused.end()) {
    ASSERT_EQ(verdict, "ok");
    verdict = "error";
  }

  Decoder decoder;
  std::size_t packets = 0;
  bool failed = false;
  for (const auto& frame : vector.at("frames").as_array()) {
    const std::string bytes = bytes_of(frame);
    const auto result =
        frame.at("kind").as_string() == "text" ? decoder.add_text(bytes) : decoder.add_binary(bytes);
    if (!result) {
      failed = true;
      if (refusal != refused.end()) {
        EXPECT_EQ(result.error(), refusal->second);
      }
      break;
    }
    if (!*result) continue;
    ASSERT_LT(packets, vector.at("packets").as_array().size());
    check_packet(**result, vector.at("packets").at(packets).as_object());
    if (verdict == "ok" && !relayed_differently.contains(name)) {
      EXPECT_EQ(relayed(**result, true), frames_of(vector.at("reencoded").at(packets)));
    }
    ++packets;
  }
  EXPECT_EQ(failed, verdict == "error");
  EXPECT_EQ(decoder.waiting(), verdict == "incomplete");
  if (refusal == refused.end()) {
    EXPECT_EQ(packets, vector.at("packets").as_array().size());
  }
}

TEST(DecoderVectors, are_judged_as_the_official_decoder_judges_them) {
  const auto vectors = support::load_vectors("socketio-parser.json");
  ASSERT_GT(vectors.at("decode").as_array().size(), 150u);
  for (const auto& vector : vectors.at("decode").as_array()) {
    SCOPED_TRACE(vector.at("name").as_string());
    check(vector.as_object());
  }
}

TEST(DecoderVectors, fail_at_the_same_frame_as_in_the_official_decoder) {
  const auto vectors = support::load_vectors("socketio-parser.json");
  for (const auto& vector : vectors.at("decode").as_array()) {
    if (vector.at("verdict").as_string() != "error") continue;
    SCOPED_TRACE(vector.at("name").as_string());
    Decoder decoder;
    std::int64_t index = 0;
    for (const auto& frame : vector.at("frames").as_array()) {
      const std::string bytes = bytes_of(frame);
      const bool text = frame.at("kind").as_string() == "text";
      const auto result = text ? decoder.add_text(bytes) : decoder.add_binary(bytes);
      if (!result) break;
      ++index;
    }
    EXPECT_EQ(index, vector.at("error_at_frame").as_int64());
  }
}

}  // namespace
}  // namespace roomcast::socketio
