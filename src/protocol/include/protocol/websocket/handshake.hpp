#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace roomcast::websocket {

/// The Sec-WebSocket-Accept value that answers `client_key`. RFC6455§4.2.2, item 5.4.
std::string accept_key(std::string_view client_key);

/// Whether `client_key` can be a Sec-WebSocket-Key: base64 of 16 bytes, 24 characters. RFC6455§4.2.1, item 5.
bool valid_key(std::string_view client_key) noexcept;

/// The first of the subprotocols that a client offers (RFC6455§4.2.1, item 7).
/// @return nothing when the list breaks the grammar, or names one of them twice.
std::optional<std::string> first_protocol(std::string_view offers);

}  // namespace roomcast::websocket
