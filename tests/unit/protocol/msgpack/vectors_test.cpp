#include <bit>
#include <cmath>
#include <string>

#include <gtest/gtest.h>

#include <protocol/json/writer.hpp>
#include <protocol/msgpack/writer.hpp>
#include <support/tagged_value.hpp>
#include <support/vectors.hpp>

#include "transcoding.hpp"

namespace roomcast::msgpack {
namespace {

using support::Tagged;

constexpr std::string_view notepack3 = "notepack.io 3.0.1 (redis-adapter, redis-emitter)";
constexpr std::string_view notepack2 = "notepack.io 2.2.0 (socket.io-msgpack-parser)";
constexpr std::string_view msgpack2 = "@msgpack/msgpack 2.8 (redis-streams-adapter, cluster-engine)";

/// Whether notepack writes other bytes than a reader can understand, so that ours must differ.
bool mangled_by_notepack(const boost::json::object& vector) {
  const boost::json::value& value = vector.at("value");
  if (value.is_object() && value.as_object().contains("$utf16")) return true;  // lone surrogates
  const double beyond = std::ldexp(1.0, 64);                                   // wraps
  return value.is_number() && std::abs(value.to_number<double>()) >= beyond;
}

/// Values that JSON text cannot carry to us: they have become something else before.
bool unknown_to_json(const boost::json::object& vector) {
  const std::string_view type = vector.at("type").as_string();
  const boost::json::value& value = vector.at("value");
  // JSON.stringify has made text of a date, {} of a Map and a Set; of typed arrays that are no bytes notepack
  // writes every element's lowest byte; a function has a toJSON of its own.
  if (type == "Date" || type == "Map" || type == "Set" || type == "Float32Array" || type == "Uint16Array")
    return true;
  return value.is_object() && (value.as_object().contains("toJSON") || value.as_object().contains("$num"));
}

bool same_bytes(const std::string& bytes, const boost::json::object& expected) {
  if (expected.contains("hex")) return hex(bytes) == expected.at("hex").as_string();
  return bytes.size() == expected.at("length").to_number<std::size_t>() &&
         hex(bytes.substr(0, 16)) == expected.at("first16_hex").as_string();
}

TEST(Vectors, every_json_value_becomes_the_bytes_of_notepack_3) {
  const boost::json::value file = support::load_vectors("msgpack-values.json");
  unsigned compared = 0;
  for (const boost::json::value& item : file.at("encode").as_array()) {
    const boost::json::object& vector = item.as_object();
    if (mangled_by_notepack(vector) || unknown_to_json(vector)) continue;
    const Tagged json(vector.at("value"));
    ++compared;
    EXPECT_TRUE(same_bytes(from_json(json.text(), json.attachments()), vector.at(notepack3).as_object()))
        << json.text() << " became " << hex(from_json(json.text(), json.attachments()));
  }
  EXPECT_EQ(compared, 64u);
}

TEST(Vectors, what_json_cannot_say_the_writer_can) {
  const boost::json::value file = support::load_vectors("msgpack-values.json");
  unsigned compared = 0;
  for (const boost::json::value& item : file.at("encode").as_array()) {
    const boost::json::object& vector = item.as_object();
    const boost::json::value& value = vector.at("value");
    if (!value.is_object() || !value.as_object().contains("$num")) continue;
    std::string out;
    Writer(out).number(std::stod(std::string(value.at("$num").as_string())));
    out = hex(out);
    EXPECT_EQ(out, out.starts_with("cbfff8") ? "" : vector.at(notepack3).at("hex").as_string());
    ++compared;
  }
  EXPECT_EQ(compared, 4u);
}

/// Whether the library has written another value than the one it was given: nothing that a reader can mend.
bool changed_by_library(const boost::json::object& vector, std::string_view library) {
  const std::string_view type = vector.at("type").as_string();
  const boost::json::value& value = vector.at("value");
  if (type == "Map" || type == "Set" || type == "Float32Array" || type == "Uint16Array") return true;
  if (value.is_object() && (value.as_object().contains("toJSON") || value.as_object().contains("$utf16")))
    return true;
  if (library == msgpack2)  // an ArrayBuffer is {}, an undefined member is null
    return type == "ArrayBuffer" ||
           (type == "Object" && value.as_object().contains("a") && value.at("a").is_object());
  if (library == notepack2 && type == "Uint8Array") return true;  // the whole buffer, not the view
  return mangled_by_notepack(vector);
}

TEST(Vectors, what_any_of_the_libraries_wrote_is_read_as_json_stringify_writes_the_value) {
  const boost::json::value file = support::load_vectors("msgpack-values.json");
  unsigned compared = 0;
  for (const boost::json::value& item : file.at("encode").as_array()) {
    const boost::json::object& vector = item.as_object();
    for (const std::string_view library : {notepack3, notepack2, msgpack2}) {
      const boost::json::object& written = vector.at(library).as_object();
      if (!written.contains("hex") || changed_by_library(vector, library)) continue;
      const std::string bytes = unhex(written.at("hex").as_string());
      const auto json = to_json(bytes);
      ASSERT_TRUE(json) << written.at("hex").as_string() << json.error().message();
      const Tagged expected(vector.at("value"));
      EXPECT_EQ(support::as_javascript(json->text), support::as_javascript(expected.text())) << library;
      EXPECT_EQ(json->attachments, expected.attachments()) << library;
      ++compared;
    }
  }
  EXPECT_GT(compared, 200u);
}

/// A result of notepack 3.0.1 that we do not copy.
bool refused_by_us(std::string_view digits) {
  return digits.starts_with("d4ff") || digits == "c7020501ff" || digits.starts_with("d501") ||
         digits.starts_with(
             "d801");  // extensions that nobody in a cluster writes; notepack gives [type, bytes]
}

TEST(Vectors, every_standard_format_is_read_as_notepack_3_reads_it) {
  const boost::json::value file = support::load_vectors("msgpack-values.json");
  for (const boost::json::value& item : file.at("decode").as_array()) {
    const std::string_view digits = item.at("hex").as_string();
    const boost::json::object& expected = item.at(notepack3).as_object();
    const std::string bytes = unhex(digits);
    const auto json = to_json(bytes);
    if (expected.contains("throws") || refused_by_us(digits)) {
      EXPECT_FALSE(json) << digits;
      continue;
    }
    ASSERT_TRUE(json) << digits << ' ' << json.error().message();
    const Tagged value(expected.at("value"));
    EXPECT_EQ(support::as_javascript(json->text), support::as_javascript(value.text())) << digits;
    EXPECT_EQ(json->attachments, value.attachments()) << digits;
  }
}

}  // namespace
}  // namespace roomcast::msgpack
