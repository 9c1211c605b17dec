#include "mask.hpp"

#include <cstdint>
#include <cstring>

namespace roomcast::websocket {

void unmask(std::span<char> bytes, MaskKey key, std::size_t offset) noexcept {
  char pattern[8];  // the key as it falls on this part, twice
  for (std::size_t i = 0; i < sizeof pattern; ++i) pattern[i] = key[(offset + i) % 4];
  std::uint64_t mask;
  std::memcpy(&mask, pattern, sizeof mask);

  char* at = bytes.data();
  std::size_t words = bytes.size() / sizeof mask;
  for (; words > 0; --words, at += sizeof mask) {
    std::uint64_t word;
    std::memcpy(&word, at, sizeof word);
    word ^= mask;
    std::memcpy(at, &word, sizeof word);
  }
  for (std::size_t i = 0; i < bytes.size() % sizeof mask; ++i) at[i] = static_cast<char>(at[i] ^ pattern[i]);
}

}  // namespace roomcast::websocket
