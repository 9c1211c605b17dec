#include <charconv>
#include <cstdint>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/string.hpp>

#include <protocol/json/reader.hpp>

#include "grammar.hpp"

namespace roomcast::json {
namespace {

/// Builds the tree of a valid text in one pass. Recursion is bounded because `validate` has bounded nesting.
class Builder {
 public:
  Builder(std::string_view text, boost::json::storage_ptr storage) noexcept
      : at_(text.data()), end_(text.data() + text.size()), storage_(std::move(storage)) {}

  boost::json::value value() {
    skip_space();
    switch (at_ != end_ ? *at_ : '\0') {
      case '"':
        return boost::json::value(string(), storage_);
      case '[':
        return array();
      case '{':
        return object();
      case 't':
        return boost::json::value(scalar() == "true", storage_);
      case 'f':
        return boost::json::value(scalar() != "false", storage_);
      case 'n':
        scalar();
        return boost::json::value(nullptr, storage_);
      default:
        return number(scalar());
    }
  }

 private:
  void skip_space() noexcept { at_ = detail::skip_space(at_, end_); }

  /// Takes the next byte that is not whitespace if it is `c`. A text that ends early reads as `c`.
  bool take(char c) noexcept {
    skip_space();
    if (at_ != end_ && *at_ != c) return false;
    if (at_ != end_) ++at_;
    return true;
  }

  std::string_view scalar() noexcept {
    const char* first = at_;
    at_ = detail::skip_value(at_, end_);
    return {first, static_cast<std::size_t>(at_ - first)};
  }

  /// The next string, in memory of its own only if it has escapes.
  std::string_view string() {
    const std::string_view raw = scalar();
    if (raw.find('\\') != std::string_view::npos) return unescaped_ = unescape(raw);
    return raw.size() < 2 ? std::string_view{} : raw.substr(1, raw.size() - 2);
  }

  boost::json::value number(std::string_view text) const {
    if (const auto integer = whole<std::int64_t>(text)) return boost::json::value(*integer, storage_);
    if (const auto integer = whole<std::uint64_t>(text)) return boost::json::value(*integer, storage_);
    return boost::json::value(read_double(text).value_or(0), storage_);
  }

  /// The integer that all of `text` is the plain digits of, if it fits.
  template <class T>
  static std::optional<T> whole(std::string_view text) noexcept {
    T integer{};
    const auto [behind, error] = std::from_chars(text.data(), text.data() + text.size(), integer);
    if (error != std::errc{} || behind != text.data() + text.size()) return std::nullopt;
    return integer;
  }

  boost::json::value array() {
    boost::json::array elements(storage_);
    ++at_;
    if (take(']')) return elements;
    do elements.push_back(value());
    while (!take(']') && take(','));
    return elements;
  }

  boost::json::value object() {
    boost::json::object members(storage_);
    ++at_;
    if (take('}')) return members;
    do {
      skip_space();
      std::string_view key = string();
      std::string kept;  // of a key with escapes, since its value may need `unescaped_` too
      if (key.data() == unescaped_.data()) key = kept = unescaped_;
      take(':');
      members.insert_or_assign(key, value());
    } while (!take('}') && take(','));
    return members;
  }

  const char* at_;
  const char* end_;
  boost::json::storage_ptr storage_;
  std::string unescaped_;
};

}  // namespace

boost::system::result<boost::json::value> parse(std::string_view text, boost::json::storage_ptr storage,
                                                unsigned max_depth) {
  if (const auto valid = validate(text, max_depth); !valid) return valid.error();
  return parse_valid(text, std::move(storage));
}

boost::json::value parse_valid(std::string_view valid_text, boost::json::storage_ptr storage) {
  return Builder(valid_text, std::move(storage)).value();
}

}  // namespace roomcast::json
