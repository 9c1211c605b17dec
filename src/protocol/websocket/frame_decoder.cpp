#include <algorithm>
#include <cstring>

#include <base/utf8.hpp>
#include <protocol/websocket/frame_decoder.hpp>

#include "client_header.hpp"
#include "kept_bytes.hpp"

namespace roomcast::websocket {

/// What has to be remembered when the input ends within a frame or between the fragments of a message.
/// A control frame may be cut while a fragmented message is open (RFC6455§5.4), so each has its own place.
struct FrameDecoder::Partial {
  // A header that is not whole yet.
  char header_bytes[ClientHeader::longest];
  std::uint8_t header_size = 0;

  // The frame whose payload is arriving.
  bool in_frame = false;
  ClientHeader frame;
  std::size_t taken;  // of its payload
  char control_bytes[125];

  // The message whose fragments are arriving.
  bool in_message = false;
  Opcode message_opcode;
  bool message_compressed;
  base::Utf8Validator utf8;
  KeptBytes message;

  bool checks_text() const noexcept { return message_opcode == Opcode::text && !message_compressed; }
  bool idle() const noexcept { return header_size == 0 && !in_frame && !in_message; }
};

namespace {

std::span<char> take(std::span<char>& input, std::size_t n) {
  const std::span<char> front = input.first(n);
  input = input.subspan(n);
  return front;
}

Event message_event(Opcode opcode, std::string_view payload, bool compressed) {
  return {opcode == Opcode::text ? Event::Kind::text : Event::Kind::binary, payload, 0, compressed};
}

/// RFC6455§5.5.1: nothing, or a code and a reason.
boost::system::result<std::optional<Event>> close_event(std::string_view payload) {
  if (payload.empty()) return Event{Event::Kind::close, {}, no_status_received};
  if (payload.size() == 1) return Error::bad_close_payload;
  const auto code = static_cast<std::uint16_t>(static_cast<unsigned char>(payload[0]) << 8 |
                                               static_cast<unsigned char>(payload[1]));
  if (!may_be_sent(code)) return Error::bad_close_code;
  if (!base::is_valid_utf8(payload.substr(2))) return Error::invalid_utf8;
  return Event{Event::Kind::close, payload.substr(2), code};
}

boost::system::result<std::optional<Event>> control_event(Opcode opcode, std::span<const char> bytes) {
  const std::string_view payload{bytes.data(), bytes.size()};
  if (opcode == Opcode::close) return close_event(payload);
  return Event{opcode == Opcode::ping ? Event::Kind::ping : Event::Kind::pong, payload};
}

/// Whether the frame says it all, and nothing need be kept once its payload is there.
bool stands_alone(const ClientHeader& frame) {
  return is_control(frame.opcode) || (frame.final && frame.opcode != Opcode::continuation);
}

/// The event of a frame that stands alone and lies whole in the input.
boost::system::result<std::optional<Event>> whole_frame(const ClientHeader& frame, std::span<char> payload) {
  unmask(payload, frame.key);
  if (is_control(frame.opcode)) return control_event(frame.opcode, payload);
  const std::string_view message{payload.data(), payload.size()};
  if (frame.opcode == Opcode::text && !frame.compressed && !base::is_valid_utf8(message))
    return Error::invalid_utf8;
  return message_event(frame.opcode, message, frame.compressed);
}

}  // namespace

FrameDecoder::FrameDecoder(std::size_t max_message_bytes, bool deflate) noexcept
    : max_message_bytes_(max_message_bytes), deflate_(deflate) {}
FrameDecoder::FrameDecoder(FrameDecoder&&) noexcept = default;
FrameDecoder& FrameDecoder::operator=(FrameDecoder&&) noexcept = default;
FrameDecoder::~FrameDecoder() = default;

bool FrameDecoder::in_message() const noexcept { return partial_ != nullptr && !partial_->idle(); }

boost::system::result<std::optional<Event>> FrameDecoder::next(std::span<char>& input) {
  if (failed_) return *failed_;
  if (closed_) {
    partial_.reset();
    take(input, input.size());
    return std::nullopt;
  }
  if (partial_ != nullptr && partial_->idle()) partial_.reset();  // its event has been seen

  boost::system::result<std::optional<Event>> event = decode(input);
  if (event.has_error()) {
    failed_ = static_cast<Error>(event.error().value());
    partial_.reset();
  } else if (*event && (*event)->kind == Event::Kind::close) {
    closed_ = true;
  }
  return event;
}

boost::system::result<std::optional<Event>> FrameDecoder::decode(std::span<char>& input) {
  for (;;) {
    if (partial_ == nullptr || !partial_->in_frame) {
      const auto header = take_header(input);
      if (header.has_error()) return header.error();
      if (!*header) return std::nullopt;
      const ClientHeader& frame = **header;
      if (const auto error = fault(frame)) return *error;
      if (frame.length <= input.size() && stands_alone(frame))
        return whole_frame(frame, take(input, static_cast<std::size_t>(frame.length)));
      begin(frame);
    }
    auto event = take_payload(input);
    if (event.has_error() || *event || partial_->in_frame) return event;
  }
}

/// The next frame's header, from the bytes kept of it and the input.
boost::system::result<std::optional<ClientHeader>> FrameDecoder::take_header(std::span<char>& input) {
  if (partial_ == nullptr || partial_->header_size == 0) {
    auto header = read_client_header(input, deflate_);
    if (header.has_error() || input.empty()) return header;
    if (*header) {
      take(input, (*header)->size);
      return header;
    }
  }
  Partial& kept = partial();
  const std::size_t before = kept.header_size;
  const std::size_t looked_at = std::min(input.size(), ClientHeader::longest - before);
  std::memcpy(kept.header_bytes + before, input.data(), looked_at);
  auto header = read_client_header({kept.header_bytes, before + looked_at}, deflate_);
  if (header.has_error()) return header;
  const std::size_t taken = *header ? (*header)->size - before : looked_at;
  kept.header_size = static_cast<std::uint8_t>(*header ? 0 : before + taken);
  take(input, taken);
  return header;
}

/// What is wrong with this frame here and now.
std::optional<Error> FrameDecoder::fault(const ClientHeader& frame) const noexcept {
  if (is_control(frame.opcode)) return std::nullopt;
  const bool in_message = partial_ != nullptr && partial_->in_message;
  if (frame.opcode == Opcode::continuation && !in_message) return Error::unexpected_continuation;
  if (frame.opcode != Opcode::continuation && in_message) return Error::expected_continuation;
  const std::size_t room = max_message_bytes_ - (in_message ? partial_->message.size() : 0);
  if (frame.length > room) return Error::message_too_large;
  return std::nullopt;
}

void FrameDecoder::begin(const ClientHeader& frame) {
  Partial& kept = partial();
  kept.in_frame = true;
  kept.frame = frame;
  kept.taken = 0;
  if (is_control(frame.opcode) || frame.opcode == Opcode::continuation) return;
  kept.in_message = true;
  kept.message_opcode = frame.opcode;
  kept.message_compressed = frame.compressed;
}

/// Adds to the frame that has begun, and answers with the event that this completes.
boost::system::result<std::optional<Event>> FrameDecoder::take_payload(std::span<char>& input) {
  Partial& kept = *partial_;
  const ClientHeader& frame = kept.frame;
  const auto missing = static_cast<std::size_t>(frame.length) - kept.taken;
  const std::span<char> part = take(input, std::min(input.size(), missing));
  const bool control = is_control(frame.opcode);
  if (!part.empty()) {
    const std::size_t most = frame.final ? kept.message.size() + missing : max_message_bytes_;
    char* to = control ? kept.control_bytes + kept.taken : kept.message.extend(part.size(), most);
    std::memcpy(to, part.data(), part.size());
    unmask({to, part.size()}, frame.key, kept.taken);
    kept.taken += part.size();
    if (!control && kept.checks_text() && !kept.utf8.feed({to, part.size()})) return Error::invalid_utf8;
  }
  if (part.size() < missing) return std::nullopt;

  kept.in_frame = false;
  if (control) return control_event(frame.opcode, {kept.control_bytes, kept.taken});
  if (!frame.final) return std::nullopt;
  kept.in_message = false;
  if (kept.checks_text() && !kept.utf8.complete()) return Error::invalid_utf8;
  return message_event(kept.message_opcode, kept.message.view(), kept.message_compressed);
}

FrameDecoder::Partial& FrameDecoder::partial() {
  if (partial_ == nullptr) partial_ = std::make_unique<Partial>();
  return *partial_;
}

}  // namespace roomcast::websocket
