#include <protocol/engineio/payload.hpp>

namespace roomcast::engineio {

boost::system::result<std::optional<Packet>> PayloadReader::next() {
  if (ended_) return std::nullopt;
  const std::size_t end = rest_.find(packet_separator);
  const boost::system::result<Packet> packet = decode(rest_.substr(0, end), scratch_);
  if (packet.has_error()) return packet.error();  // `rest_` stays, so the next call says the same
  ended_ = end == std::string_view::npos;
  if (!ended_) rest_.remove_prefix(end + 1);
  return *packet;
}

void append_to_payload(std::string_view packet, std::string& body) {
  if (!body.empty()) body += packet_separator;
  body += packet;
}

std::string join_payload(std::span<const std::string_view> packets) {
  std::size_t size = packets.size();
  for (const std::string_view packet : packets) size += packet.size();
  std::string body;
  body.reserve(size);
  for (const std::string_view packet : packets) append_to_payload(packet, body);
  return body;
}

}  // namespace roomcast::engineio
