#pragma once

#include <span>
#include <string>
#include <string_view>

#include <base/frame.hpp>

namespace roomcast::engine {

/// A builder for the text of one message: the packet's `4` is already in it.
base::FrameBuilder message_builder(std::size_t expected = 256);
/// Ends it: the Frame carries its WebSocket header, and its payload is the packet's polling form.
base::Frame finish_message(base::FrameBuilder&& builder);

/// One text message.
base::Frame text_message(std::string_view text);
/// One binary message, or an attachment.
base::Frame binary_message(std::string_view bytes);
/// The same as Engine.IO 3 has it on a websocket: the packet's type in front of the bytes.
base::Frame typed_binary_message(std::string_view bytes);
/// Any other packet, given in its text form (`2`, `3probe`, `0{…}`).
base::Frame packet_frame(std::string_view packet);

/// The wire forms of several frames behind each other: what a websocket may be sent in their place.
base::Frame joined(std::span<const base::Frame> frames);

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
