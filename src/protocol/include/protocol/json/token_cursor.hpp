#pragma once

#include <string_view>

namespace roomcast::json {

enum class Token : unsigned char { array_begin, array_end, object_begin, object_end, key, scalar };

/// Walks one valid text from end to end, into every array and object, in a single pass: for work on deep
/// texts, where a cursor inside a cursor would skip the same bytes once per level.
/// The text must have passed `validate` and outlive the cursor; no allocation.
class TokenCursor {
 public:
  explicit TokenCursor(std::string_view text) noexcept : at_(text.data()), end_(text.data() + text.size()) {}

  /// True with the next token and its text (one bracket; a key or string with its quotes; a number, a
  /// word), or false at the end.
  bool next(Token& token, std::string_view& text) noexcept;

 private:
  const char* at_;
  const char* end_;
};

}  // namespace roomcast::json
