#include <algorithm>
#include <array>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include <base/crypto.hpp>

namespace roomcast::base {
namespace {

TEST(Crypto, tokens_have_the_length_and_the_letters_they_promise) {
  EXPECT_EQ(random_token(15).size(), 20u);
  EXPECT_EQ(random_hex(8).size(), 16u);
  EXPECT_EQ(random_token(0), "");
  for (int i = 0; i < 1000; ++i) {
    EXPECT_EQ(random_token(15).find_first_not_of(
                  "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"),
              std::string::npos);
    EXPECT_EQ(random_hex(8).find_first_not_of("0123456789abcdef"), std::string::npos);
  }
}

TEST(Crypto, tokens_never_repeat_within_or_across_threads) {
  std::vector<std::vector<std::string>> made(4);
  {
    std::vector<std::jthread> threads;
    for (auto& mine : made)
      threads.emplace_back([&mine] {
        for (int i = 0; i < 5000; ++i) mine.push_back(random_token(15));
      });
  }
  std::set<std::string> all;
  for (const auto& mine : made) all.insert(mine.begin(), mine.end());
  EXPECT_EQ(all.size(), 20'000u);
}

TEST(Crypto, fills_every_byte_of_any_length) {
  for (const std::size_t size : {1u, 15u, 511u, 512u, 513u, 1024u, 5000u}) {
    std::vector<unsigned char> ever(size);
    for (int round = 0; round < 30; ++round) {
      std::vector<unsigned char> bytes(size);
      random_bytes(bytes);
      std::transform(ever.begin(), ever.end(), bytes.begin(), ever.begin(), std::bit_or<>());
    }
    EXPECT_EQ(std::count(ever.begin(), ever.end(), 0), 0);
  }
}

TEST(Crypto, random_bytes_look_even) {
  std::array<int, 256> seen{};
  for (int i = 0; i < 4096; ++i) {
    unsigned char bytes[16];
    random_bytes(bytes);
    for (const unsigned char byte : bytes) ++seen[byte];
  }
  const auto [rarest, commonest] =
      std::minmax_element(seen.begin(), seen.end());  // 256 expected, deviation 16
  EXPECT_GT(*rarest, 128);
  EXPECT_LT(*commonest, 384);
}

// RFC3174§7.3.
TEST(Crypto, sha1_gives_the_digests_of_the_rfc) {
  EXPECT_EQ(sha1("abc"), "\xA9\x99\x3E\x36\x47\x06\x81\x6A\xBA\x3E\x25\x71\x78\x50\xC2\x6C\x9C\xD0\xD8\x9D");
  EXPECT_EQ(sha1("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "\x84\x98\x3E\x44\x1C\x3B\xD2\x6E\xBA\xAE\x4A\xA1\xF9\x51\x29\xE5\xE5\x46\x70\xF1");
  EXPECT_EQ(sha1("").size(), 20u);
}

}  // namespace
}  // namespace roomcast::base
