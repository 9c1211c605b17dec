#pragma once

#include <algorithm>
#include <string>
#include <string_view>

namespace roomcast::websocket {

/// Reads the lists in an upgrade request's headers as the official server does: RFC6455§9.1 without empty
/// elements, and without space around `=`.
class HeaderList {
 public:
  explicit HeaderList(std::string_view text) noexcept : rest_(text) {}

  bool at_end() const noexcept { return rest_.empty(); }
  void skip_space() noexcept {
    while (rest_.starts_with(' ') || rest_.starts_with('\t')) rest_.remove_prefix(1);
  }
  bool take(char mark) noexcept {
    if (!rest_.starts_with(mark)) return false;
    rest_.remove_prefix(1);
    return true;
  }
  /// "" when there is none.
  std::string_view token() noexcept {
    const auto end = std::find_if_not(rest_.begin(), rest_.end(), is_token);
    const std::string_view taken(rest_.begin(), end);
    rest_.remove_prefix(taken.size());
    return taken;
  }
  /// A token, or one in quotes; "" when it is neither.
  std::string value() {
    if (!take('"')) return std::string(token());
    std::string text;
    while (!rest_.empty() && !rest_.starts_with('"')) {
      take('\\');
      if (rest_.empty() || !is_token(rest_.front())) return {};
      text += rest_.front();
      rest_.remove_prefix(1);
    }
    return take('"') ? text : std::string();
  }

 private:
  static bool is_token(char c) noexcept {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
  }

  std::string_view rest_;
};

}  // namespace roomcast::websocket
