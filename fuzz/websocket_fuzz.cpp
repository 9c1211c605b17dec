// Frames cut anywhere must mean what they mean whole, compressed messages too, and whatever is handed out
// keeps the decoder's and the inflater's promises.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <tuple>
#include <vector>

#include <base/utf8.hpp>
#include <protocol/websocket/deflate.hpp>
#include <protocol/websocket/frame_decoder.hpp>

namespace {

using namespace roomcast::websocket;

using Entry = std::tuple<int, std::string, int>;  // kind, payload, close code; or -1 and the error

void require(bool truth) {
  if (!truth) std::abort();
}

/// Feeds one piece from a buffer of exactly its size. False after an error.
bool feed(FrameDecoder& decoder, Inflater& inflater, std::string_view piece, std::size_t limit,
          std::vector<Entry>& trace) {
  std::vector<char> buffer(piece.begin(), piece.end());
  std::span<char> input(buffer);
  for (;;) {
    auto result = decoder.next(input);
    if (result.has_error()) {
      trace.emplace_back(-1, "", result.error().value());
      require(decoder.next(input).has_error());
      return false;
    }
    if (!*result) break;
    Event& event = **result;
    const bool message = event.kind == Event::Kind::text || event.kind == Event::Kind::binary;
    require(event.payload.size() <= (message ? limit : 125));
    require(message || !event.compressed);
    if (event.compressed) {
      if (const auto error = inflater.inflate(event, limit)) {
        trace.emplace_back(-1, "", static_cast<int>(*error));
        return false;
      }
      require(event.payload.size() <= limit);
    }
    if (event.kind == Event::Kind::text || event.kind == Event::Kind::close)
      require(roomcast::base::is_valid_utf8(event.payload));
    trace.emplace_back(static_cast<int>(event.kind), std::string(event.payload), event.close_code);
  }
  require(input.empty());
  return true;
}

}  // namespace

/// The first byte chooses the limit, the cuts and whether messages may be compressed; the rest is what a
/// client sent.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::uint8_t seed = data[0];
  const std::size_t limit = seed % 2 == 0 ? 1'000'000 : 1 + seed;
  const bool deflate = seed % 5 != 0;
  const std::string_view wire(reinterpret_cast<const char*>(data) + 1, size - 1);

  std::vector<Entry> whole, pieces;
  Inflater inflater;
  FrameDecoder at_once(limit, deflate);
  feed(at_once, inflater, wire, limit, whole);

  FrameDecoder cut(limit, deflate);
  std::uint32_t random = seed;
  for (std::size_t at = 0, step; at < wire.size(); at += step) {
    random = random * 1'664'525 + 1'013'904'223;
    step = seed % 3 == 0 ? 1 : 1 + (random >> 16) % 24;
    if (!feed(cut, inflater, wire.substr(at, step), limit, pieces)) break;
  }
  require(whole == pieces);
  return 0;
}
