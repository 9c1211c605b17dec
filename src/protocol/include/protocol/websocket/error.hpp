#pragma once

#include <cstdint>
#include <type_traits>

#include <boost/system/error_code.hpp>

namespace roomcast::websocket {

/// What a peer can get wrong in its frames. Each one ends the connection with `close_code`.
enum class Error : std::uint8_t {
  reserved_bits = 1,        ///< RSV1-3 set without an extension: RFC6455§5.2
  unknown_opcode,           ///< 3-7 or B-F: RFC6455§5.2
  unmasked_frame,           ///< a client must mask: RFC6455§5.1
  fragmented_control,       ///< RFC6455§5.5
  control_too_long,         ///< more than 125 bytes: RFC6455§5.5
  length_not_minimal,       ///< a longer length form than needed: RFC6455§5.2
  length_too_large,         ///< the top bit of a 64-bit length: RFC6455§5.2
  unexpected_continuation,  ///< no message to continue: RFC6455§5.4
  expected_continuation,    ///< a new message inside an unfinished one: RFC6455§5.4
  message_too_large,        ///< the declared lengths add up to more than our limit: RFC6455§10.4
  invalid_utf8,             ///< in a text message or a close reason: RFC6455§8.1
  bad_close_payload,        ///< one byte, half a code: RFC6455§5.5.1
  bad_close_code,           ///< a code that may not appear in a frame: RFC6455§7.4
  misplaced_compression,    ///< RSV1 set but on a message's first frame: RFC7692§6.1
  invalid_deflate,          ///< compressed data that cannot be inflated: RFC7692§7.2.2
};

const boost::system::error_category& error_category() noexcept;
inline boost::system::error_code make_error_code(Error e) noexcept {
  return {static_cast<int>(e), error_category()};
}

/// The status code to close with after `e`: 1002, 1007 or 1009. RFC6455§7.4.1.
std::uint16_t close_code(Error e) noexcept;

/// Status codes with a meaning here. RFC6455§7.4.1, and IANA's registry for 1012 and 1013.
enum CloseCode : std::uint16_t {
  normal_closure = 1000,
  going_away = 1001,
  protocol_error = 1002,
  no_status_received = 1005,  ///< never sent: stands for a close frame without a code
  abnormal_closure = 1006,    ///< never sent: stands for a connection that ended without a close frame
  invalid_payload = 1007,
  policy_violation = 1008,
  message_too_big = 1009,
  service_restart = 1012,
  try_again_later = 1013,
};

/// Whether `code` may appear in a close frame: 1000-1003, 1007-1014, 3000-4999. RFC6455§7.4.
bool may_be_sent(std::uint16_t code) noexcept;

}  // namespace roomcast::websocket

template <>
struct boost::system::is_error_code_enum<roomcast::websocket::Error> : std::true_type {};
