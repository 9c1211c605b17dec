#pragma once

#include <string_view>

#include <boost/system/result.hpp>

#include <protocol/socketio/error.hpp>
#include <protocol/socketio/packet.hpp>

namespace roomcast::socketio {

/// Reads one text in the order of Socket.IO v5, "Decoding", into `packet` and checks that the payload fits
/// the type. `packet.type` is then as on the wire, `packet.attachments` empty, and the rest are views of
/// `text`.
/// @return the number of attachments that the text announces: 0 unless the type is binary.
boost::system::result<unsigned> read_packet_text(std::string_view text, unsigned max_attachments,
                                                 unsigned max_depth, Packet& packet);

}  // namespace roomcast::socketio
