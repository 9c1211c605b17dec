#pragma once

#include <boost/system/error_code.hpp>

namespace roomcast::adapter::classic {

/// Why a message on a channel of the classic adapter is ignored. Bytes that are no MessagePack or JSON at all
/// come with `msgpack::Error` or `json::Error` instead; those and these compare equal to
/// `errc::protocol_error`.
enum class Error {
  malformed = 1,       ///< a field is missing or of the wrong type
  unknown_type,        ///< a request or response type that does not exist
  unsupported_packet,  ///< not an event, or one that no client would accept
  too_many_rooms,      ///< a list longer than `Limits` allow
  not_utf8,            ///< a JSON text with malformed UTF-8
};

const boost::system::error_category& error_category() noexcept;

inline boost::system::error_code make_error_code(Error error) noexcept {
  return {static_cast<int>(error), error_category()};
}

}  // namespace roomcast::adapter::classic

template <>
struct boost::system::is_error_code_enum<roomcast::adapter::classic::Error> : std::true_type {};
