#pragma once

#include <span>
#include <string_view>

namespace roomcast::assets {

/// One file of the official browser client, in every encoding that may be asked for: all made at build
/// time, all good for as long as the process lives.
struct File {
  std::string_view name;          ///< `socket.io.min.js`
  std::string_view content_type;  ///< with its charset
  std::string_view etag;          ///< with its quotes: the version of the official server, `"4.8.4"`
  std::string_view identity;
  std::string_view gzip;
  std::string_view brotli;   ///< `br`
  std::string_view deflate;  ///< zlib's format, as `Content-Encoding: deflate` means
};

/// The four builds and their source maps, sorted by name. Any thread.
std::span<const File> client_files() noexcept;

/// The file of this exact name, or null. Any thread.
const File* find_client_file(std::string_view name) noexcept;

}  // namespace roomcast::assets
