#include <string>

#include <gtest/gtest.h>

#include <base/base64.hpp>

namespace roomcast::base {
namespace {

std::string every_byte(std::size_t size) {
  std::string bytes;
  for (std::size_t i = 0; i < size; ++i) bytes += static_cast<char>(i * 7 + i / 256);
  return bytes;
}

// RFC4648§10.
TEST(Base64, writes_the_test_vectors_of_the_rfc) {
  EXPECT_EQ(base64_encode(""), "");
  EXPECT_EQ(base64_encode("f"), "Zg==");
  EXPECT_EQ(base64_encode("fo"), "Zm8=");
  EXPECT_EQ(base64_encode("foo"), "Zm9v");
  EXPECT_EQ(base64_encode("foob"), "Zm9vYg==");
  EXPECT_EQ(base64_encode("fooba"), "Zm9vYmE=");
  EXPECT_EQ(base64_encode("foobar"), "Zm9vYmFy");
}

// RFC4648§4 and §5.
TEST(Base64, has_a_standard_and_a_url_alphabet) {
  EXPECT_EQ(base64_encode("\xFB\xFF\xBF"), "+/+/");
  EXPECT_EQ(base64url_encode("\xFB\xFF\xBF"), "-_-_");
  EXPECT_EQ(base64url_encode("f"), "Zg");
  EXPECT_EQ(base64url_encode("fo"), "Zm8");
  EXPECT_EQ(base64url_encode("foo"), "Zm9v");
  EXPECT_EQ(base64url_encode(""), "");
}

TEST(Base64, reads_back_what_it_wrote) {
  for (std::size_t size = 0; size < 600; ++size) {
    const std::string bytes = every_byte(size);
    EXPECT_EQ(base64_encode(bytes).size(), base64_size(size));
    EXPECT_EQ(base64_decode_lenient(base64_encode(bytes)), bytes);
    EXPECT_EQ(base64_decode_lenient(base64url_encode(bytes)), bytes);
  }
}

TEST(Base64, appends_to_strings_and_frames) {
  std::string text = "b";
  base64_encode("fo", text);
  EXPECT_EQ(text, "bZm8=");
  FrameBuilder builder;
  builder.append('b');
  base64_encode("fo", builder);
  EXPECT_EQ(builder.view(), "bZm8=");
  std::string bytes = "<";
  base64_decode_lenient("Zm8=", bytes);
  EXPECT_EQ(bytes, "<fo");
}

// Each line is what Node 20 answers to Buffer.from(text, "base64").
TEST(Base64, decodes_untidy_text_as_node_does) {
  EXPECT_EQ(base64_decode_lenient("AQIDBA=="), "\x01\x02\x03\x04");
  EXPECT_EQ(base64_decode_lenient("AQIDBA"), "\x01\x02\x03\x04");       // no padding
  EXPECT_EQ(base64_decode_lenient("AQ ID\nBA=="), "\x01\x02\x03\x04");  // whitespace
  EXPECT_EQ(base64_decode_lenient("!A.Q\xC3\xA9I*D"), "\x01\x02\x03");  // junk
  EXPECT_EQ(base64_decode_lenient("-_+/"), "\xFB\xFF\xBF");             // both alphabets at once
  EXPECT_EQ(base64_decode_lenient("AQIDBA==xx"), "\x01\x02\x03\x04");   // behind the padding
  EXPECT_EQ(base64_decode_lenient("AQ=IDBA"), "\x01");                  // the first = ends it
  EXPECT_EQ(base64_decode_lenient("AQI=AQ=="), "\x01\x02");
  EXPECT_EQ(base64_decode_lenient("A"), "");  // six bits are no byte
  EXPECT_EQ(base64_decode_lenient("A=QID"), "");
  EXPECT_EQ(base64_decode_lenient("===="), "");
  EXPECT_EQ(base64_decode_lenient("!!!!"), "");
}

TEST(Base64, finds_the_same_bytes_wherever_junk_is_put) {
  const std::string bytes = every_byte(50);
  const std::string text = base64_encode(bytes);
  for (std::size_t at = 0; at <= text.size(); ++at)
    for (const std::string junk : {" ", "\r\n", "\xFF\xFE\xFD"})
      EXPECT_EQ(base64_decode_lenient(std::string(text).insert(at, junk)), bytes);
}

}  // namespace
}  // namespace roomcast::base
