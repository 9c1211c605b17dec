#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include <base/frame.hpp>
#include <base/metrics.hpp>
#include <protocol/websocket/deflate.hpp>

namespace roomcast::engine {

/// A builder for the text of one message: the packet's `4` is already in it.
base::FrameBuilder message_builder(std::size_t expected = 256);
/// Ends it: the Frame carries its WebSocket header, and its payload is the packet's polling form.
base::Frame finish_message(base::FrameBuilder&& builder);

/// One text message.
base::Frame text_message(std::string_view text);
/// One binary message, or an attachment.
base::Frame binary_message(std::string_view bytes);
/// Any other packet, given in its text form (`2`, `3probe`, `0{…}`).
base::Frame packet_frame(std::string_view packet);

/// The wire forms of several frames behind each other: what a websocket may be sent in their place. It counts
/// as compressible if any of them does and has `compressed_from` bytes: then it is not for websockets that
/// compress.
base::Frame joined(std::span<const base::Frame> frames, std::size_t compressed_from = SIZE_MAX);

/// The message as text, as it travels where only text can: text as it is, binary as `b` and base64.
base::Frame text_form(const base::Frame& frame);

/// The message as Engine.IO 3 has it on a websocket: a binary one has its packet's type in front of the
/// bytes, or of the base64 where only text can travel.
base::Frame protocol3_form(const base::Frame& frame, bool text_only);

/// The message compressed (RFC7692§6), or as it is when that is not shorter. Made once for all that share the
/// frame; what it takes is counted in `metrics` by who makes it.
base::Frame deflated_form(const base::Frame& frame, websocket::Deflater& deflater, base::Metrics& metrics);

/// What a frame looks like in a polling body of Engine.IO 4: text as it is, binary as `b` and base64.
std::string_view polling_form(const base::Frame& frame);

/// What a poll is answered.
struct PollingBody {
  std::string bytes;
  bool octet_stream = false;  ///< Engine.IO 3's binary form
  bool compressible = false;  ///< something in it is
};
/// The body that holds these frames. `text_only`: of Engine.IO 3, the text form also if something is binary.
PollingBody polling_body(std::span<const base::Frame> frames, unsigned protocol, bool text_only);

}  // namespace roomcast::engine
