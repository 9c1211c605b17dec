#pragma once

#include <optional>
#include <string_view>

#include <boost/system/result.hpp>

namespace roomcast::socketio {

/// What an object of a binary packet's payload says about being a placeholder.
struct Placeholder {
  bool present = false;         ///< `_placeholder` is true
  std::optional<unsigned> num;  ///< its attachment, if `num` is a whole number that fits
};

/// Looks at one JSON value, not into its members' values. Of equal keys the last one counts, and keys may be
/// written with escapes, as in JavaScript. Text other than an object is never a placeholder.
Placeholder read_placeholder(std::string_view value);

/// Checks the payload of a binary packet: every placeholder in it must name one of `attachments`.
/// @return how many placeholders there are, or `Error::bad_placeholder`.
boost::system::result<unsigned> count_placeholders(std::string_view payload, unsigned attachments);

}  // namespace roomcast::socketio
