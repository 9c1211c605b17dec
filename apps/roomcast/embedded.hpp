#pragma once

#include <span>
#include <string_view>

namespace roomcast::app {

/// A file carried inside the program, in every encoding that may be asked for: made at build time, good
/// for as long as the process lives. A form that was not worth making (of an image, say) is empty.
struct EmbeddedFile {
  std::string_view path;  ///< `/index.html`, `/assets/index-4f0c.js`
  std::string_view content_type;
  std::string_view etag;  ///< with its quotes
  std::string_view identity;
  std::string_view gzip;
  std::string_view brotli;   ///< `br`
  std::string_view deflate;  ///< zlib's format, as `Content-Encoding: deflate` means
};

/// The chat page (apps/chat-web), sorted by path. Any thread.
std::span<const EmbeddedFile> chat_page() noexcept;

}  // namespace roomcast::app
