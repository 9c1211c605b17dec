#include <adapter/classic/message.hpp>
#include <base/frame.hpp>
#include <protocol/json/writer.hpp>
#include <protocol/socketio/placeholder.hpp>

namespace roomcast::adapter::classic {
namespace {

void write_buffer(base::FrameBuilder& out, std::string_view bytes) {
  out.append(R"({"type":"Buffer","data":[)");
  bool first = true;
  for (const char byte : bytes) {
    if (!first) out.append(',');
    first = false;
    json::write_number(out, static_cast<unsigned char>(byte));
  }
  out.append("]}");
}

}  // namespace

std::string degrade_binary(const Payload& payload) {
  if (payload.attachments.empty()) return std::string(payload.json);
  base::FrameBuilder out(payload.json.size() + 64);
  std::size_t copied = 0;
  for (const socketio::Placeholder& placeholder : socketio::find_placeholders(payload.json)) {
    out.append(payload.json.substr(copied, placeholder.offset - copied));
    copied = placeholder.offset + placeholder.length;
    if (placeholder.num && *placeholder.num < payload.attachments.size())
      write_buffer(out, payload.attachments[*placeholder.num]);
    else
      out.append("null");
  }
  out.append(payload.json.substr(copied));
  return std::string(out.view());
}

}  // namespace roomcast::adapter::classic
