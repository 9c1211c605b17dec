#include <gtest/gtest.h>

#include <assets/client_bundle.hpp>
#include <core/client_bundle.hpp>
#include <roomcast/http.hpp>

namespace roomcast::core {
namespace {

TEST(ClientFile, is_named_below_the_path) {
  EXPECT_EQ(client_file_of("/socket.io/socket.io.js", "/socket.io/"), "socket.io.js");
  EXPECT_EQ(client_file_of("/socket.io/socket.io.min.js.map", "/socket.io/"), "socket.io.min.js.map");
  EXPECT_EQ(client_file_of("/live/socket.io.esm.min.js", "/live/"), "socket.io.esm.min.js");
  EXPECT_EQ(client_file_of("/live/socket.io.js", "/live"), "socket.io.js");
}

TEST(ClientFile, may_have_a_query) {
  EXPECT_EQ(client_file_of("/socket.io/socket.io.js?v=1", "/socket.io/"), "socket.io.js");
}

TEST(ClientFile, may_have_any_one_character_behind_the_path_as_in_the_official_server) {
  EXPECT_EQ(client_file_of("/socket.io_socket.io.js", "/socket.io/"), "socket.io.js");
}

TEST(ClientFile, is_nothing_else) {
  for (const char* target :
       {"/socket.io/", "/socket.io", "/socket.io/nothing.js", "/socket.io/?EIO=4", "/other/socket.io.js",
        "/socket.io//socket.io.js", "/socket.io/socket.io.js/", "/", ""})
    EXPECT_EQ(client_file_of(target, "/socket.io/"), "") << target;
}

TEST(PreferredEncoding, is_identity_when_nothing_we_have_is_accepted) {
  EXPECT_EQ(preferred_encoding(""), "identity");
  EXPECT_EQ(preferred_encoding("identity"), "identity");
  EXPECT_EQ(preferred_encoding("zstd, compress"), "identity");
  EXPECT_EQ(preferred_encoding("br;q=0"), "identity");
  EXPECT_EQ(preferred_encoding("gzip;q=0, deflate;q=0.0"), "identity");
}

TEST(PreferredEncoding, is_the_one_with_the_highest_quality) {
  EXPECT_EQ(preferred_encoding("gzip"), "gzip");
  EXPECT_EQ(preferred_encoding("deflate"), "deflate");
  EXPECT_EQ(preferred_encoding("gzip;q=0.5, br;q=0.9"), "br");
  EXPECT_EQ(preferred_encoding("gzip;q=0.9, br;q=0.5"), "gzip");
  EXPECT_EQ(preferred_encoding(" br ; q=0.1 ,deflate; q=0.2"), "deflate");
  EXPECT_EQ(preferred_encoding("zstd;q=1, deflate;q=0.1"), "deflate");
}

TEST(PreferredEncoding, of_equals_is_the_first_named) {
  EXPECT_EQ(preferred_encoding("gzip, deflate, br"), "gzip");
  EXPECT_EQ(preferred_encoding("br, gzip"), "br");
}

TEST(PreferredEncoding, takes_a_star_for_what_was_not_named) {
  EXPECT_EQ(preferred_encoding("*"), "br");
  EXPECT_EQ(preferred_encoding("gzip, *"), "gzip");
  EXPECT_EQ(preferred_encoding("*;q=0.1, gzip;q=0.5"), "gzip");
  EXPECT_EQ(preferred_encoding("br;q=0, *"), "gzip");
  EXPECT_EQ(preferred_encoding("*;q=0"), "identity");
}

TEST(PreferredEncoding, is_case_insensitive) { EXPECT_EQ(preferred_encoding("GZip;Q=0.5"), "gzip"); }

net::HttpRequest asking(std::initializer_list<std::pair<const char*, const char*>> headers,
                        net::http::verb method = net::http::verb::get) {
  net::HttpRequest request;
  request.message.method(method);
  request.message.target("/socket.io/socket.io.js");
  for (const auto& [name, value] : headers) request.message.set(name, value);
  return request;
}

std::string header_of(const net::HttpResponse& response, std::string_view name) {
  for (const auto& [key, value] : response.headers)
    if (key == name) return value;
  return "";
}

TEST(ServeClientFile, answers_in_the_preferred_encoding) {
  const assets::File& file = *assets::find_client_file("socket.io.js");
  const auto plain = serve_client_file("socket.io.js", asking({}));
  EXPECT_EQ(plain.status, 200u);
  EXPECT_EQ(plain.fixed_body, file.identity);
  EXPECT_EQ(header_of(plain, "content-encoding"), "");
  EXPECT_EQ(header_of(plain, "ETag"), file.etag);
  const auto packed = serve_client_file("socket.io.js", asking({{"Accept-Encoding", "gzip, deflate, br"}}));
  EXPECT_EQ(packed.fixed_body, file.gzip);
  EXPECT_EQ(header_of(packed, "content-encoding"), "gzip");
  const auto deflated = serve_client_file("socket.io.js", asking({{"Accept-Encoding", "deflate"}}));
  EXPECT_EQ(deflated.fixed_body, file.deflate);
}

TEST(ServeClientFile, says_304_to_who_has_it_already) {
  const std::string etag(assets::find_client_file("socket.io.js")->etag);
  const std::string weak = "W/" + etag;
  EXPECT_EQ(serve_client_file("socket.io.js", asking({{"If-None-Match", etag.c_str()}})).status, 304u);
  EXPECT_EQ(serve_client_file("socket.io.js", asking({{"If-None-Match", weak.c_str()}})).status, 304u);
  EXPECT_EQ(serve_client_file("socket.io.js", asking({{"If-None-Match", "\"older\""}})).status, 200u);
}

TEST(ServeClientFile, sends_no_body_to_head) {
  EXPECT_TRUE(serve_client_file("socket.io.js", asking({}, net::http::verb::head)).head_only);
}

// ---- the application's own requests

TEST(HttpRequest, has_a_path_without_its_query) {
  const HttpRequest request{
      .method = "GET", .target = "/a/b?c=d/e", .body = {}, .address = {}, .headers = {}};
  EXPECT_EQ(request.path(), "/a/b");
  const HttpRequest bare{.method = "GET", .target = "/a", .body = {}, .address = {}, .headers = {}};
  EXPECT_EQ(bare.path(), "/a");
}

TEST(HttpRequest, finds_headers_in_any_case_and_query_parameters_decoded) {
  const HttpRequest request{.method = "GET",
                            .target = "/?a=%20b&a=c+d",
                            .body = {},
                            .address = {},
                            .headers = {{"X-Name", "value"}}};
  EXPECT_EQ(request.header("x-nAME"), "value");
  EXPECT_EQ(request.header("x"), "");
  EXPECT_EQ(request.query("a"), "c d");
  EXPECT_EQ(request.query("b"), std::nullopt);
}

TEST(HttpResponse, of_json_says_so) {
  const HttpResponse response = HttpResponse::json("{}", 201);
  EXPECT_EQ(response.status, 201u);
  EXPECT_EQ(response.body, "{}");
  EXPECT_EQ(response.content_type, "application/json; charset=utf-8");
}

}  // namespace
}  // namespace roomcast::core
