#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <boost/system/result.hpp>

#include <protocol/engineio/packet.hpp>

namespace roomcast::engineio {

/// Stands between the packets of a polling body. JSON never contains it raw.
inline constexpr char packet_separator = '\x1e';

/// Reads the packets of a polling body one after the other. Engine.IO v4, "HTTP long-polling".
/// The body must outlive the reader. One thread at a time.
class PayloadReader {
 public:
  explicit PayloadReader(std::string_view body) noexcept : rest_(body) {}

  /// The next packet, or nothing behind the last one. Its data is good until the next call.
  /// The first bad packet is final: every later call answers its error. The packets before it count. An empty
  /// body, and a leading, doubled or trailing separator, hold an empty packet, which is a bad one.
  boost::system::result<std::optional<Packet>> next();

 private:
  std::string_view rest_;
  bool ended_ = false;
  std::string scratch_;
};

/// Appends an already encoded packet to a polling body, behind a separator unless it is the first.
void append_to_payload(std::string_view packet, std::string& body);

/// The polling body that holds these already encoded packets.
std::string join_payload(std::span<const std::string_view> packets);

}  // namespace roomcast::engineio
