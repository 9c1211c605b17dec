#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include <base/frame.hpp>
#include <protocol/json/scanner.hpp>
#include <protocol/msgpack/reader.hpp>
#include <protocol/msgpack/transcode.hpp>

namespace {

namespace base = roomcast::base;
namespace json = roomcast::json;
namespace msgpack = roomcast::msgpack;

void require(bool condition) {
  if (!condition) std::abort();
}

/// With -2^63 as the integer that it travels as: JavaScript writes the number with other digits.
std::string with_lowest_integer(std::string_view json) {
  constexpr std::string_view rounded = "-9223372036854776000", exact = "-9223372036854775808";
  std::string text(json);
  for (std::size_t at = 0; (at = text.find(rounded, at)) != std::string::npos; at += exact.size())
    text.replace(at, rounded.size(), exact);
  return text;
}

}  // namespace

/// Any bytes: an error, or JSON that the next server accepts, and that comes back the same through
/// MessagePack.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  base::FrameBuilder text;
  std::vector<std::string_view> attachments;
  if (!msgpack::to_json(text, bytes, attachments)) {
    require(text.size() == 0 && attachments.empty());
    return 0;
  }
  require(json::validate(text.view()).has_value());
  require(attachments.size() <= msgpack::JsonLimits{}.max_attachments);
  require(text.size() <= 16 + 8 * size + 40 * attachments.size());
  msgpack::Reader reader(bytes);
  require(reader.skip().value() == bytes);

  std::string packed;
  require(msgpack::from_json(packed, text.view(), attachments).has_value());
  base::FrameBuilder again;
  std::vector<std::string_view> attachments_again;
  require(msgpack::to_json(again, packed, attachments_again).has_value());
  require(with_lowest_integer(again.view()) == with_lowest_integer(text.view()));
  require(attachments_again == attachments);
  return 0;
}
