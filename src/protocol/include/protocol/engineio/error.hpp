#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

#include <boost/system/error_code.hpp>

namespace roomcast::engineio {

/// What a peer can get wrong in a packet. Each one ends the session with the reason "parse error".
enum class Error : std::uint8_t {
  empty_packet = 1,  ///< no type: an empty frame, an empty body, two separators in a row
  unknown_type,      ///< neither 0-6 nor b
  bad_length,        ///< Engine.IO 3: a packet's length is no number, or not the packet's
  bad_text,          ///< Engine.IO 3: text that is not UTF-8 in a binary body
};

const boost::system::error_category& error_category() noexcept;
inline boost::system::error_code make_error_code(Error e) noexcept {
  return {static_cast<int>(e), error_category()};
}

/// Why a request is refused; the values are those on the wire. Not an error_code on purpose: code 0 is an
/// error here.
enum class RequestError : std::uint8_t {
  transport_unknown = 0,
  session_id_unknown = 1,
  bad_handshake_method = 2,
  bad_request = 3,
  forbidden = 4,
  unsupported_protocol_version = 5,
};

/// The text that clients know the error by, e.g. `Session ID unknown`.
std::string_view message(RequestError e) noexcept;

/// 403 for `forbidden`, else 400.
unsigned http_status(RequestError e) noexcept;

/// The body of a refusal: `{"code":1,"message":"Session ID unknown"}`.
std::string json_body(RequestError e);
/// The same with the application's own text (of `forbidden`).
std::string json_body(RequestError e, std::string_view text);

/// The whole raw HTTP response that refuses an upgrade request: always 400, `text` as its body, and the
/// connection closes behind it.
std::string upgrade_refusal(std::string_view text);

}  // namespace roomcast::engineio

template <>
struct boost::system::is_error_code_enum<roomcast::engineio::Error> : std::true_type {};
