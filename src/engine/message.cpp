#include <engine/message.hpp>
#include <protocol/engineio/packet.hpp>
#include <protocol/websocket/frame_header.hpp>

namespace roomcast::engine {

base::FrameBuilder message_builder(std::size_t expected) {
  base::FrameBuilder builder(expected);
  builder.append('4');
  return builder;
}

base::Frame finish_message(base::FrameBuilder&& builder) {
  const auto header = websocket::server_header(websocket::Opcode::text, builder.size());
  return std::move(builder).finish(base::FrameKind::text, header.view());
}

base::Frame text_message(std::string_view text) {
  auto builder = message_builder(text.size() + 1);
  builder.append(text);
  return finish_message(std::move(builder));
}

base::Frame binary_message(std::string_view bytes) {
  base::FrameBuilder builder(bytes.size());
  builder.append(bytes);
  const auto header = websocket::server_header(websocket::Opcode::binary, builder.size());
  return std::move(builder).finish(base::FrameKind::binary, header.view());
}

base::Frame packet_frame(std::string_view packet) {
  base::FrameBuilder builder(packet.size());
  builder.append(packet);
  return finish_message(std::move(builder));
}

base::Frame joined(std::span<const base::Frame> frames) {
  std::size_t size = 0;
  for (const base::Frame& frame : frames) size += frame.wire().size();
  base::FrameBuilder builder(size);
  for (const base::Frame& frame : frames) builder.append(frame.wire());
  return std::move(builder).finish(base::FrameKind::binary, "");
}

std::string_view polling_form(const base::Frame& frame) {
  if (!frame.binary()) return frame.payload();
  return frame.form(base::WireForm::base64,
                    [](std::string_view bytes) { return engineio::binary_as_text(bytes); });
}

}  // namespace roomcast::engine
