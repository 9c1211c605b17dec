#include <algorithm>

#include <base/utf8.hpp>
#include <protocol/engineio/query.hpp>

namespace roomcast::engineio {
namespace {

struct Parameter {
  std::string_view name, value;  // still encoded
};

/// Takes the next parameter off the front of `text`; empty ones (`a&&b`) are skipped.
std::optional<Parameter> take_parameter(std::string_view& text) {
  while (text.starts_with('&')) text.remove_prefix(1);
  if (text.empty()) return std::nullopt;
  const std::string_view parameter = text.substr(0, text.find('&'));
  text.remove_prefix(parameter.size());
  const std::size_t equals = parameter.find('=');
  if (equals == std::string_view::npos) return Parameter{parameter, {}};
  return Parameter{parameter.substr(0, equals), parameter.substr(equals + 1)};
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::string decode(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && text.size() - i > 2 && hex_digit(text[i + 1]) >= 0 && hex_digit(text[i + 2]) >= 0) {
      out += static_cast<char>(hex_digit(text[i + 1]) << 4 | hex_digit(text[i + 2]));
      i += 2;
    } else {
      out += text[i] == '+' ? ' ' : text[i];
    }
  }
  return base::is_valid_utf8(out) ? out : base::to_valid_utf8(out);
}

/// Whether decoding changes nothing for sure.
bool is_plain(std::string_view text) {
  return std::none_of(text.begin(), text.end(),
                      [](char c) { return c == '%' || c == '+' || (c & 0x80) != 0; });
}

bool names(std::string_view encoded, std::string_view name) {
  return encoded == name || (!is_plain(encoded) && decode(encoded) == name);
}

}  // namespace

bool path_matches(std::string_view target, std::string_view path) noexcept {
  return target.starts_with(path);
}

std::string_view query_of(std::string_view target) noexcept {
  target = target.substr(0, target.find('#'));
  const std::size_t mark = target.find('?');
  return mark == std::string_view::npos ? std::string_view{} : target.substr(mark + 1);
}

std::optional<std::string> Query::get(std::string_view name) const {
  std::optional<std::string_view> last;
  std::string_view rest = text_;
  while (const auto parameter = take_parameter(rest))
    if (names(parameter->name, name)) last = parameter->value;
  if (!last) return std::nullopt;
  return decode(*last);
}

void Query::for_each(const std::function<void(std::string, std::string)>& visit) const {
  std::string_view rest = text_;
  while (const auto parameter = take_parameter(rest))
    visit(decode(parameter->name), decode(parameter->value));
}

}  // namespace roomcast::engineio
