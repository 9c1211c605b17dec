#include <ctime>

#include <boost/beast/core/string.hpp>

#include <protocol/engineio/query.hpp>
#include <roomcast/handshake.hpp>

namespace roomcast {
namespace {

// Calls `visit(name, value)` for each header line until it returns true.
template <class Visit>
void each_header(std::string_view lines, Visit&& visit) {
  while (!lines.empty()) {
    const std::size_t end = lines.find("\r\n");
    const std::string_view line = lines.substr(0, end);
    const std::size_t colon = line.find(": ");
    if (visit(line.substr(0, colon), line.substr(colon + 2))) return;
    lines.remove_prefix(end + 2);
  }
}

}  // namespace

std::string_view Handshake::header(std::string_view name) const noexcept {
  std::string_view found;
  each_header(request_->headers(), [&](std::string_view key, std::string_view value) {
    if (!boost::beast::iequals(key, name)) return false;
    found = value;
    return true;
  });
  return found;
}

std::vector<std::pair<std::string, std::string>> Handshake::headers() const {
  std::vector<std::pair<std::string, std::string>> all;
  each_header(request_->headers(), [&](std::string_view key, std::string_view value) {
    all.emplace_back(key, value);
    for (char& c : all.back().first)
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return false;
  });
  return all;
}

std::optional<std::string> Handshake::query(std::string_view name) const {
  return engineio::Query(engineio::query_of(request_->url())).get(name);
}

std::vector<std::pair<std::string, std::string>> Handshake::queries() const {
  std::vector<std::pair<std::string, std::string>> all;
  engineio::Query(engineio::query_of(request_->url())).for_each([&](std::string name, std::string value) {
    all.emplace_back(std::move(name), std::move(value));
  });
  return all;
}

std::string Handshake::time() const {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(request_->issued);
  std::tm utc{};
  ::gmtime_r(&seconds, &utc);
  char text[80];
  const std::size_t size =
      std::strftime(text, sizeof text, "%a %b %d %Y %H:%M:%S GMT+0000 (Coordinated Universal Time)", &utc);
  return {text, size};
}

}  // namespace roomcast
