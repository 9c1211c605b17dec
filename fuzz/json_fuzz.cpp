#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include <base/frame.hpp>
#include <base/utf8.hpp>
#include <protocol/json/reader.hpp>
#include <protocol/json/scanner.hpp>
#include <protocol/json/token_cursor.hpp>
#include <protocol/json/writer.hpp>

#include "exact_copy.hpp"

namespace {

namespace base = roomcast::base;
namespace json = roomcast::json;

void require(bool condition) {
  if (!condition) std::abort();
}

std::string written(const boost::json::value& value) {
  base::FrameBuilder out;
  json::write(out, value);
  return std::string(out.view());
}

/// Any bytes: the readers that expect valid text must at least stay inside it.
void read_carelessly(std::string_view text) {
  std::string_view key;
  std::string_view value;
  json::Token token{};
  for (json::ArrayCursor cursor(text); cursor.next(value);) json::kind_of(value);
  for (json::ObjectCursor cursor(text); cursor.next(key, value);) json::equals(key, "_placeholder");
  for (json::TokenCursor cursor(text); cursor.next(token, value);) json::read_double(value);
  json::unescape(text);
  json::read_integer<int>(text);
}

/// The same tree, built with the cursors one level at a time.
boost::json::value walked(std::string_view text) {
  switch (json::kind_of(text)) {
    case json::Kind::array: {
      boost::json::array elements;
      json::ArrayCursor cursor(text);
      for (std::string_view element; cursor.next(element);) elements.push_back(walked(element));
      return elements;
    }
    case json::Kind::object: {
      boost::json::object members;
      json::ObjectCursor cursor(text);
      for (std::string_view key, value; cursor.next(key, value);)
        members.insert_or_assign(json::unescape(key), walked(value));
      return members;
    }
    default:
      return json::parse_valid(text);
  }
}

/// The commas that validate tells change nothing of what a cursor gives.
void check_commas(std::string_view text) {
  json::Commas commas;
  require(json::validate(text, json::default_max_depth, &commas).has_value());
  json::ArrayCursor told(text, commas), plain(text);
  for (std::string_view element, expected; plain.next(expected);)
    require(told.next(element) && element.data() == expected.data() && element.size() == expected.size() &&
            told.rest() == plain.rest());
  std::string_view none;
  require(!told.next(none));
}

/// Whatever is cut off its end, a list or an object is none any more, and nobody looks for it behind the cut.
void check_cuts(std::string_view text) {
  constexpr std::size_t longest = 200;  // the time is quadratic
  text = json::trim(text);
  const json::Kind kind = json::kind_of(text);
  if (text.size() > longest || (kind != json::Kind::array && kind != json::Kind::object)) return;
  for (std::size_t cut = 0; cut < text.size(); ++cut)
    require(!json::validate(ExactCopy(text.substr(0, cut)).view()));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ExactCopy copy(data, size);
  const std::string_view text = copy.view();
  read_carelessly(text);
  if (!base::is_valid_utf8(text)) return 0;

  const bool valid = json::validate(text).has_value();
  const auto value = json::parse(text);
  require(value.has_value() == valid);
  if (!valid) return 0;
  check_commas(text);
  check_cuts(text);

  const std::string once = written(*value);  // written, it is valid, and means what it meant
  require(json::validate(once).has_value());
  require(written(json::parse_valid(once)) == once);
  require(size > 4096 || written(walked(text)) == once);
  return 0;
}
