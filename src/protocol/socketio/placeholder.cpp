#include <protocol/json/reader.hpp>
#include <protocol/json/scanner.hpp>
#include <protocol/json/token_cursor.hpp>
#include <protocol/socketio/placeholder.hpp>

namespace roomcast::socketio {
namespace {

enum class Member : unsigned char { flag, num, other };

Member member(std::string_view raw_key) {
  if (json::equals(raw_key, "_placeholder")) return Member::flag;
  if (json::equals(raw_key, "num")) return Member::num;
  return Member::other;
}

/// What is known of an array or object that has begun. Only an object ever gets its `flag` set.
struct Level {
  std::size_t offset = 0;
  std::size_t found_before = 0;  // placeholders before this object began
  Member current = Member::other;
  bool flag = false;
  std::optional<unsigned> num;

  void take(std::string_view value) noexcept {
    if (current == Member::flag) flag = value == "true";
    if (current == Member::num) num = json::read_integer<unsigned>(value);
  }
};

/// Without either of these no key can be `_placeholder`.
bool may_have_placeholders(std::string_view json) noexcept {
  return json.find("_placeholder") != std::string_view::npos || json.find('\\') != std::string_view::npos;
}

}  // namespace

std::vector<Placeholder> find_placeholders(std::string_view json) {
  std::vector<Placeholder> found;
  if (!may_have_placeholders(json)) return found;

  std::vector<Level> levels(1);  // the first one stands around the whole text
  json::TokenCursor cursor(json);
  json::Token token{};
  for (std::string_view text; cursor.next(token, text);) {
    const auto offset = static_cast<std::size_t>(text.data() - json.data());
    switch (token) {
      case json::Token::key:
        levels.back().current = member(text);
        break;
      case json::Token::scalar:
        levels.back().take(text);
        break;
      case json::Token::array_begin:
      case json::Token::object_begin:
        levels.back().take(text);
        levels.push_back({.offset = offset, .found_before = found.size(), .num = {}});
        break;
      case json::Token::array_end:
      case json::Token::object_end:
        if (levels.size() == 1) break;  // text that is not valid
        if (const Level& level = levels.back(); level.flag) {
          found.resize(level.found_before);
          found.push_back({level.offset, offset + 1 - level.offset, level.num});
        }
        levels.pop_back();
        break;
    }
  }
  return found;
}

std::optional<Placeholder> read_placeholder(std::string_view value) {
  if (!may_have_placeholders(value)) return std::nullopt;
  Level level;
  json::ObjectCursor cursor(value);
  for (std::string_view key, text; cursor.next(key, text);) {
    level.current = member(key);
    level.take(text);
  }
  if (!level.flag) return std::nullopt;
  return Placeholder{0, value.size(), level.num};
}

}  // namespace roomcast::socketio
