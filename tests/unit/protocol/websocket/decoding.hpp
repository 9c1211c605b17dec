#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include <protocol/websocket/frame_decoder.hpp>
#include <support/websocket_client_frames.hpp>

namespace roomcast::websocket {

using Trace = std::vector<std::string>;

inline std::string describe(const Event& event) {
  const std::string payload(event.payload);
  switch (event.kind) {
    case Event::Kind::text:
      return "text " + payload;
    case Event::Kind::binary:
      return "binary " + payload;
    case Event::Kind::ping:
      return "ping " + payload;
    case Event::Kind::pong:
      return "pong " + payload;
    case Event::Kind::close:
      return "close " + std::to_string(event.close_code) + " " + payload;
  }
  return "?";
}

/// Feeds one piece, in a buffer of its own that is gone afterwards, and notes what comes of it. False after
/// an error.
inline bool feed(FrameDecoder& decoder, std::string_view piece, Trace& trace) {
  std::vector<char> buffer(piece.begin(), piece.end());
  std::span<char> input(buffer);
  for (;;) {
    const auto event = decoder.next(input);
    if (event.has_error()) {
      trace.push_back("error " + std::to_string(close_code(static_cast<Error>(event.error().value()))) + " " +
                      event.error().message());
      return false;
    }
    if (!*event) break;
    trace.push_back(describe(**event));
  }
  EXPECT_TRUE(input.empty());
  return true;
}

inline Trace decode_in_pieces(std::string_view wire, std::size_t size, std::size_t limit) {
  FrameDecoder decoder(limit);
  Trace trace;
  for (std::size_t at = 0; at < wire.size(); at += size)
    if (!feed(decoder, wire.substr(at, size), trace)) break;
  return trace;
}

/// What a decoder makes of `wire`, one line per event and the error last: whole, byte by byte, in small
/// pieces, and cut in two everywhere (a frame and a half, half a frame and the rest), which must all be the
/// same. In a long one every cut near its ends is tried, and a sample of those between: a megabyte per cut
/// would take a sanitizer a minute.
inline Trace decode(std::string_view wire, std::size_t limit = 1'000'000) {
  const Trace whole = decode_in_pieces(wire, std::max<std::size_t>(wire.size(), 1), limit);
  for (const std::size_t size : {1u, 2u, 3u, 5u, 7u, 64u, 1000u})
    EXPECT_EQ(decode_in_pieces(wire, size, limit), whole) << "in pieces of " << size;
  const std::size_t near = 64;
  const std::size_t step = wire.size() > 4096 ? wire.size() / 64 : 1;
  for (std::size_t cut = 0; cut < wire.size();
       cut += cut < near || cut + step + near > wire.size() ? 1 : step) {
    FrameDecoder decoder(limit);
    Trace trace;
    if (feed(decoder, wire.substr(0, cut), trace)) feed(decoder, wire.substr(cut), trace);
    EXPECT_EQ(trace, whole) << "cut at " << cut;
  }
  return whole;
}

inline std::string error_line(Error error) {
  return "error " + std::to_string(close_code(error)) + " " + make_error_code(error).message();
}

/// Wherever the frame stands in the stream, it is refused with `error`, and what came before it counts.
inline void expect_refused(const std::string& wire, Error error) {
  EXPECT_EQ(decode(wire), (Trace{error_line(error)}));
  EXPECT_EQ(decode(support::client_text("before") + wire), (Trace{"text before", error_line(error)}));
}

}  // namespace roomcast::websocket
