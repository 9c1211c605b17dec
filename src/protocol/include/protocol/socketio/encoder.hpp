#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include <base/frame.hpp>
#include <protocol/socketio/packet.hpp>

// A packet is written front to back into one builder:
//
//   out.append('4');                                   // the Engine.IO message
//   const std::size_t start = out.size();
//   write_header(out, PacketType::event, nsp, id);
//   out.append('[');  …arguments, commas between…  out.append(']');
//   if (attachments > 0) make_binary(out, start, attachments);
//
// The attachments follow as binary messages of their own, in the order of their numbers, and no other packet
// of that connection may come between.

namespace roomcast::socketio {

/// Writes everything that stands before the payload: type, number of attachments, namespace, id.
/// An event or ack with attachments gets the type `binary_event` or `binary_ack`. `nsp` is left out when it
/// is
/// `/` or empty, and must not contain a comma.
void write_header(base::FrameBuilder& out, PacketType type, std::string_view nsp,
                  std::optional<std::uint64_t> id = std::nullopt, unsigned attachments = 0);

/// Turns the event or ack that was written from offset `start` on (where its type stands) into the binary
/// packet with `attachments` attachments. Costs one move of the packet's bytes, so that a packet which turns
/// out to have none needs neither a second buffer nor a second look.
void make_binary(base::FrameBuilder& out, std::size_t start, unsigned attachments);

/// Writes what stands in a payload for attachment number `num`.
void write_placeholder(base::FrameBuilder& out, unsigned num);

/// Copies `raw_json`, one argument of a received packet that has attachments, and renumbers: its first
/// placeholder gets the number `first`, the next `first` + 1, and so on. `used` receives the number that each
/// had before, so that the caller can append those attachments in this order; one that is referred to twice
/// is listed twice. Members of a placeholder other than its number are dropped, as in the official server.
/// `raw_json` must come from a packet of our Decoder (which has checked the numbers and how many there are).
/// An argument of a packet without attachments is relayed by `out.append(raw_json)` instead, since what looks
/// like a placeholder there is none.
void relay(base::FrameBuilder& out, std::string_view raw_json, unsigned first, std::vector<unsigned>& used);

}  // namespace roomcast::socketio
