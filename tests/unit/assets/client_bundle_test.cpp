#include <string>
#include <string_view>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <assets/client_bundle.hpp>

namespace roomcast::assets {
namespace {

using testing::HasSubstr;

// `window_bits` as for inflateInit2: 15 is zlib's format, 31 is gzip's.
std::string inflated(std::string_view bytes, int window_bits, std::size_t expected_size) {
  std::string plain(expected_size + 1, '\0');
  z_stream stream{};
  EXPECT_EQ(inflateInit2(&stream, window_bits), Z_OK);
  std::string input(bytes);
  stream.next_in = reinterpret_cast<Bytef*>(input.data());
  stream.avail_in = static_cast<uInt>(input.size());
  stream.next_out = reinterpret_cast<Bytef*>(plain.data());
  stream.avail_out = static_cast<uInt>(plain.size());
  EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
  plain.resize(stream.total_out);
  inflateEnd(&stream);
  return plain;
}

TEST(ClientBundle, has_the_four_builds_and_their_source_maps) {
  EXPECT_EQ(client_files().size(), 8u);
  for (std::string build : {"js", "min.js", "msgpack.min.js", "esm.min.js"}) {
    ASSERT_NE(find_client_file("socket.io." + build), nullptr) << build;
    ASSERT_NE(find_client_file("socket.io." + build + ".map"), nullptr) << build;
  }
}

TEST(ClientBundle, finds_exact_names_only) {
  for (std::string_view other :
       {"", "socket.io", "/socket.io.js", "socket.io.js?v=1", "Socket.io.js", "socket.io.js.ma"})
    EXPECT_EQ(find_client_file(other), nullptr) << other;
}

TEST(ClientBundle, carries_the_bytes_that_the_official_server_serves) {
  const File& file = *find_client_file("socket.io.js");
  EXPECT_EQ(file.identity.size(), 153519u);  // as captured from socket.io 4.8.4
  EXPECT_TRUE(file.identity.starts_with("/*!\n * Socket.IO v4.8."));
  EXPECT_THAT(std::string(file.identity), HasSubstr("//# sourceMappingURL=socket.io.js.map"));
  EXPECT_EQ(file.content_type, "application/javascript; charset=utf-8");
  EXPECT_EQ(file.etag, "\"4.8.4\"");
  EXPECT_EQ(find_client_file("socket.io.js.map")->content_type, "application/json; charset=utf-8");
}

TEST(ClientBundle, every_compressed_form_gives_back_the_same_bytes) {
  for (const File& file : client_files()) {
    EXPECT_EQ(inflated(file.gzip, 31, file.identity.size()), file.identity) << file.name;
    EXPECT_EQ(inflated(file.deflate, 15, file.identity.size()), file.identity) << file.name;
    EXPECT_FALSE(file.brotli.empty())
        << file.name;  // what is in it is for the end-to-end tests: no decoder here
    EXPECT_LT(file.brotli.size(), file.gzip.size()) << file.name;
  }
}

}  // namespace
}  // namespace roomcast::assets
