#include <algorithm>
#include <cstdlib>
#include <string>
#include <vector>

#include <assets/client_bundle.hpp>
#include <core/client_bundle.hpp>

namespace roomcast::core {
namespace {

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

// What the files are there in, the smallest first.
constexpr std::string_view encodings[] = {"br", "gzip", "deflate"};

struct Accepted {
  std::string name;  // in lower case
  double quality;
};

std::vector<Accepted> read_accept_encoding(std::string_view list) {
  std::string lower(list);
  for (char& c : lower)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  std::vector<Accepted> all;
  for (std::string_view rest = lower; !rest.empty();) {
    const std::string_view item = rest.substr(0, rest.find(','));
    rest.remove_prefix(std::min(item.size() + 1, rest.size()));
    const std::size_t semicolon = item.find(';');
    double quality = 1;
    if (semicolon != std::string_view::npos)
      if (const std::size_t q = item.find("q=", semicolon); q != std::string_view::npos)
        quality = std::strtod(std::string(item.substr(q + 2)).c_str(), nullptr);
    all.push_back({std::string(trimmed(item.substr(0, semicolon))), quality});
  }
  return all;
}

}  // namespace

std::string_view client_file_of(std::string_view target, std::string_view path) {
  if (path.ends_with('/')) path.remove_suffix(1);
  if (!target.starts_with(path) || target.size() <= path.size()) return {};
  target.remove_prefix(path.size() + 1);  // whatever it is, as in the official server
  target = target.substr(0, target.find('?'));
  return assets::find_client_file(target) != nullptr ? target : std::string_view();
}

std::string_view preferred_encoding(std::string_view accept_encoding) {
  std::vector<Accepted> all = read_accept_encoding(accept_encoding);
  std::string_view best = "identity";
  double best_quality = 0;
  for (Accepted& one : all) {
    if (one.name == "*") {
      const auto* unnamed = std::ranges::find_if(encodings, [&](std::string_view encoding) {
        return std::ranges::find(all, encoding, &Accepted::name) == all.end();
      });
      if (unnamed != std::ranges::end(encodings)) one.name = *unnamed;
    }
    if (std::ranges::find(encodings, one.name) == std::ranges::end(encodings)) continue;
    if (one.quality <= best_quality) continue;
    best = *std::ranges::find(encodings, one.name);
    best_quality = one.quality;
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
