#include <protocol/json/token_cursor.hpp>

#include "grammar.hpp"

namespace roomcast::json {

bool TokenCursor::next(Token& token, std::string_view& text) noexcept {
  // In valid text commas and colons say nothing that the tokens around them do not.
  while (at_ != end_ && (detail::is_space(*at_) || *at_ == ',' || *at_ == ':')) ++at_;
  if (at_ == end_) return false;
  const char* const first = at_;
  switch (*first) {
    case '[':
      token = Token::array_begin, ++at_;
      break;
    case ']':
      token = Token::array_end, ++at_;
      break;
    case '{':
      token = Token::object_begin, ++at_;
      break;
    case '}':
      token = Token::object_end, ++at_;
      break;
    case '"': {
      at_ = detail::skip_string(first, end_);
      const char* const behind = detail::skip_space(at_, end_);
      token = behind != end_ && *behind == ':' ? Token::key : Token::scalar;
      break;
    }
    default:
      token = Token::scalar, at_ = detail::skip_value(first, end_);
      break;
  }
  text = {first, static_cast<std::size_t>(at_ - first)};
  return true;
}

}  // namespace roomcast::json
