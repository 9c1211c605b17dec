#include <algorithm>

#include <engine/message.hpp>
#include <protocol/engineio/payload.hpp>
#include <protocol/engineio/protocol3.hpp>
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

base::Frame joined(std::span<const base::Frame> frames, std::size_t compressed_from) {
  std::size_t size = 0;
  bool compressible = false;
  for (const base::Frame& frame : frames) {
    size += frame.wire().size();
    compressible = compressible || (frame.compressible() && frame.payload().size() >= compressed_from);
  }
  base::FrameBuilder builder(size);
  for (const base::Frame& frame : frames) builder.append(frame.wire());
  builder.set_compressible(compressible);
  return std::move(builder).finish(base::FrameKind::binary, "");
}

base::Frame text_form(const base::Frame& frame) {
  if (!frame.binary()) return frame;
  return frame.form(base::WireForm::base64, [&](std::string_view bytes) {
    const std::string text = engineio::binary_as_text(bytes);
    base::FrameBuilder builder(text.size());
    builder.append(text);
    builder.set_compressible(frame.compressible());
    return finish_message(std::move(builder));
  });
}

base::Frame protocol3_form(const base::Frame& frame, bool text_only) {
  if (!frame.binary()) return frame;
  const auto made_of = [&](std::string_view head, std::string_view rest) {
    base::FrameBuilder builder(head.size() + rest.size());
    builder.append(head);
    builder.append(rest);
    builder.set_compressible(frame.compressible());
    return builder;
  };
  return frame.form(
      text_only ? base::WireForm::typed_base64 : base::WireForm::typed, [&](std::string_view bytes) {
        if (text_only) return finish_message(made_of(engineio::v3::binary_as_text(polling_form(frame)), {}));
        const auto header = websocket::server_header(websocket::Opcode::binary, bytes.size() + 1);
        return made_of("\4", bytes).finish(base::FrameKind::binary, header.view());
      });
}

base::Frame deflated_form(const base::Frame& frame, websocket::Deflater& deflater, base::Metrics& metrics) {
  base::Frame form = frame.form(base::WireForm::deflated, [&](std::string_view payload) {
    const auto compressed = deflater.deflate(payload);
    metrics.deflated_from_bytes.add(payload.size());
    metrics.deflated_to_bytes.add(compressed ? compressed->size() : payload.size());
    if (!compressed) return base::FrameBuilder(0).finish(frame.kind(), "");
    const auto opcode = frame.binary() ? websocket::Opcode::binary : websocket::Opcode::text;
    base::FrameBuilder builder(compressed->size());
    builder.append(*compressed);
    return std::move(builder).finish(frame.kind(),
                                     websocket::server_header(opcode, compressed->size(), true).view());
  });
  if (form.wire().empty()) return frame;
  return form;
}

std::string_view polling_form(const base::Frame& frame) {
  return text_form(frame).payload();  // which lives as long as the frame
}

PollingBody polling_body(std::span<const base::Frame> frames, unsigned protocol, bool text_only) {
  PollingBody body;
  std::size_t size = frames.size();
  for (const base::Frame& frame : frames) size += frame.payload().size();
  body.bytes.reserve(size);
  body.compressible = std::ranges::any_of(frames, &base::Frame::compressible);
  body.octet_stream = protocol == 3 && !text_only && std::ranges::any_of(frames, &base::Frame::binary);
  for (const base::Frame& frame : frames) {
    if (body.octet_stream) {
      engineio::v3::append_to_binary_payload(frame.binary(), frame.payload(), body.bytes);
    } else if (protocol != 3) {
      engineio::append_to_payload(polling_form(frame), body.bytes);
    } else if (frame.binary()) {
      engineio::v3::append_to_payload(engineio::v3::binary_as_text(polling_form(frame)), body.bytes);
    } else {
      engineio::v3::append_to_payload(frame.payload(), body.bytes);
    }
  }
  return body;
}

}  // namespace roomcast::engine
