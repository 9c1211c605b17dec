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
  require(again.view() == text.view());
  require(attachments_again == attachments);
  return 0;
}
