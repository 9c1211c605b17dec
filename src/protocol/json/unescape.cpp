#include <cstdint>

#include <protocol/json/reader.hpp>

#include "grammar.hpp"

namespace roomcast::json {
namespace {

bool is_high_surrogate(unsigned unit) noexcept { return (unit & 0xFC00) == 0xD800; }
bool is_low_surrogate(unsigned unit) noexcept { return (unit & 0xFC00) == 0xDC00; }

void append_utf8(std::string& out, unsigned code_point) {
  const auto byte = [&out](unsigned bits) { out.push_back(static_cast<char>(bits)); };
  if (code_point < 0x80) {
    byte(code_point);
  } else if (code_point < 0x800) {
    byte(0xC0 | (code_point >> 6));
    byte(0x80 | (code_point & 0x3F));
  } else if (code_point < 0x10000) {
    byte(0xE0 | (code_point >> 12));
    byte(0x80 | ((code_point >> 6) & 0x3F));
    byte(0x80 | (code_point & 0x3F));
  } else {
    byte(0xF0 | (code_point >> 18));
    byte(0x80 | ((code_point >> 12) & 0x3F));
    byte(0x80 | ((code_point >> 6) & 0x3F));
    byte(0x80 | (code_point & 0x3F));
  }
}

/// Whether a whole `\uXXXX` stands at `at`, and which.
bool code_unit(const char* at, const char* end, unsigned& unit) noexcept {
  if (end - at < 6 || at[0] != '\\' || at[1] != 'u') return false;
  unit = 0;
  for (int i = 2; i < 6; ++i) unit = unit << 4 | (detail::hex_value(at[i]) & 0xF);
  return true;
}

/// Appends what the escape at `at` stands for; behind it, or behind both halves of a surrogate pair.
const char* append_escape(std::string& out, const char* at, const char* end) {
  unsigned unit = 0;
  if (code_unit(at, end, unit)) {
    at += 6;
    if (unsigned low = 0; is_high_surrogate(unit) && code_unit(at, end, low) && is_low_surrogate(low)) {
      at += 6;
      unit = 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
    } else if (is_high_surrogate(unit) || is_low_surrogate(unit)) {
      unit = 0xFFFD;
    }
    append_utf8(out, unit);
    return at;
  }
  if (end - at < 2) return end;
  switch (at[1]) {
    case 'b':
      out.push_back('\b');
      break;
    case 'f':
      out.push_back('\f');
      break;
    case 'n':
      out.push_back('\n');
      break;
    case 'r':
      out.push_back('\r');
      break;
    case 't':
      out.push_back('\t');
      break;
    default:
      out.push_back(at[1]);
      break;
  }
  return at + 2;
}

/// `raw_string` without its quotes.
std::string_view content(std::string_view raw_string) noexcept {
  return raw_string.size() < 2 ? std::string_view{} : raw_string.substr(1, raw_string.size() - 2);
}

}  // namespace

std::string unescape(std::string_view raw_string) {
  const std::string_view text = content(raw_string);
  std::string plain;
  plain.reserve(text.size());
  const char* at = text.data();
  const char* const end = at + text.size();
  while (at != end) {
    const std::size_t run = std::string_view(at, static_cast<std::size_t>(end - at)).find('\\');
    if (run == std::string_view::npos) {
      plain.append(at, end);
      break;
    }
    plain.append(at, run);
    at = append_escape(plain, at + run, end);
  }
  return plain;
}

bool equals(std::string_view raw_string, std::string_view plain) {
  const std::string_view text = content(raw_string);
  if (text.find('\\') == std::string_view::npos) return text == plain;
  return text.size() > plain.size() &&
         unescape(raw_string) == plain;  // an escape is longer than what it means
}

}  // namespace roomcast::json
