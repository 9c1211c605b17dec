#include <bit>
#include <cmath>
#include <string>
#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <base/utf8.hpp>
#include <protocol/json/reader.hpp>
#include <protocol/json/writer.hpp>

namespace roomcast::json {
namespace {

template <class Write>
std::string written(Write&& write_into) {
  base::FrameBuilder out;
  write_into(out);
  return std::string(out.view());
}

/// Any value, at most `depth` levels of arrays and objects.
boost::json::value any_value(int depth) {
  switch (*rc::gen::inRange(0, depth > 0 ? 8 : 6)) {
    case 0:
      return nullptr;
    case 1:
      return *rc::gen::arbitrary<bool>();
    case 2:
      return *rc::gen::arbitrary<std::int64_t>();
    case 3:
      return std::bit_cast<double>(*rc::gen::arbitrary<std::uint64_t>());
    case 4:
      return *rc::gen::arbitrary<std::uint16_t>();
    case 5:
      return boost::json::string(base::to_valid_utf8(*rc::gen::arbitrary<std::string>()));
    case 6: {
      boost::json::array elements;
      for (int n = *rc::gen::inRange(0, 5); n > 0; --n) elements.push_back(any_value(depth - 1));
      return elements;
    }
    default: {
      boost::json::object members;
      for (int n = *rc::gen::inRange(0, 5); n > 0; --n)
        members[base::to_valid_utf8(*rc::gen::arbitrary<std::string>())] = any_value(depth - 1);
      return members;
    }
  }
}

RC_GTEST_PROP(RoundTrip, a_double_survives_being_written_and_read, (std::uint64_t bits)) {
  const double number = std::bit_cast<double>(bits);
  RC_PRE(std::isfinite(number) && number != 0);
  const std::string text = written([&](base::FrameBuilder& out) { write_number(out, number); });
  RC_ASSERT(std::bit_cast<std::uint64_t>(read_double(text).value()) == bits);
}

RC_GTEST_PROP(RoundTrip, a_string_survives_being_written_and_read, (const std::string& bytes)) {
  const std::string text = base::to_valid_utf8(bytes);
  const std::string raw = written([&](base::FrameBuilder& out) { write_string(out, bytes); });
  RC_ASSERT(validate(raw).has_value());
  RC_ASSERT(unescape(raw) == text);
  RC_ASSERT(equals(raw, text));
}

RC_GTEST_PROP(RoundTrip, a_value_once_written_is_written_the_same_ever_after, ()) {
  const boost::json::value value = any_value(4);
  const std::string text = written([&](base::FrameBuilder& out) { write(out, value); });
  const auto again = parse(text);
  RC_ASSERT(again.has_value());
  RC_ASSERT(written([&](base::FrameBuilder& out) { write(out, *again); }) == text);
}

RC_GTEST_PROP(RoundTrip, parsing_text_with_one_byte_changed_fails_exactly_when_validation_does, ()) {
  const boost::json::value value = any_value(3);
  std::string text = written([&](base::FrameBuilder& out) { write(out, value); });
  const auto place = *rc::gen::inRange<std::size_t>(0, text.size());
  text[place] = *rc::gen::element('"', '\\', '[', ']', '{', '}', ',', ':', '0', 'e', ' ', '\x01');
  RC_ASSERT(parse(text).has_value() == validate(text).has_value());
}

}  // namespace
}  // namespace roomcast::json
