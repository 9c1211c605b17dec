#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <base/frame.hpp>

namespace roomcast::base {

/// The length of `base64_encode` for `bytes` bytes: four characters for every three, padding included.
constexpr std::size_t base64_size(std::size_t bytes) noexcept { return (bytes + 2) / 3 * 4; }

/// Standard base64 with padding (RFC4648§4).
std::string base64_encode(std::string_view bytes);
/// Appends the same to `out`.
void base64_encode(std::string_view bytes, std::string& out);
/// Appends the same to `out`.
void base64_encode(std::string_view bytes, FrameBuilder& out);

/// The URL-safe alphabet without padding (RFC4648§5): every character may stand in a header, a query or a
/// cookie.
std::string base64url_encode(std::string_view bytes);

/// Decodes as Node's `Buffer.from(text, "base64")`, which is what peers were tested against: both alphabets,
/// whitespace and junk skipped, padding not required, the first `=` ends it. Never fails; bits that do not
/// fill a byte are dropped.
std::string base64_decode_lenient(std::string_view text);
/// Appends the same to `out`, which grows by at most `text.size() * 3 / 4` bytes.
void base64_decode_lenient(std::string_view text, std::string& out);

}  // namespace roomcast::base
