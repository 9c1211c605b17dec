#include <cassert>

#include <base/base64.hpp>
#include <protocol/engineio/packet.hpp>

namespace roomcast::engineio {

boost::system::result<Packet> decode(std::string_view text, std::string& scratch) {
  if (text.empty()) return Error::empty_packet;
  const char type = text.front();
  text.remove_prefix(1);
  if (type == 'b') {
    scratch.clear();
    base::base64_decode_lenient(text, scratch);
    return Packet{PacketType::message, true, scratch};
  }
  if (type < '0' || type > '6') return Error::unknown_type;
  return Packet{static_cast<PacketType>(type - '0'), false, text};
}

void encode(const Packet& packet, std::string& out) {
  if (packet.binary) {
    assert(packet.type == PacketType::message);
    out += 'b';
    base::base64_encode(packet.data, out);
  } else {
    out += static_cast<char>('0' + static_cast<int>(packet.type));
    out += packet.data;
  }
}

std::string binary_as_text(std::string_view bytes) {
  std::string text;
  text.reserve(1 + base::base64_size(bytes.size()));
  encode({PacketType::message, true, bytes}, text);
  return text;
}

}  // namespace roomcast::engineio
