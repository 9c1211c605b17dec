#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace roomcast::net {

/// How an answer's body may be compressed (RFC9110§8.4.1).
enum class ContentCoding : std::uint8_t { identity, gzip, deflate };

/// The one that an Accept-Encoding header prefers: of the highest weight, named before `*`, then the first in
/// the header; gzip where all are alike. Other codings are not offered (RFC9110§12.5.3). Any thread.
ContentCoding preferred_coding(std::string_view accept_encoding);

/// Its name in Content-Encoding.
std::string_view name_of(ContentCoding coding) noexcept;

/// The bytes in that coding. Quick rather than small: it is done on the loop, some 10 ms for a megabyte.
/// Throws std::bad_alloc. Any thread.
std::string compress(std::string_view bytes, ContentCoding coding);

}  // namespace roomcast::net
