#include "http_response.hpp"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>

namespace roomcast::app::bench {
namespace {

constexpr std::size_t longest_head = 64 << 10;
constexpr std::uint64_t longest_body = std::uint64_t{256} << 20;

char small(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

bool same(std::string_view text, std::string_view small_letters) {
  return std::equal(text.begin(), text.end(), small_letters.begin(), small_letters.end(),
                    [](char a, char b) { return small(a) == b; });
}

/// A whole number and nothing else, or false.
bool read_number(std::string_view text, int base, std::uint64_t& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, base);
  return error == std::errc() && end == text.data() + text.size();
}

}  // namespace

int http_status(std::string_view head) {
  std::uint64_t status = 0;
  const bool good = head.starts_with("HTTP/1.1 ") && read_number(head.substr(9, 3), 10, status);
  return good ? static_cast<int>(status) : 0;
}

std::string_view http_header(std::string_view head, std::string_view name) {
  for (std::size_t at = head.find("\r\n"); at != std::string_view::npos; at = head.find("\r\n", at)) {
    at += 2;
    const std::string_view line = head.substr(at, head.find("\r\n", at) - at);
    if (line.size() <= name.size() || line[name.size()] != ':' || !same(line.substr(0, name.size()), name))
      continue;
    const std::size_t begin = line.find_first_not_of(' ', name.size() + 1);
    return begin == std::string_view::npos ? std::string_view() : line.substr(begin);
  }
  return {};
}

std::string_view ResponseReader::read(std::string_view bytes, Sink& sink) {
  if (!error_.empty()) return error_;
  const bool kept = !incomplete_.empty();
  if (kept) bytes = incomplete_.append(bytes);
  Step step;
  do step = take(bytes, sink);
  while (step == Step::response);
  if (step == Step::stopped) {
    reset();
  } else if (kept) {
    incomplete_.erase(0, incomplete_.size() - bytes.size());
  } else {
    incomplete_.assign(bytes);
  }
  return error_;
}

void ResponseReader::reset() {
  incomplete_.clear();
  error_ = {};
}

ResponseReader::Step ResponseReader::failed(std::string_view why) {
  error_ = why;
  return Step::failed;
}

ResponseReader::Step ResponseReader::take(std::string_view& bytes, Sink& sink) {
  const std::size_t end = bytes.find("\r\n\r\n");
  if (end == std::string_view::npos)
    return bytes.size() > longest_head ? failed("a head that does not end") : Step::incomplete;
  const std::string_view head = bytes.substr(0, end);
  const std::string_view rest = bytes.substr(end + 4);
  const int status = http_status(head);
  if (status == 0) return failed("what is not HTTP/1.1");
  if (same(http_header(head, "transfer-encoding"), "chunked")) return take_chunks(bytes, rest, status, sink);
  std::uint64_t length = 0;
  const std::string_view said = http_header(head, "content-length");
  if (!read_number(said, 10, length)) return failed("a response without Content-Length");
  if (length > longest_body) return failed("a body of more than 256 MiB");
  if (rest.size() < length) return Step::incomplete;
  bytes = rest.substr(static_cast<std::size_t>(length));
  return sink.on_response(status, rest.substr(0, static_cast<std::size_t>(length))) ? Step::response
                                                                                    : Step::stopped;
}

// Begins anew when a chunk is missing: responses to polling are short.
ResponseReader::Step ResponseReader::take_chunks(std::string_view& bytes, std::string_view body, int status,
                                                 Sink& sink) {
  chunks_.clear();
  for (;;) {
    const std::size_t line = body.find("\r\n");
    if (line == std::string_view::npos)
      return body.size() > 16 ? failed("a malformed chunk") : Step::incomplete;
    std::uint64_t length = 0;
    if (!read_number(body.substr(0, line), 16, length)) return failed("a malformed chunk");
    if (length > longest_body) return failed("a chunk of more than 256 MiB");
    const auto size = static_cast<std::size_t>(length);
    if (body.size() - line < size + 4) return Step::incomplete;
    chunks_.append(body, line + 2, size);
    if (body.substr(line + 2 + size, 2) != "\r\n") return failed("a malformed chunk");
    body.remove_prefix(line + 2 + size + 2);
    if (size == 0) break;
  }
  bytes = body;
  return sink.on_response(status, chunks_) ? Step::response : Step::stopped;
}

}  // namespace roomcast::app::bench
