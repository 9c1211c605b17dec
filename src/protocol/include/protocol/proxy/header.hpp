#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

#include <boost/system/result.hpp>

namespace roomcast::proxy {

/// What a proxy can get wrong in its header. Paragraphs are those of HAProxy's proxy-protocol.txt.
enum class Error : std::uint8_t {
  no_header = 1,  ///< the connection begins with something else
  too_long,       ///< version 1: no end of the line within 107 bytes (§2.1). Version 2: more than `max_size`
  bad_line,       ///< version 1: not the five words (§2.1)
  bad_address,    ///< version 1: an address that is not of the family that was named, or a port that is none
  bad_version,    ///< version 2: another version, or neither LOCAL nor PROXY (§2.2)
  bad_family,     ///< version 2: a family or transport that is not defined, or is not a stream (§2.2)
  too_short,      ///< version 2: fewer bytes than two addresses have (§2.2)
};

const boost::system::error_category& error_category() noexcept;
inline boost::system::error_code make_error_code(Error e) noexcept {
  return {static_cast<int>(e), error_category()};
}

/// The longest header that is accepted: of version 2, whose length would allow 65,551.
inline constexpr std::size_t max_size = 4096;
/// The longest one of version 1, its line break included (§2.1).
inline constexpr std::size_t max_line = 107;

/// Who is behind a proxy.
struct Source {
  std::string address;  ///< as text, without brackets
  std::uint16_t port;
};

struct Header {
  std::size_t size;  ///< how many bytes of the connection it is
  /// The client, or nothing where the proxy speaks for itself (LOCAL), does not know (UNKNOWN), or is
  /// connected to by a Unix socket: then whoever is connected is the peer.
  std::optional<Source> source;
};

/// Reads the header that `bytes` begin with, of version 1 or 2. Its extensions (TLV) are passed over.
/// @return nothing as long as there may be one and more bytes are needed.
boost::system::result<std::optional<Header>> read_header(std::string_view bytes);

}  // namespace roomcast::proxy

template <>
struct boost::system::is_error_code_enum<roomcast::proxy::Error> : std::true_type {};
