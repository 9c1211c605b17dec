#include <protocol/engineio/error.hpp>

namespace roomcast::engineio {
namespace {

/// As JSON.stringify writes a string.
void append_json_string(std::string_view text, std::string& out) {
  constexpr std::string_view escaped = "\"\\\b\f\n\r\t";
  constexpr std::string_view letters = "\"\\bfnrt";
  out += '"';
  for (const char c : text) {
    const auto code = static_cast<unsigned char>(c);
    if (const std::size_t at = escaped.find(c); at != std::string_view::npos) {
      out += '\\';
      out += letters[at];
    } else if (code < 0x20) {
      out += "\\u00";
      out += "01"[code >> 4];
      out += "0123456789abcdef"[code & 15];
    } else {
      out += c;
    }
  }
  out += '"';
}

}  // namespace

std::string_view message(RequestError e) noexcept {
  switch (e) {
    case RequestError::transport_unknown:
      return "Transport unknown";
    case RequestError::session_id_unknown:
      return "Session ID unknown";
    case RequestError::bad_handshake_method:
      return "Bad handshake method";
    case RequestError::bad_request:
      return "Bad request";
    case RequestError::forbidden:
      return "Forbidden";
    case RequestError::unsupported_protocol_version:
      return "Unsupported protocol version";
  }
  return "Bad request";
}

unsigned http_status(RequestError e) noexcept { return e == RequestError::forbidden ? 403 : 400; }

std::string json_body(RequestError e) { return json_body(e, message(e)); }

std::string json_body(RequestError e, std::string_view text) {
  std::string body = "{\"code\":" + std::to_string(static_cast<unsigned>(e)) + ",\"message\":";
  append_json_string(text, body);
  return body += '}';
}

std::string upgrade_refusal(std::string_view text) {
  std::string response =
      "HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-type: text/html\r\nContent-Length: ";
  return response.append(std::to_string(text.size())).append("\r\n\r\n").append(text);
}

}  // namespace roomcast::engineio
