#include <algorithm>
#include <charconv>
#include <ctime>

#include <boost/beast/http/status.hpp>

#include <net/http_message.hpp>

namespace roomcast::net {
namespace {

// RFC9110§6.6.1; made once a second per thread.
std::string_view date_header() {
  thread_local std::time_t made_at = 0;
  thread_local char text[64];
  thread_local std::size_t size = 0;
  const std::time_t now = std::time(nullptr);
  if (now != made_at) {
    std::tm utc{};
    ::gmtime_r(&now, &utc);
    size = std::strftime(text, sizeof text, "Date: %a, %d %b %Y %H:%M:%S GMT\r\n", &utc);
    made_at = now;
  }
  return {text, size};
}

void append_number(base::FrameBuilder& out, std::size_t number) {
  char digits[24];
  const char* end = std::to_chars(digits, digits + sizeof digits, number).ptr;
  out.append(std::string_view(digits, static_cast<std::size_t>(end - digits)));
}

}  // namespace

bool is_token(std::string_view text) noexcept {
  return !text.empty() && std::ranges::all_of(text, [](unsigned char c) {
    return c > ' ' && c < 0x7F &&
           std::string_view("()<>@,;:\\\"/[]?={}").find(static_cast<char>(c)) == std::string_view::npos;
  });
}

std::string_view reason_phrase(unsigned status) { return http::obsolete_reason(http::int_to_status(status)); }

base::Frame to_frame(const HttpResponse& response, bool keep_alive, bool to_head) {
  const std::string_view body =
      response.fixed_body.empty() ? std::string_view(response.body) : response.fixed_body;
  base::FrameBuilder out(256 + body.size());
  out.append("HTTP/1.1 ");
  append_number(out, response.status);
  out.append(' ');
  out.append(reason_phrase(response.status));
  out.append("\r\n");
  // RFC9110§8.6: neither 204 nor 304 carries a length that says something about a body of their own.
  bool length_due = response.status != 304 && response.status != 204;
  auto write_length = [&] {
    if (!std::exchange(length_due, false)) return;
    out.append("Content-Length: ");
    append_number(out, body.size());
    out.append("\r\n");
  };
  for (const auto& [name, value] : response.headers) {
    out.append(name);
    out.append(": ");
    out.append(value);
    out.append("\r\n");
    if (name == "Content-Type") write_length();  // where the official server has it
  }
  write_length();
  out.append(date_header());
  out.append(keep_alive ? "Connection: keep-alive\r\n\r\n" : "Connection: close\r\n\r\n");
  const bool bodiless = to_head || response.head_only || response.status == 304 || response.status == 204;
  if (!bodiless) out.append(body);
  return std::move(out).finish(base::FrameKind::binary, "");
}

}  // namespace roomcast::net
