#include <bit>
#include <string>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/string.hpp>
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <base/utf8.hpp>
#include <protocol/json/scanner.hpp>
#include <protocol/json/writer.hpp>
#include <protocol/msgpack/reader.hpp>

#include "transcoding.hpp"

namespace roomcast::msgpack {
namespace {

/// Any value, at most `depth` levels of arrays and objects, some of them long.
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
      return *rc::gen::arbitrary<std::uint64_t>();
    case 5:
      return boost::json::string(base::to_valid_utf8(*rc::gen::arbitrary<std::string>()));
    case 6: {
      boost::json::array elements;
      for (int n = *rc::gen::inRange(0, 20); n > 0; --n) elements.push_back(any_value(depth - 1));
      return elements;
    }
    default: {
      boost::json::object members;
      for (int n = *rc::gen::inRange(0, 20); n > 0; --n)
        members[base::to_valid_utf8(*rc::gen::arbitrary<std::string>())] = any_value(depth - 1);
      return members;
    }
  }
}

RC_GTEST_PROP(RoundTrip, text_that_we_wrote_comes_back_to_the_letter, ()) {
  base::FrameBuilder text;
  json::write(text, any_value(3));
  const std::string packed = from_json(text.view());
  RC_ASSERT(Reader(packed).skip().value() == packed);
  RC_ASSERT(json_of(packed) == text.view());
}

RC_GTEST_PROP(RoundTrip, any_bytes_are_a_value_or_an_error, (const std::string& bytes)) {
  const auto json = to_json(bytes);
  if (!json) return;
  RC_ASSERT(json::validate(json->text).has_value());
  RC_ASSERT(Reader(bytes).skip().value() == bytes);
  RC_ASSERT(json_of(from_json(json->text, json->attachments)) == json->text);
}

}  // namespace
}  // namespace roomcast::msgpack
