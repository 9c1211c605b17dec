#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/string.hpp>

#include <base/base64.hpp>
#include <base/frame.hpp>
#include <protocol/json/reader.hpp>
#include <protocol/json/scanner.hpp>
#include <protocol/json/writer.hpp>
#include <protocol/socketio/encoder.hpp>

namespace roomcast::socketio {

/// What travels for one packet: the first string is its text, the others its attachments.
using Frames = std::vector<std::string>;

inline std::string bytes_of(const boost::json::value& frame) {
  const bool text = frame.at("kind").as_string() == "text";
  return base::base64_decode_lenient(frame.at(text ? "utf8_b64" : "b64").as_string());
}

inline Frames frames_of(const boost::json::value& list) {
  Frames frames;
  for (const auto& frame : list.as_array()) frames.push_back(bytes_of(frame));
  return frames;
}

/// Sends a decoded packet on the way a relay does, argument by argument. With `normalized`, the payload is
/// rewritten as JavaScript would: Node's relays parse and stringify, ours keep the sender's text.
inline Frames relayed(const Packet& packet, bool normalized = false) {
  base::FrameBuilder out;
  write_header(out, packet.type, packet.nsp, packet.id);
  const std::size_t payload = out.size();
  std::vector<unsigned> used;
  if (packet.attachments.empty()) {
    out.append(packet.data);
  } else if (!packet.data.empty()) {
    out.append('[');
    json::ArrayCursor cursor(packet.data);
    for (std::string_view argument; cursor.next(argument);) {
      if (out.size() > payload + 1) out.append(',');
      relay(out, argument, static_cast<unsigned>(used.size()), used);
    }
    out.append(']');
  }
  if (normalized && out.size() > payload) {
    const auto value = json::parse(out.view().substr(payload));
    out.truncate(payload);
    json::write(out, value.value());
  }
  if (!used.empty()) make_binary(out, 0, static_cast<unsigned>(used.size()));
  Frames frames{std::string(out.view())};
  for (const unsigned num : used) frames.emplace_back(packet.attachments[num]);
  return frames;
}

}  // namespace roomcast::socketio
