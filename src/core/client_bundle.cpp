#include <cstdlib>
#include <string>

#include <assets/client_bundle.hpp>
#include <core/client_bundle.hpp>

namespace roomcast::core {
namespace {

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

}  // namespace

std::string_view client_file_of(std::string_view target, std::string_view path) {
  if (path.ends_with('/')) path.remove_suffix(1);
  if (!target.starts_with(path) || target.size() <= path.size()) return {};
  target.remove_prefix(path.size() + 1);
  target = target.substr(0, target.find('?'));
  return assets::find_client_file(target) != nullptr ? target : std::string_view();
}

std::string_view preferred_encoding(std::string_view accept_encoding) {
  std::string_view best = "identity";
  double best_quality = 0;
  while (!accept_encoding.empty()) {
    const std::size_t comma = accept_encoding.find(',');
    const std::string_view item = accept_encoding.substr(0, comma);
    accept_encoding =
        comma == std::string_view::npos ? std::string_view() : accept_encoding.substr(comma + 1);
    const std::size_t semicolon = item.find(';');
    std::string_view name = trimmed(item.substr(0, semicolon));
    double quality = 1;
    if (const std::size_t q = item.find("q=", semicolon == std::string_view::npos ? item.size() : semicolon);
        q != std::string_view::npos)
      quality = std::strtod(std::string(item.substr(q + 2)).c_str(), nullptr);
    if (name == "*") name = "br";
    if ((name == "br" || name == "gzip" || name == "deflate") && quality > best_quality) {
      best = name;
      best_quality = quality;
    }
  }
  return best;
}

net::HttpResponse serve_client_file(std::string_view name, const net::HttpRequest& request) {
  const assets::File& file = *assets::find_client_file(name);
  net::HttpResponse response;
  const std::string_view known = request.header("If-None-Match");
  if (known == file.etag || (known.starts_with("W/") && known.substr(2) == file.etag)) {
    response.status = 304;
    return response;
  }
  response.headers = {{"Cache-Control", "public, max-age=0"},
                      {"Content-Type", std::string(file.content_type)},
                      {"ETag", std::string(file.etag)}};
  const std::string_view encoding = preferred_encoding(request.header("Accept-Encoding"));
  response.fixed_body = encoding == "br"        ? file.brotli
                        : encoding == "gzip"    ? file.gzip
                        : encoding == "deflate" ? file.deflate
                                                : file.identity;
  if (encoding != "identity") response.headers.emplace_back("content-encoding", encoding);
  response.head_only = request.method() == net::http::verb::head;
  return response;
}

}  // namespace roomcast::core
