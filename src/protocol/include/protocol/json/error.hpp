#pragma once

#include <boost/system/error_code.hpp>

namespace roomcast::json {

/// What can be wrong with a JSON text. Both compare equal to `errc::protocol_error`.
enum class Error {
  syntax = 1,  ///< not one RFC 8259 text
  too_deep,    ///< nested deeper than the caller allows
};

const boost::system::error_category& error_category() noexcept;

inline boost::system::error_code make_error_code(Error error) noexcept {
  return {static_cast<int>(error), error_category()};
}

}  // namespace roomcast::json

template <>
struct boost::system::is_error_code_enum<roomcast::json::Error> : std::true_type {};
