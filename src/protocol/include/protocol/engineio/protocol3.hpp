#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <boost/system/result.hpp>

#include <protocol/engineio/packet.hpp>

/// What Engine.IO 3, the protocol of Socket.IO 2's clients, writes otherwise than Engine.IO 4.
///
/// Binary messages carry their packet's type: a websocket's binary frame begins with the byte 4, base64 with
/// `b4`. In a polling body each packet has its length in front of it. Packets of a binary or `b` form whose
/// type there is not are read as `noop`, since the official server ignores them.
namespace roomcast::engineio::v3 {

/// Reads one text packet: as in Engine.IO 4, but for the type behind a `b`.
/// @param scratch takes the bytes of a `b…` packet; keep it as long as the packet. Others leave it alone.
boost::system::result<Packet> decode(std::string_view text, std::string& scratch);

/// Reads one binary packet: its first byte is the type.
Packet decode_binary(std::string_view bytes) noexcept;

/// `b4` and base64 of a binary message, given the form that Engine.IO 4 has for it (`b` and base64).
std::string binary_as_text(std::string_view form4);

/// Reads the packets of a polling body in the text form, `<length>:<packet>` repeated. A length counts UTF-16
/// code units; a packet of length 0 counts for nothing. The body must be valid UTF-8 and outlive the reader.
/// One thread at a time.
class PayloadReader {
 public:
  explicit PayloadReader(std::string_view body) noexcept : rest_(body), empty_(body.empty()) {}

  /// The next packet, or nothing behind the last one. Its data is good until the next call. The first bad
  /// packet or length is final, and so is an empty body; the packets before it count.
  boost::system::result<std::optional<Packet>> next();

 private:
  std::string_view rest_;
  bool empty_;
  std::string scratch_;
};

/// The same for the binary form (`application/octet-stream`): a byte 0 for text or 1 for binary, the length
/// in bytes as one byte for each decimal digit, a byte 255, and the packet.
class BinaryPayloadReader {
 public:
  explicit BinaryPayloadReader(std::string_view body) noexcept : rest_(body) {}

  /// As of PayloadReader; but an empty body holds no packet. Text that is not UTF-8 is a bad packet.
  boost::system::result<std::optional<Packet>> next();

 private:
  std::string_view rest_;
  std::string scratch_;
};

/// Appends an encoded text packet to a body in the text form.
void append_to_payload(std::string_view packet, std::string& body);

/// Appends a packet to a body in the binary form: an encoded text packet, or a binary message's bytes.
void append_to_binary_payload(bool binary, std::string_view packet, std::string& body);

}  // namespace roomcast::engineio::v3
