#pragma once

#include <optional>
#include <string_view>

namespace roomcast::websocket {

/// What both sides agreed on. RFC6455§9.1.
struct Extensions {
  bool deflate = false;       ///< permessage-deflate, without context takeover in either direction: RFC7692§7
  bool names_window = false;  ///< the client offered a server's window of 15 bits, which the answer repeats

  /// The value of Sec-WebSocket-Extensions in the answer; "" if there is to be none.
  std::string_view answer() const noexcept;
};

/// What the Sec-WebSocket-Extensions of an upgrade request lead to. Of several offers of permessage-deflate
/// the first is taken that lets the server use its whole window (RFC7692§7.1.2.1); others, and other
/// extensions, are declined. `deflate`: whether we speak it at all. Takes time linear in the header.
///
/// @return nothing when the header breaks the grammar, or when any offer of permessage-deflate has a
/// parameter that is unknown, repeated or has a bad value.
std::optional<Extensions> negotiate(std::string_view offers, bool deflate);

}  // namespace roomcast::websocket
