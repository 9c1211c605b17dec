#include <base/frame.hpp>
#include <protocol/engineio/jsonp.hpp>
#include <protocol/engineio/query.hpp>
#include <protocol/json/writer.hpp>

namespace roomcast::engineio {
namespace {

// Ends of lines in scripts, but not in JSON.
constexpr std::string_view line_separator = "\xE2\x80\xA8";
constexpr std::string_view paragraph_separator = "\xE2\x80\xA9";

}  // namespace

std::optional<std::string> jsonp_callback(std::string_view query) {
  std::optional<std::string> callback = Query(query).get("j");
  if (callback) std::erase_if(*callback, [](char c) { return c < '0' || c > '9'; });
  return callback;
}

std::string jsonp_answer(std::string_view callback, std::string_view body) {
  base::FrameBuilder text(body.size() + body.size() / 4 + 16);
  json::write_string(text, body);
  std::string script = "___eio[" + std::string(callback) + "](";
  std::string_view rest = text.view();
  for (;;) {
    const std::size_t at = rest.find("\xE2\x80");
    const std::string_view found = at == std::string_view::npos ? std::string_view() : rest.substr(at, 3);
    script += rest.substr(0, at);
    if (at == std::string_view::npos) break;
    script += found == line_separator ? "\\u2028" : found == paragraph_separator ? "\\u2029" : found;
    rest.remove_prefix(at + found.size());
  }
  return script += ");";
}

std::optional<std::string> jsonp_body(std::string_view form) {
  const std::optional<std::string> field = Query(form).get("d");
  if (!field) return std::nullopt;
  std::string body;
  body.reserve(field->size());
  for (std::size_t i = 0; i < field->size(); ++i) {
    const std::string_view rest = std::string_view(*field).substr(i);
    if (rest.starts_with("\\\\n")) {
      body += "\\n";
      i += 2;
    } else if (rest.starts_with("\\n")) {
      body += '\n';
      ++i;
    } else {
      body += rest.front();
    }
  }
  return body;
}

}  // namespace roomcast::engineio
