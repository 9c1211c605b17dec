#pragma once

#include <cmath>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/string.hpp>
#include <boost/json/value.hpp>

#include <base/base64.hpp>
#include <base/frame.hpp>
#include <protocol/json/reader.hpp>
#include <protocol/json/writer.hpp>
#include <protocol/socketio/encoder.hpp>

namespace roomcast::support {

/// A value of the golden vectors, whose tags ({"$bin":…}, {"$undef":true}, {"$date":…}, {"$num":…},
/// {"$repeat":…}) say what JSON cannot, as the JSON text and attachments of an event: what JSON.stringify
/// writes, with placeholders.
class Tagged {
 public:
  explicit Tagged(const boost::json::value& value) {
    write(value);
    for (const std::string& bytes : storage_) attachments_.push_back(bytes);
  }
  Tagged(const Tagged&) = delete;
  Tagged& operator=(const Tagged&) = delete;

  std::string_view text() const noexcept { return out_.view(); }
  const std::vector<std::string_view>& attachments() const noexcept { return attachments_; }

 private:
  void write(const boost::json::value& value) {
    if (value.is_array()) {
      out_.append('[');
      for (bool first = true; const boost::json::value& element : value.as_array()) {
        if (!first) out_.append(',');
        first = false;
        write(element);
      }
      out_.append(']');
    } else if (value.is_object()) {
      if (!write_tag(value.as_object())) write_object(value.as_object());
    } else if (value.is_number()) {
      write_number(value.to_number<double>());
    } else {
      json::write(out_, value);
    }
  }

  void write_object(const boost::json::object& object) {
    out_.append('{');
    bool first = true;
    for (const auto& [key, value] : object) {
      if (value.is_object() && value.as_object().contains("$undef")) continue;
      if (!first) out_.append(',');
      first = false;
      json::write_string(out_, {key.data(), key.size()});
      out_.append(':');
      write(value);
    }
    out_.append('}');
  }

  bool write_tag(const boost::json::object& object) {
    if (object.size() != 1) return false;
    const std::string_view tag(object.begin()->key());
    const boost::json::value& value = object.begin()->value();
    if (tag == "$undef")
      out_.append("null");
    else if (tag == "$bin")
      write_binary(base::base64_decode_lenient(value.as_string()));
    else if (tag == "$binrepeat")
      write_binary(
          std::string(value.at(1).to_number<std::size_t>(), static_cast<char>(value.at(0).as_int64())));
    else if (tag == "$repeat")
      json::write_string(out_, std::string(value.at(1).to_number<std::size_t>(), value.at(0).as_string()[0]));
    else if (tag == "$date")
      json::write(out_, value);
    else if (tag == "$num")
      out_.append(value.as_string() == "-0" ? "0" : "null");
    else
      return false;
    return true;
  }

  void write_binary(std::string bytes) {
    socketio::write_placeholder(out_, static_cast<unsigned>(storage_.size()));
    storage_.push_back(std::move(bytes));
  }

  /// Whole numbers with the digits that the double has, not those that JavaScript prints for it.
  void write_number(double number) {
    if (std::trunc(number) != number)
      json::write_number(out_, number);
    else if (number >= 0 && number < std::ldexp(1.0, 64))
      json::write_number(out_, static_cast<std::uint64_t>(number));
    else if (number < 0 && number >= -std::ldexp(1.0, 63))
      json::write_number(out_, static_cast<std::int64_t>(number));
    else
      json::write_number(out_, number);
  }

  base::FrameBuilder out_;
  std::deque<std::string> storage_;
  std::vector<std::string_view> attachments_;
};

/// JSON text as JavaScript would write it again: without digits that a double does not have.
inline std::string as_javascript(std::string_view text) {
  const auto round = [](auto&& self, boost::json::value& value) -> void {
    if (value.is_number()) value = value.to_number<double>();
    if (value.is_array())
      for (boost::json::value& element : value.as_array()) self(self, element);
    if (value.is_object())
      for (auto& member : value.as_object()) self(self, member.value());
  };
  boost::json::value value = json::parse(text).value();
  round(round, value);
  base::FrameBuilder out;
  json::write(out, value);
  return std::string(out.view());
}

}  // namespace roomcast::support
