#pragma once

#include <string_view>

#include <boost/system/result.hpp>

#include <protocol/socketio/error.hpp>
#include <protocol/socketio/packet.hpp>

namespace roomcast::socketio {

/// A packet as its text tells it.
struct PacketText {
  Packet packet;             ///< `type` as on the wire, `attachments` empty, the rest views of the text
  unsigned attachments = 0;  ///< announced; 0 unless the type is binary
};

/// Reads one text in the order of Socket.IO v5, "Decoding", and checks that the payload fits the type.
boost::system::result<PacketText> read_packet_text(std::string_view text, unsigned max_attachments,
                                                   unsigned max_depth);

}  // namespace roomcast::socketio
