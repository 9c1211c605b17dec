#pragma once

#include <map>
#include <string>

#include <boost/json/value.hpp>
#include <gtest/gtest.h>

#include <base/base64.hpp>
#include <protocol/engineio/packet.hpp>

// How the golden vectors describe Engine.IO packets.

namespace roomcast::engineio {

inline std::string bytes_of(const boost::json::value& base64) {
  return base::base64_decode_lenient(base64.as_string());
}

/// A packet that owns its data.
struct OwnedPacket {
  PacketType type;
  bool binary = false;
  std::string data;

  Packet view() const { return {type, binary, data}; }
};

inline PacketType type_named(const boost::json::value& name) {
  static const std::map<std::string, PacketType, std::less<>> types = {
      {"open", PacketType::open}, {"close", PacketType::close},     {"ping", PacketType::ping},
      {"pong", PacketType::pong}, {"message", PacketType::message}, {"upgrade", PacketType::upgrade},
      {"noop", PacketType::noop}};
  return types.at(std::string(name.as_string()));
}

inline OwnedPacket packet_of(const boost::json::value& described) {
  // The official server knows a packet of no type and ignores it, as it does a `noop`.
  if (!described.at("type").is_string()) return {.type = PacketType::noop, .data = {}};
  OwnedPacket packet{.type = type_named(described.at("type")), .data = {}};
  const boost::json::value* data = described.as_object().if_contains("data");
  if (data == nullptr) return packet;
  if (data->is_string()) {
    packet.data = data->as_string();
  } else if (const boost::json::value* bytes = data->as_object().if_contains("$bin")) {
    packet.binary = true;
    packet.data = bytes_of(*bytes);
  } else {
    // A JavaScript string with lone surrogates: in UTF-8 each becomes U+FFFD.
    for (const boost::json::value& unit : data->at("$utf16").as_array()) {
      const auto code = unit.to_number<unsigned>();
      packet.data += code < 0x80 ? std::string(1, static_cast<char>(code)) : "\xEF\xBF\xBD";
    }
  }
  return packet;
}

inline void expect_same(const Packet& got, const OwnedPacket& expected) {
  EXPECT_EQ(got.type, expected.type);
  EXPECT_EQ(got.binary, expected.binary);
  EXPECT_EQ(got.data, expected.data);
}

inline bool is_error(const boost::json::value& described) { return described.at("type") == "error"; }

}  // namespace roomcast::engineio
