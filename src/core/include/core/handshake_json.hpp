#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <roomcast/handshake.hpp>

namespace roomcast::core {

/// A handshake as servers show it to each other: the members of Socket.IO's `socket.handshake`, in its order.
std::string handshake_json(const Handshake& handshake);

/// The same back. What is missing or of another type is empty: it comes from another server, and nothing
/// rests on it.
std::shared_ptr<const Handshake> handshake_from_json(std::string_view json);

}  // namespace roomcast::core
