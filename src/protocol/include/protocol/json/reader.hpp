#pragma once

#include <concepts>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

#include <boost/json/value.hpp>
#include <boost/system/result.hpp>

#include <protocol/json/scanner.hpp>

namespace roomcast::json {

/// The text that a JSON string stands for, as UTF-8. `raw_string` has its quotes and is valid.
/// A lone surrogate (`"\ud800"`) has no UTF-8 form and becomes U+FFFD.
std::string unescape(std::string_view raw_string);

/// Whether the JSON string (with its quotes) stands for `plain`. No allocation unless it has escapes.
bool equals(std::string_view raw_string, std::string_view plain);

/// The number, rounded as JavaScript does: too large becomes ±infinity, too small becomes ±0.
/// @return nothing if `value` is not a JSON number.
std::optional<double> read_double(std::string_view value) noexcept;

/// The number if it is integral and fits T; `1.0` and `1e3` count as integral (past 2^53 these two forms
/// are as exact as a double).
/// @return nothing if `value` is not a JSON number, has a fraction, or is out of range.
template <std::integral T>
  requires(!std::same_as<T, bool>)
std::optional<T> read_integer(std::string_view value) noexcept;

/// Validates `text` and builds its value.
/// Integers without fraction or exponent that fit int64 or uint64 stay integers (`-0` is 0), other numbers
/// are doubles as `read_double` gives them, perhaps infinite. Of equal keys the last value wins, at the place
/// of the first, as in JavaScript. @return the value, or what `validate` found wrong.
boost::system::result<boost::json::value> parse(std::string_view text, boost::json::storage_ptr storage = {},
                                                unsigned max_depth = default_max_depth);

/// The same for text that has already passed `validate`: it is not checked again.
boost::json::value parse_valid(std::string_view valid_text, boost::json::storage_ptr storage = {});

namespace detail {
std::optional<std::int64_t> read_signed(std::string_view value) noexcept;
std::optional<std::uint64_t> read_unsigned(std::string_view value) noexcept;
}  // namespace detail

template <std::integral T>
  requires(!std::same_as<T, bool>)
std::optional<T> read_integer(std::string_view value) noexcept {
  if constexpr (std::signed_integral<T>) {
    const std::optional<std::int64_t> wide = detail::read_signed(value);
    if (wide && *wide >= std::numeric_limits<T>::min() && *wide <= std::numeric_limits<T>::max())
      return static_cast<T>(*wide);
  } else {
    const std::optional<std::uint64_t> wide = detail::read_unsigned(value);
    if (wide && *wide <= std::numeric_limits<T>::max()) return static_cast<T>(*wide);
  }
  return std::nullopt;
}

}  // namespace roomcast::json
