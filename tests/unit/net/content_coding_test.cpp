#include <string>

#include <gtest/gtest.h>

#include <net/content_coding.hpp>
#include <support/uncompressed.hpp>

namespace roomcast::net {
namespace {

TEST(ContentCoding, the_client_has_the_choice) {
  using enum ContentCoding;
  struct Case {
    const char* accept;
    ContentCoding chosen;
  };
  for (const auto& [accept, chosen] : std::initializer_list<Case>{
           {"", identity},
           {"gzip", gzip},
           {"GZIP", gzip},
           {"deflate", deflate},
           {"gzip, deflate, br", gzip},
           {"deflate, gzip", deflate},
           {"br", identity},
           {"identity", identity},
           {"*", gzip},
           {"*, deflate", deflate},
           {"gzip;q=0, *", deflate},
           {"gzip;q=0", identity},
           {"gzip;q=0.2, deflate;q=0.3", deflate},
           {"gzip;q=0.3,deflate;q=0.2", gzip},
           {"deflate;q=0.5, *;q=0.7", gzip},
           {"gzip;q=2", identity},
           {"gzip;q=x", identity},
           {"gzip;level=9;q=0.5", gzip},
           {"gzip;q=0, deflate;q=0, *", identity},
           {",,;;==", identity},
       })
    EXPECT_EQ(preferred_coding(accept), chosen) << accept;
}

TEST(ContentCoding, what_is_compressed_can_be_read_again) {
  std::string noise;
  for (unsigned n = 1; noise.size() < 100'000; n = n * 1'664'525 + 1'013'904'223)
    noise += static_cast<char>(n >> 24);
  for (const std::string& bytes : {std::string(), std::string(100'000, 'x'), noise}) {
    const std::string gzip = compress(bytes, ContentCoding::gzip);
    EXPECT_TRUE(gzip.starts_with("\x1f\x8b"));
    EXPECT_EQ(support::uncompressed(gzip), bytes);
    const std::string deflate = compress(bytes, ContentCoding::deflate);
    EXPECT_TRUE(deflate.starts_with('\x78'));
    EXPECT_EQ(support::uncompressed(deflate), bytes);
    EXPECT_EQ(compress(bytes, ContentCoding::identity), bytes);
  }
  EXPECT_LT(compress(std::string(100'000, 'x'), ContentCoding::gzip).size(), 1000U);
}

}  // namespace
}  // namespace roomcast::net
