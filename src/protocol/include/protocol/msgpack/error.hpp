#pragma once

#include <boost/system/error_code.hpp>

namespace roomcast::msgpack {

/// What can be wrong with MessagePack bytes. All compare equal to `errc::protocol_error`.
enum class Error {
  truncated = 1,         ///< the bytes end inside a value
  trailing_bytes,        ///< something stands behind the value
  unknown_format,        ///< the byte 0xC1, which no value begins with
  unknown_extension,     ///< neither a date, undefined, nor bytes
  wrong_type,            ///< another kind of value than the reader asked for
  bad_key,               ///< a map's key that has no string form: an array, a map, a date
  too_deep,              ///< nested deeper than the caller allows
  too_many_attachments,  ///< more binary values than the caller allows
  bad_placeholder,       ///< a placeholder without its attachment, or a map that would read as one
};

const boost::system::error_category& error_category() noexcept;

inline boost::system::error_code make_error_code(Error error) noexcept {
  return {static_cast<int>(error), error_category()};
}

}  // namespace roomcast::msgpack

template <>
struct boost::system::is_error_code_enum<roomcast::msgpack::Error> : std::true_type {};
