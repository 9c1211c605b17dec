#pragma once

#include <string>
#include <string_view>

namespace roomcast {

/// The words that Socket.IO gives to `disconnect` handlers, letter for letter.
namespace reasons {
///@{
/// The text is the name, with spaces.
inline constexpr std::string_view client_namespace_disconnect = "client namespace disconnect";
inline constexpr std::string_view server_namespace_disconnect = "server namespace disconnect";
inline constexpr std::string_view server_shutting_down = "server shutting down";
inline constexpr std::string_view ping_timeout = "ping timeout";
inline constexpr std::string_view transport_close = "transport close";
inline constexpr std::string_view transport_error = "transport error";
inline constexpr std::string_view parse_error = "parse error";
inline constexpr std::string_view forced_close = "forced close";
inline constexpr std::string_view forced_server_close = "forced server close";
///@}
}  // namespace reasons

/// The second argument of a `disconnect` handler.
struct DisconnectDetails {
  /// Our finer word, such as `slow consumer` or `payload too large`; empty when there is none.
  std::string cause;
};

}  // namespace roomcast
