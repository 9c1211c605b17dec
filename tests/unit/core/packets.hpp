#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <core/encoded_packet.hpp>
#include <roomcast/value.hpp>

namespace roomcast {

/// A packet as it leaves: the Socket.IO text without Engine.IO's `4`, and the attachments.
struct Sent {
  std::string text;
  std::vector<std::string> attachments;
};

inline Sent sent(detail::Encoder&& encoder, unsigned max_attachments = 10) {
  const core::EncodedPacket packet = core::finish(std::move(encoder), max_attachments);
  Sent made{std::string(packet.head.payload().substr(1)), {}};
  for (const base::Frame& frame : packet.attachments) made.attachments.emplace_back(frame.payload());
  return made;
}

/// The packet of `emit("e", args…)`.
template <class... A>
Sent emitted(const A&... args) {
  detail::Encoder encoder = detail::Encoder::event("/", "e", std::nullopt);
  (detail::encode_argument(encoder, args), ...);
  return sent(std::move(encoder));
}

/// What a value is encoded to.
template <class T>
std::string json_of(const T& value) {
  return std::string(Value::of(value).json());
}

/// A value as it is received: text with placeholders, and the bytes they stand for.
inline Value received(std::string_view json, const std::vector<std::string_view>& attachments = {}) {
  auto payload = detail::Payload::keep(json, attachments);
  const std::string_view text = payload->text;
  return {std::move(payload), text};
}

}  // namespace roomcast
