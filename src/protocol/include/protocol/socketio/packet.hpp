#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include <protocol/json/scanner.hpp>

namespace roomcast::socketio {

/// The values are the wire's digits.
enum class PacketType : std::uint8_t {
  connect,
  disconnect,
  event,
  ack,
  connect_error,
  binary_event,
  binary_ack,
};

/// One Socket.IO packet, as views of bytes that somebody else owns.
///
/// A decoded packet is never `binary_event` or `binary_ack`: once its attachments are there it is an `event`
/// or an `ack` that has some. Only if `attachments` is not empty do objects with `"_placeholder":true` in
/// `data` stand for bytes; in a plain packet they are ordinary objects.
struct Packet {
  PacketType type = PacketType::connect;
  std::string_view nsp = "/";
  std::optional<std::uint64_t> id;
  std::string_view data;  ///< the payload's JSON text, no whitespace around it; empty when there was none
  json::Commas commas;    ///< of `data`, if it is an array
  std::span<const std::string_view> attachments;
};

/// Whether user code may not emit, nor a peer send, an event of this name: it has a meaning of its own on
/// sockets (`connect`, `connect_error`, `disconnect`, `disconnecting`, `newListener`, `removeListener`).
bool reserved_event(std::string_view name) noexcept;

}  // namespace roomcast::socketio
