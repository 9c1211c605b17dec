#include <cmath>
#include <limits>
#include <optional>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include <protocol/socketio/encoder.hpp>
#include <support/vectors.hpp>

#include "frames.hpp"

namespace roomcast::socketio {
namespace {

/// Cases whose packet has no counterpart in C++ or belongs to a floor above.
const std::set<std::string> not_ours = {
    "lone high surrogate",
    "lone low surrogate",
    "reversed surrogates",  // UTF-8 cannot hold them
    "toJSON",
    "binary from toJSON",  // the file does not show the object's method
    "binary in CONNECT data",
    "binary in CONNECT_ERROR data",  // whoever builds that payload has to refuse bytes
    "bigint throws",
    "circular structure throws",  // values that JavaScript alone can make
};

/// What a tagged value of the vectors (their README) stands for: an ordinary value in which bytes have moved
/// to `attachments` and left their placeholders. Nothing stands for `undefined`.
std::optional<boost::json::value> untagged(const boost::json::value& tagged, Frames& attachments) {
  if (const auto* list = tagged.if_array()) {
    boost::json::array elements;
    for (const auto& element : *list) elements.push_back(untagged(element, attachments).value_or(nullptr));
    return elements;
  }
  const auto* object = tagged.if_object();
  if (object == nullptr) return tagged;
  if (object->contains("$undef") || object->contains("$function")) return std::nullopt;
  if (object->contains("$map") || object->contains("$set")) return boost::json::object();
  if (const auto* date = object->if_contains("$date")) return *date;
  if (const auto* number = object->if_contains("$num"))
    return number->as_string() == "-0" ? -0.0 : std::numeric_limits<double>::quiet_NaN();
  if (const auto* bytes = object->if_contains("$bin")) {
    attachments.push_back(base::base64_decode_lenient(bytes->as_string()));
    return boost::json::value{{"_placeholder", true}, {"num", attachments.size() - 1}};
  }
  if (const auto* repeat = object->if_contains("$repeat")) {
    std::string text;
    for (std::int64_t n = repeat->at(1).as_int64(); n > 0; --n) text += repeat->at(0).as_string();
    return boost::json::string(text);
  }
  boost::json::object members;
  for (const auto& [key, member] : *object)
    if (auto value = untagged(member, attachments)) members[key] = *std::move(value);
  return members;
}

Frames encoded(const boost::json::object& packet) {
  std::optional<std::uint64_t> id;
  if (packet.contains("id") && !packet.at("id").is_null()) id = packet.at("id").to_number<std::uint64_t>();
  base::FrameBuilder out;
  write_header(out, static_cast<PacketType>(packet.at("type").as_int64()), packet.at("nsp").as_string(), id);
  Frames attachments;
  if (packet.contains("data")) json::write(out, untagged(packet.at("data"), attachments).value());
  if (!attachments.empty()) make_binary(out, 0, static_cast<unsigned>(attachments.size()));
  attachments.insert(attachments.begin(), std::string(out.view()));
  return attachments;
}

TEST(EncoderVectors, have_the_bytes_that_the_official_encoder_writes) {
  const auto vectors = support::load_vectors("socketio-parser.json");
  std::size_t compared = 0;
  for (const auto& vector : vectors.at("encode").as_array()) {
    const std::string name(vector.at("name").as_string());
    if (not_ours.contains(name)) continue;
    EXPECT_EQ(encoded(vector.at("packet").as_object()), frames_of(vector.at("frames"))) << name;
    ++compared;
  }
  EXPECT_EQ(compared + not_ours.size(), vectors.at("encode").as_array().size());
}

}  // namespace
}  // namespace roomcast::socketio
