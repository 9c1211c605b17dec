#include "packet_text.hpp"

#include <charconv>

#include <protocol/json/error.hpp>
#include <protocol/json/reader.hpp>
#include <protocol/json/scanner.hpp>

// The official decoder reads header fields with JavaScript's Number(), which takes more than digits. We take
// digits only, so we refuse what no client sends: a type, count or id made of whitespace (an empty message is
// a CONNECT there), counts like `1e0`, `0x1` or ` 1`, and an id that would lose digits as a double.

namespace roomcast::socketio {
namespace {

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

/// Takes the digits at the front of `text` as a number; nothing if there are none or they do not fit.
template <class T>
std::optional<T> take_digits(std::string_view& text) noexcept {
  T number{};
  const auto [behind, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{}) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(behind - text.data()));
  return number;
}

/// The raw string at the front of a valid text, quotes included, and whether it has escapes.
std::string_view raw_string(std::string_view text, bool& escaped) noexcept {
  std::size_t at = 1;
  while (at < text.size() && text[at] != '"') {
    if (text[at] == '\\') escaped = true, ++at;
    ++at;
  }
  return text.substr(0, at + 1);
}

/// Whether a valid array can be an event: its first element is a name, which is a number or a string that is
/// not reserved.
bool names_event(std::string_view array) {
  const std::string_view first = json::trim(array.substr(1));
  if (first.front() != '"') return first.front() == '-' || is_digit(first.front());
  bool escaped = false;
  const std::string_view raw = raw_string(first, escaped);
  return !reserved_event(escaped ? json::unescape(raw) : raw.substr(1, raw.size() - 2));
}

/// Whether a valid text is something that a packet of this type carries.
bool fits(PacketType type, std::string_view data) {
  switch (type) {
    case PacketType::connect:
      return data.front() == '{';
    case PacketType::disconnect:
      return false;
    case PacketType::event:
    case PacketType::binary_event:
      return data.front() == '[' && names_event(data);
    case PacketType::ack:
    case PacketType::binary_ack:
      return data.front() == '[';
    case PacketType::connect_error:
      return data.front() == '{' || data.front() == '"';
  }
  return false;
}

/// Takes `<n>-`.
boost::system::result<unsigned> take_attachment_count(std::string_view& text, unsigned max_attachments) {
  const std::size_t digits = text.find_first_not_of("0123456789");
  if (digits == 0 || digits == std::string_view::npos || text[digits] != '-')
    return Error::bad_attachment_count;
  const std::optional<unsigned> count = take_digits<unsigned>(text);
  text.remove_prefix(count ? 1 : 0);
  if (count == 0u) return Error::zero_attachments;
  if (!count || *count > max_attachments) return Error::too_many_attachments;
  return *count;
}

/// Takes `/namespace,`; the comma may be missing at the end of the text.
std::string_view take_namespace(std::string_view& text) noexcept {
  const std::size_t comma = text.find(',');
  const std::string_view nsp = text.substr(0, comma);
  text.remove_prefix(comma == std::string_view::npos ? text.size() : comma + 1);
  return nsp;
}

}  // namespace

boost::system::result<unsigned> read_packet_text(std::string_view text, unsigned max_attachments,
                                                 unsigned max_depth, Packet& packet) {
  if (text.empty() || text.front() < '0' || text.front() > '6') return Error::unknown_type;
  packet = {};
  packet.type = static_cast<PacketType>(text.front() - '0');
  text.remove_prefix(1);

  unsigned attachments = 0;
  if (packet.type >= PacketType::binary_event) {
    const auto count = take_attachment_count(text, max_attachments);
    if (!count) return count.error();
    attachments = *count;
  }
  if (!text.empty() && text.front() == '/') packet.nsp = take_namespace(text);
  if (!text.empty() && is_digit(text.front())) {
    packet.id = take_digits<std::uint64_t>(text);
    if (!packet.id) return Error::bad_id;
  }
  if (text.empty()) return attachments;

  packet.data = json::trim(text);
  if (packet.data.data() != text.data()) return Error::bad_id;  // whitespace is read as part of an id there
  if (const auto valid = json::validate(text, max_depth, &packet.commas); !valid)
    return valid.error() == json::Error::too_deep ? Error::too_deep : Error::invalid_payload;
  if (!fits(packet.type, packet.data)) return Error::invalid_payload;
  return attachments;
}

}  // namespace roomcast::socketio
