#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include <base/frame.hpp>
#include <roomcast/encode.hpp>

namespace roomcast::core {

/// One Socket.IO packet ready to be sent: its text, and its attachments in order.
struct EncodedPacket {
  base::Frame head;
  std::vector<base::Frame> attachments;
};

/// How many bytes of a websocket it takes, attachments included.
inline std::size_t bytes_of(const EncodedPacket& packet) noexcept {
  std::size_t bytes = packet.head.wire().size();
  for (const base::Frame& attachment : packet.attachments) bytes += attachment.wire().size();
  return bytes;
}

/// Ends the packet. Throws std::length_error if it has more attachments than clients take.
EncodedPacket finish(detail::Encoder&& encoder, unsigned max_attachments);

/// An event that another server has sent as MessagePack, `["name",…]`. One pass, no tree.
/// @return nothing if clients could not take it.
std::optional<EncodedPacket> transcode_event(std::string_view nsp, std::string_view msgpack,
                                             std::optional<std::uint64_t> ack_id, unsigned max_attachments);

/// The text of an event's arguments, `["name",…]`, inside its packet.
std::string_view arguments_of(const EncodedPacket& packet, std::string_view nsp) noexcept;
/// Views of its attachments.
std::vector<std::string_view> attachments_of(const EncodedPacket& packet);

/// What a CONNECT_ERROR says of a namespace that there is not, as JSON.
inline constexpr std::string_view invalid_namespace = R"({"message":"Invalid namespace"})";

/// A packet that is not an event or an ack: `0/admin,{"sid":…}`. `payload` is JSON text or empty.
base::Frame control_packet(char type, std::string_view nsp, std::string_view payload);

}  // namespace roomcast::core
