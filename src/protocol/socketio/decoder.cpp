#include <string>
#include <utility>
#include <vector>

#include <protocol/socketio/decoder.hpp>
#include <protocol/socketio/placeholder.hpp>

#include "packet_text.hpp"

namespace roomcast::socketio {

/// A packet whose attachments are arriving, or have just arrived.
struct Decoder::Binary {
  std::string text;
  Packet packet;
  std::size_t bytes = 0;     // of the text and the attachments so far
  std::size_t expected = 0;  // attachments
  std::vector<std::string> attachments;
  std::vector<std::string_view> views;  // of them, once all are there
};

Decoder::Decoder(const DecoderLimits& limits) noexcept : limits_(&limits) {}
Decoder::Decoder() noexcept {
  static constexpr DecoderLimits official;
  limits_ = &official;
}
Decoder::Decoder(Decoder&&) noexcept = default;
Decoder& Decoder::operator=(Decoder&&) noexcept = default;
Decoder::~Decoder() = default;

bool Decoder::waiting() const noexcept { return binary_ && binary_->attachments.size() < binary_->expected; }

std::optional<Decoder::Awaited> Decoder::awaited() const noexcept {
  if (!waiting()) return std::nullopt;
  return Awaited{binary_->packet.nsp, binary_->bytes};
}

void Decoder::release() noexcept {
  if (!waiting()) binary_.reset();
}

boost::system::result<std::optional<Packet>> Decoder::add_text(std::string_view text) {
  const bool interrupted = waiting();
  binary_.reset();
  if (interrupted) return Error::unexpected_text;
  if (text.size() > limits_->max_bytes) return Error::too_large;
  if (!text.empty() && (text.front() == '5' || text.front() == '6')) return begin_binary(text);

  std::optional<Packet> packet(std::in_place);
  const auto read = read_packet_text(text, limits_->max_attachments, limits_->max_depth, *packet);
  if (!read) return read.error();
  return packet;
}

boost::system::result<std::optional<Packet>> Decoder::begin_binary(std::string_view text) {
  auto binary = std::make_unique<Binary>();
  binary->text = text;
  binary->bytes = text.size();
  const auto attachments =
      read_packet_text(binary->text, limits_->max_attachments, limits_->max_depth, binary->packet);
  if (!attachments) return attachments.error();
  PacketType& type = binary->packet.type;
  type = type == PacketType::binary_event ? PacketType::event : PacketType::ack;
  binary->expected = *attachments;
  binary_ = std::move(binary);
  return std::nullopt;
}

boost::system::result<std::optional<Packet>> Decoder::add_binary(std::string_view bytes) {
  if (!waiting()) {
    binary_.reset();
    return Error::unexpected_binary;
  }
  if (bytes.size() > limits_->max_bytes - binary_->bytes) {
    binary_.reset();
    return Error::too_large;
  }
  binary_->bytes += bytes.size();
  binary_->attachments.emplace_back(bytes);
  if (waiting()) return std::nullopt;

  if (const auto checked = check_placeholders(); !checked) {
    binary_.reset();
    return checked.error();
  }
  binary_->views.assign(binary_->attachments.begin(), binary_->attachments.end());
  binary_->packet.attachments = binary_->views;
  return binary_->packet;
}

/// Every placeholder must name an attachment. They may be fewer, repeated and in any order, but repetition is
/// bounded: a relay sends one attachment per placeholder, and no peer would take more than the limit either.
boost::system::result<void> Decoder::check_placeholders() const {
  const std::vector<Placeholder> placeholders = find_placeholders(binary_->packet.data);
  for (const Placeholder& placeholder : placeholders)
    if (!placeholder.num || *placeholder.num >= binary_->expected) return Error::bad_placeholder;
  if (placeholders.size() > limits_->max_attachments) return Error::too_many_attachments;
  return {};
}

}  // namespace roomcast::socketio
