#include <protocol/json/scanner.hpp>

#include "grammar.hpp"

namespace roomcast::json {
namespace {

struct Inside {
  const char* first;
  const char* end;
};

/// What lies between the brackets of `text`, without the whitespace around it; nothing if it has no such
/// brackets.
Inside inside(std::string_view text, char open, char close) noexcept {
  text = trim(text);
  if (text.size() < 2 || text.front() != open || text.back() != close) return {text.data(), text.data()};
  text = trim(text.substr(1, text.size() - 2));
  return {text.data(), text.data() + text.size()};
}

/// Takes one value, then the comma behind it and the whitespace around both.
std::string_view take_value(const char*& at, const char* end) noexcept {
  const char* behind = detail::skip_value(at, end);
  const std::string_view value(at, static_cast<std::size_t>(behind - at));
  at = detail::skip_space(behind, end);
  if (at != end) at = detail::skip_space(at + 1, end);
  return value;
}

}  // namespace

const char* detail::skip_value(const char* at, const char* end) noexcept {
  if (at == end) return end;
  if (*at == '"') return skip_string(at, end);
  if (*at != '[' && *at != '{') {
    const char* first = at;
    while (at != end && *at != ',' && *at != ']' && *at != '}' && !is_space(*at)) ++at;
    return at != first ? at : at + 1;  // always forward, whatever the text
  }
  for (std::size_t depth = 0; at != end;) {
    at = find<NestingStop>(at, end);
    if (at == end) break;
    if (*at == '"') {
      at = skip_string(at, end);
    } else if ((*at++ | 0x20) == '{') {
      ++depth;
    } else if (--depth == 0) {
      return at;
    }
  }
  return end;
}

Kind kind_of(std::string_view value) noexcept {
  const char* at = detail::skip_space(value.data(), value.data() + value.size());
  switch (at != value.data() + value.size() ? *at : '\0') {
    case '"':
      return Kind::string;
    case '[':
      return Kind::array;
    case '{':
      return Kind::object;
    case 't':
    case 'f':
      return Kind::boolean;
    case 'n':
      return Kind::null;
    default:
      return Kind::number;
  }
}

std::string_view trim(std::string_view text) noexcept {
  while (!text.empty() && detail::is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && detail::is_space(text.back())) text.remove_suffix(1);
  return text;
}

ArrayCursor::ArrayCursor(std::string_view array_text) noexcept {
  const Inside range = inside(array_text, '[', ']');
  at_ = range.first;
  end_ = range.end;
}

ArrayCursor::ArrayCursor(std::string_view array_text, const Commas& commas) noexcept
    : ArrayCursor(array_text) {
  if (commas.count > Commas::most) return;
  text_ = array_text.data();
  commas_ = commas;
}

bool ArrayCursor::next(std::string_view& element) noexcept {
  if (at_ == end_) return false;
  if (text_ != nullptr) {
    const char* behind = given_ < commas_.count ? text_ + commas_.at[given_] : end_;
    ++given_;
    element = trim({at_, static_cast<std::size_t>(behind - at_)});
    at_ = behind == end_ ? end_ : detail::skip_space(behind + 1, end_);
    return true;
  }
  element = take_value(at_, end_);
  return true;
}

std::string_view ArrayCursor::rest() const noexcept { return {at_, static_cast<std::size_t>(end_ - at_)}; }

ObjectCursor::ObjectCursor(std::string_view object_text) noexcept {
  const Inside range = inside(object_text, '{', '}');
  at_ = range.first;
  end_ = range.end;
}

bool ObjectCursor::next(std::string_view& raw_key, std::string_view& value) noexcept {
  if (at_ == end_) return false;
  const char* behind = detail::skip_string(at_, end_);
  raw_key = {at_, static_cast<std::size_t>(behind - at_)};
  at_ = detail::skip_space(behind, end_);
  if (at_ != end_) at_ = detail::skip_space(at_ + 1, end_);  // the colon
  value = take_value(at_, end_);
  return true;
}

}  // namespace roomcast::json
