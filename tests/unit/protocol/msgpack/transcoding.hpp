#pragma once

#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <boost/system/result.hpp>

#include <protocol/msgpack/transcode.hpp>

namespace roomcast::msgpack {

using Attachments = std::vector<std::string_view>;

struct Json {
  std::string text;
  Attachments attachments;
};

inline boost::system::result<Json> to_json(std::string_view value, JsonLimits limits = {}) {
  base::FrameBuilder out(16);
  Json json;
  const auto done = to_json(out, value, json.attachments, limits);
  if (!done) return done.error();
  json.text = out.view();
  return json;
}

/// The text, or what is wrong.
inline std::string json_of(std::string_view value, JsonLimits limits = {}) {
  const auto json = to_json(value, limits);
  return json ? json->text : json.error().message();
}

inline std::string from_json(std::string_view text, const Attachments& attachments = {}) {
  std::string out;
  from_json(out, text, attachments).value();
  return out;
}

inline std::string unhex(std::string_view digits) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < digits.size(); i += 2)
    bytes.push_back(static_cast<char>(std::stoi(std::string(digits.substr(i, 2)), nullptr, 16)));
  return bytes;
}

inline std::string hex(std::string_view bytes) {
  std::string digits;
  for (const char byte : bytes) {
    digits += "0123456789abcdef"[static_cast<unsigned char>(byte) >> 4];
    digits += "0123456789abcdef"[static_cast<unsigned char>(byte) & 15];
  }
  return digits;
}

}  // namespace roomcast::msgpack
