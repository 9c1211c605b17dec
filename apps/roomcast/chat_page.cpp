#include "chat_page.hpp"

#include <algorithm>
#include <string>
#include <string_view>

#include "embedded.hpp"

namespace roomcast::app {
namespace {

constexpr std::string_view content_security_policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

HttpResponse serve_file(const EmbeddedFile& file, const HttpRequest& request) {
  const bool page = file.path == "/index.html";
  HttpResponse response;
  // The names of assets change with their content, the page's does not.
  response.headers = {{"Cache-Control", page ? "no-cache" : "public, max-age=31536000, immutable"},
                      {"ETag", std::string(file.etag)},
                      {"Vary", "Accept-Encoding"},
                      {"X-Content-Type-Options", "nosniff"}};
  if (page) response.headers.emplace_back("Content-Security-Policy", content_security_policy);
  if (request.header("If-None-Match") == file.etag) {
    response.status = 304;
    response.content_type.clear();
    return response;
  }
  response.content_type = file.content_type;
  const std::string_view accepted = request.header("Accept-Encoding");
  std::string_view body = file.identity;
  for (const auto& [name, bytes] :
       {std::pair<std::string_view, std::string_view>{"br", file.brotli}, {"gzip", file.gzip}}) {
    if (bytes.empty() || accepted.find(name) == std::string_view::npos) continue;
    body = bytes;
    response.headers.emplace_back("Content-Encoding", name);
    break;
  }
  response.body = body;
  return response;
}

HttpResponse serve(const HttpRequest& request) {
  const std::string_view path = request.path() == "/" ? "/index.html" : request.path();
  const auto files = chat_page();
  const auto found = std::ranges::find(files, path, &EmbeddedFile::path);
  if (found != files.end()) return serve_file(*found, request);
  return {.status = 404, .body = "Not Found\n"};
}

}  // namespace

void add_chat_page(Server& io) {
  io.http("GET", "/", serve);
  io.http("GET", "/index.html", serve);
  io.http("GET", "/assets/*", serve);
}

}  // namespace roomcast::app
