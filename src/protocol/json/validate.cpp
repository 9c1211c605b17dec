#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

#include <protocol/json/error.hpp>
#include <protocol/json/scanner.hpp>

#include "grammar.hpp"

namespace roomcast::json {
namespace {

/// One pass over one text. What is open around the current position is one bit per level (set for an object)
/// in an array of fixed size, so that no text can cost stack or heap.
class Validator {
 public:
  Validator(std::string_view text, unsigned max_depth) noexcept
      : at_(text.data()),
        end_(text.data() + text.size()),
        max_depth_(std::min(max_depth, highest_max_depth)) {}

  /// Whether the text is valid. If not, `too_deep` tells why.
  bool run(Commas* commas) noexcept {
    const char* const text = at_;
    skip_space();
    if (commas != nullptr) commas->count = peek() == '[' ? 0 : Commas::most + 1;
    for (;;) {
      if (peek() == '[' || peek() == '{') {
        const bool object = *at_ == '{';
        if (!open(object)) return false;
        if (take(object ? '}' : ']')) {
          close();
        } else {
          if (object && !key()) return false;
          continue;
        }
      } else if (!scalar()) {
        return false;
      }
      for (;;) {  // behind a value: close what ends here, until there is another value
        skip_space();
        if (depth_ == 0) return at_ == end_;
        if (depth_ == 1 && commas != nullptr && peek() == ',') note(*commas, text);
        if (take(',')) {
          if (in_object() && !key()) return false;
          break;
        }
        if (!take(in_object() ? '}' : ']')) return false;
        close();
      }
    }
  }

  bool too_deep() const noexcept { return too_deep_; }

 private:
  void note(Commas& commas, const char* text) const noexcept {
    if (commas.count < Commas::most) commas.at[commas.count] = static_cast<std::uint32_t>(at_ - text);
    if (commas.count <= Commas::most) ++commas.count;
  }

  /// The next byte, or NUL, which no valid text has outside of strings (nor in them).
  char peek() const noexcept { return at_ != end_ ? *at_ : '\0'; }

  void skip_space() noexcept {
    if (peek() <= ' ') at_ = detail::skip_space(at_, end_);
  }

  /// Takes `c` and the whitespace behind it.
  bool take(char c) noexcept {
    if (peek() != c) return false;
    ++at_;
    skip_space();
    return true;
  }

  bool open(bool object) noexcept {
    if (depth_ == max_depth_) return too_deep_ = true, false;
    const unsigned level = depth_++;
    std::uint64_t& word = levels_[level / 64];
    if (level % 64 == 0) word = 0;
    const std::uint64_t bit = std::uint64_t{1} << (level % 64);
    word = object ? word | bit : word & ~bit;
    ++at_;
    skip_space();
    return true;
  }
  void close() noexcept { --depth_; }
  bool in_object() const noexcept { return ((levels_[(depth_ - 1) / 64] >> ((depth_ - 1) % 64)) & 1) != 0; }

  bool key() noexcept {
    if (peek() != '"' || !string()) return false;
    skip_space();
    return take(':');
  }

  bool scalar() noexcept {
    switch (peek()) {
      case '"':
        return string();
      case 't':
        return word("true");
      case 'f':
        return word("false");
      case 'n':
        return word("null");
      default:
        return number();
    }
  }

  bool word(std::string_view expected) noexcept {
    if (static_cast<std::size_t>(end_ - at_) < expected.size()) return false;
    if (std::memcmp(at_, expected.data(), expected.size()) != 0) return false;
    at_ += expected.size();
    return true;
  }

  bool number() noexcept {
    const char* behind = detail::skip_number(at_, end_);
    if (behind == nullptr) return false;
    at_ = behind;
    return true;
  }

  bool string() noexcept {
    ++at_;
    for (;;) {
      at_ = detail::find<detail::StringStop>(at_, end_);
      if (at_ == end_) return false;
      if (*at_ == '"') return ++at_, true;
      if (*at_ != '\\' || !escape()) return false;  // or a control character: RFC8259§7
    }
  }

  bool escape() noexcept {
    if (end_ - at_ < 2) return false;
    switch (at_[1]) {
      case '"':
      case '\\':
      case '/':
      case 'b':
      case 'f':
      case 'n':
      case 'r':
      case 't':
        at_ += 2;
        return true;
      case 'u':
        break;
      default:
        return false;
    }
    if (end_ - at_ < 6) return false;
    for (int i = 2; i < 6; ++i)
      if (detail::hex_value(at_[i]) > 15) return false;
    at_ += 6;
    return true;
  }

  const char* at_;
  const char* end_;
  unsigned max_depth_;
  unsigned depth_ = 0;
  bool too_deep_ = false;
  std::array<std::uint64_t, highest_max_depth / 64>
      levels_;  // not zeroed: each word is when its first level opens
};

}  // namespace

boost::system::result<void> validate(std::string_view text, unsigned max_depth, Commas* commas) noexcept {
  Validator validator(text, max_depth);
  if (validator.run(commas)) return {};
  return validator.too_deep() ? Error::too_deep : Error::syntax;
}

}  // namespace roomcast::json
