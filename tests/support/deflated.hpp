#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

#include <zlib.h>

// permessage-deflate as a peer does it, by zlib alone: RFC7692§7.2.

namespace roomcast::support {

/// The payload of a compressed message.
inline std::string deflated(std::string_view message, int level = 6) {
  z_stream stream{};
  if (deflateInit2(&stream, level, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY) != Z_OK)
    throw std::runtime_error("deflateInit2");
  std::string out(message.size() * 2 + 100, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(message.data()));
  stream.avail_in = static_cast<uInt>(message.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_SYNC_FLUSH);
  out.resize(stream.total_out - 4);  // without 00 00 FF FF
  deflateEnd(&stream);
  return out;
}

/// What a compressed message's payload says. Throws if that cannot be read.
inline std::string inflated(std::string payload) {
  payload.append("\0\0\xFF\xFF", 4);
  z_stream stream{};
  if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) throw std::runtime_error("inflateInit2");
  stream.next_in = reinterpret_cast<Bytef*>(payload.data());
  stream.avail_in = static_cast<uInt>(payload.size());
  std::string out;
  int state = Z_OK;
  do {
    char part[4096];
    stream.next_out = reinterpret_cast<Bytef*>(part);
    stream.avail_out = sizeof part;
    state = inflate(&stream, Z_SYNC_FLUSH);
    out.append(part, sizeof part - stream.avail_out);
  } while (state == Z_OK && (stream.avail_in != 0 || stream.avail_out == 0));
  inflateEnd(&stream);
  if (state != Z_OK && state != Z_BUF_ERROR) throw std::runtime_error("not compressed properly");
  return out;
}

}  // namespace roomcast::support
