#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <boost/system/result.hpp>

#include <protocol/engineio/error.hpp>

namespace roomcast::engineio {

/// Engine.IO v4, "Protocol": the digit that a text packet begins with is this value.
enum class PacketType : std::uint8_t { open, close, ping, pong, message, upgrade, noop };

/// A decoded packet. `data` points into the text it came from, or into the scratch given to `decode`.
struct Packet {
  PacketType type;
  bool binary = false;    ///< only messages can be
  std::string_view data;  ///< without type digit and base64

  friend bool operator==(const Packet&, const Packet&) = default;
};

/// Reads one packet in its text form: a websocket text frame, or an element of a polling payload. A bare
/// binary frame needs no decoding: it is `{PacketType::message, true, frame}`.
/// @param scratch takes the bytes of a `b…` packet; keep it as long as the packet. Others leave it alone.
boost::system::result<Packet> decode(std::string_view text, std::string& scratch);

/// Appends the text form of `packet` to `out`: digit and data, or `b` and base64.
void encode(const Packet& packet, std::string& out);

/// `b` and base64: a binary message where only text can travel.
std::string binary_as_text(std::string_view bytes);

// Packets that are always the same bytes.
inline constexpr std::string_view close_packet = "1";
inline constexpr std::string_view ping_packet = "2";
inline constexpr std::string_view pong_packet = "3";
inline constexpr std::string_view probe_reply = "3probe";
inline constexpr std::string_view noop_packet = "6";

}  // namespace roomcast::engineio
