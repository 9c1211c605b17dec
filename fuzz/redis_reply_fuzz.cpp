// Replies cut anywhere must mean what they mean whole, and nothing that is handed out is larger than the
// limit.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include <redis/reply_reader.hpp>

namespace {

using namespace roomcast::resp;

void require(bool truth) {
  if (!truth) std::abort();
}

/// What `reply` holds, as the limit counts it.
std::size_t size_of(const Reply& reply, int depth = 0) {
  require(depth <= 8);
  std::size_t size = reply.text.size() + reply.elements.size() * sizeof(Reply);
  for (const Reply& one : reply.elements) size += size_of(one, depth + 1);
  return size;
}

/// Feeds one piece from a buffer of exactly its size. False after an error.
bool feed(ReplyReader& reader, std::string_view piece, std::size_t limit, std::vector<Reply>& trace) {
  const std::vector<char> buffer(piece.begin(), piece.end());
  reader.feed({buffer.data(), buffer.size()});
  for (;;) {
    auto reply = reader.next();
    if (reply.has_error()) {
      require(reader.next().has_error());
      return false;
    }
    if (!*reply) return true;
    require(size_of(**reply) <= limit);
    trace.push_back(std::move(**reply));
  }
}

}  // namespace

/// The first byte chooses the limit and the cuts; the rest is what Redis sent.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::uint8_t seed = data[0];
  const std::size_t limit = seed % 2 == 0 ? 1'000'000 : 10 + seed;
  const std::string_view wire(reinterpret_cast<const char*>(data) + 1, size - 1);

  std::vector<Reply> whole, pieces;
  ReplyReader at_once(limit);
  const bool good = feed(at_once, wire, limit, whole);

  ReplyReader cut(limit);
  bool good_in_pieces = true;
  std::uint32_t random = seed;
  for (std::size_t at = 0, step; good_in_pieces && at < wire.size(); at += step) {
    random = random * 1'664'525 + 1'013'904'223;
    step = seed % 3 == 0 ? 1 : 1 + (random >> 16) % 24;
    good_in_pieces = feed(cut, wire.substr(at, step), limit, pieces);
  }
  require(whole == pieces);
  require(good == good_in_pieces);
  return 0;
}
