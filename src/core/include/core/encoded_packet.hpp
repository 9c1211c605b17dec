#pragma once

#include <vector>

#include <base/frame.hpp>
#include <roomcast/encode.hpp>

namespace roomcast::core {

/// One Socket.IO packet ready to be sent: its text, and its attachments in order.
struct EncodedPacket {
  base::Frame head;
  std::vector<base::Frame> attachments;
};

/// Ends the packet. Throws std::length_error if it has more attachments than clients take.
EncodedPacket finish(detail::Encoder&& encoder, unsigned max_attachments);

/// A packet that is not an event or an ack: `0/admin,{"sid":…}`. `payload` is JSON text or empty.
base::Frame control_packet(char type, std::string_view nsp, std::string_view payload);

}  // namespace roomcast::core
