#pragma once

#include <concepts>
#include <cstdint>
#include <string_view>

#include <boost/json/value.hpp>

#include <base/frame.hpp>

// Writes what JSON.stringify would: the same bytes for the same value, which other nodes and golden
// tests rely on.

namespace roomcast::json {

/// Writes `text` as a JSON string, quotes included. Only `"`, `\` and U+0000–001F are escaped, the way
/// JSON.stringify does it. `text` should be UTF-8: what is not becomes U+FFFD, so that no frame of ours is
/// ever refused for bad UTF-8 (RFC6455§8.1).
void write_string(base::FrameBuilder& out, std::string_view text);

/// Writes the shortest digits that read back as the same double, in JavaScript's layout: `1e+21`, `1e-7`,
/// `123456789012345680000`; -0 as `0`, NaN and infinities as `null`.
void write_number(base::FrameBuilder& out, double number);

/// Integers keep all their digits, also those past 2^53 that JavaScript would round.
void write_number(base::FrameBuilder& out, std::int64_t number);
void write_number(base::FrameBuilder& out, std::uint64_t number);

template <std::integral T>
  requires(!std::same_as<T, bool>)
void write_number(base::FrameBuilder& out, T number) {
  if constexpr (std::signed_integral<T>)
    write_number(out, static_cast<std::int64_t>(number));
  else
    write_number(out, static_cast<std::uint64_t>(number));
}

/// Writes any value without spaces. Members keep their order, except that keys which are array indices
/// (`"0"` … `"4294967294"`) come first, in ascending order, as in every JavaScript object.
void write(base::FrameBuilder& out, const boost::json::value& value);

}  // namespace roomcast::json
