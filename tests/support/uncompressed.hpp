#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

#include <zlib.h>

namespace roomcast::support {

/// What was compressed as gzip or in zlib's format. Throws if that cannot be read.
inline std::string uncompressed(std::string_view bytes) {
  constexpr int either_header = 32;
  z_stream stream{};
  if (inflateInit2(&stream, MAX_WBITS + either_header) != Z_OK) throw std::runtime_error("inflateInit2");
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  std::string out;
  int state = Z_OK;
  while (state == Z_OK) {
    char part[4096];
    stream.next_out = reinterpret_cast<Bytef*>(part);
    stream.avail_out = sizeof part;
    state = inflate(&stream, Z_NO_FLUSH);
    out.append(part, sizeof part - stream.avail_out);
  }
  inflateEnd(&stream);
  if (state != Z_STREAM_END || stream.avail_in != 0) throw std::runtime_error("not compressed properly");
  return out;
}

}  // namespace roomcast::support
