#include <algorithm>

#include <base/base64.hpp>
#include <base/utf8.hpp>
#include <protocol/engineio/protocol3.hpp>

namespace roomcast::engineio::v3 {
namespace {

constexpr char message_type = 4;
constexpr char end_of_length = '\xFF';
// No body is so long that its length has more digits.
constexpr std::size_t most_digits = 10;

// Of a binary packet; only messages can make anything of bytes.
Packet of_type(int type, std::string_view data) noexcept {
  if (type < 0 || type > 6) return {PacketType::noop, false, {}};
  const auto known = static_cast<PacketType>(type);
  if (known != PacketType::message) return {known, false, {}};
  return {known, true, data};
}

// How many bytes the first `units` UTF-16 code units of valid UTF-8 take, or npos if they end elsewhere than
// between two characters of the text.
std::size_t bytes_of_units(std::string_view text, std::size_t units) noexcept {
  std::size_t at = 0;
  while (units > 0) {
    if (at >= text.size()) return std::string_view::npos;
    const auto lead = static_cast<unsigned char>(text[at]);
    const std::size_t wanted = lead >= 0xF0 ? 2 : 1;
    if (wanted > units) return std::string_view::npos;
    units -= wanted;
    at += lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  }
  return at;
}

// Takes `<digits>` and the mark behind them off `text`, or leaves it alone if they are no length.
std::optional<std::size_t> take_length(std::string_view& text, char mark, char zero) noexcept {
  std::size_t length = 0;
  for (std::size_t i = 0; i < std::min(text.size(), most_digits + 1); ++i) {
    if (text[i] == mark) {
      if (i == 0) return std::nullopt;
      text.remove_prefix(i + 1);
      return length;
    }
    const int digit = static_cast<unsigned char>(text[i]) - static_cast<unsigned char>(zero);
    if (digit < 0 || digit > 9) return std::nullopt;
    length = length * 10 + static_cast<std::size_t>(digit);
  }
  return std::nullopt;
}

}  // namespace

boost::system::result<Packet> decode(std::string_view text, std::string& scratch) {
  if (!text.starts_with('b')) return engineio::decode(text, scratch);
  if (text.size() == 1) return of_type(-1, {});
  scratch.clear();
  base::base64_decode_lenient(text.substr(2), scratch);
  return of_type(text[1] - '0', scratch);
}

Packet decode_binary(std::string_view bytes) noexcept {
  return bytes.empty() ? of_type(-1, {}) : of_type(bytes.front(), bytes.substr(1));
}

std::string binary_as_text(std::string_view form4) {
  std::string text("b4");
  text += form4.substr(1);
  return text;
}

boost::system::result<std::optional<Packet>> PayloadReader::next() {
  if (empty_) return Error::empty_packet;
  while (!rest_.empty()) {
    std::string_view behind = rest_;
    const auto units = take_length(behind, ':', '0');
    if (!units) return Error::bad_length;
    const std::size_t size = bytes_of_units(behind, *units);
    if (size == std::string_view::npos) return Error::bad_length;
    if (size != 0) {
      const boost::system::result<Packet> packet = decode(behind.substr(0, size), scratch_);
      if (packet.has_error()) return packet.error();  // `rest_` stays, so the next call says the same
      rest_ = behind.substr(size);
      return *packet;
    }
    rest_ = behind;
  }
  return std::nullopt;
}

boost::system::result<std::optional<Packet>> BinaryPayloadReader::next() {
  if (rest_.empty()) return std::nullopt;
  std::string_view behind = rest_.substr(1);
  const auto size = take_length(behind, end_of_length, '\0');
  if (!size || *size > behind.size()) return Error::bad_length;
  const std::string_view data = behind.substr(0, *size);
  if (rest_.front() == 0) {
    if (!base::is_valid_utf8(data)) return Error::bad_text;
    const boost::system::result<Packet> packet = decode(data, scratch_);
    if (packet.has_error()) return packet.error();
    rest_ = behind.substr(*size);
    return *packet;
  }
  rest_ = behind.substr(*size);
  return decode_binary(data);
}

void append_to_payload(std::string_view packet, std::string& body) {
  body += std::to_string(base::utf16_size(packet));
  body += ':';
  body += packet;
}

void append_to_binary_payload(bool binary, std::string_view packet, std::string& body) {
  body += binary ? '\1' : '\0';
  for (const char digit : std::to_string(packet.size() + (binary ? 1 : 0)))
    body += static_cast<char>(digit - '0');
  body += end_of_length;
  if (binary) body += message_type;
  body += packet;
}

}  // namespace roomcast::engineio::v3
