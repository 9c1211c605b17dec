#include <array>
#include <charconv>
#include <string>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <protocol/proxy/header.hpp>

namespace roomcast::proxy {
namespace {

using Result = boost::system::result<std::optional<Header>>;

constexpr std::string_view line_start = "PROXY ";
constexpr std::string_view signature{"\r\n\r\n\0\r\nQUIT\n", 12};
constexpr std::size_t fixed_size = 16;

class Category final : public boost::system::error_category {
 public:
  const char* name() const noexcept override { return "proxy"; }
  std::string message(int value) const override {
    switch (static_cast<Error>(value)) {
      case Error::no_header:
        return "no header of the PROXY protocol";
      case Error::too_long:
        return "a PROXY header that is too long";
      case Error::bad_line:
        return "a PROXY line with the wrong words";
      case Error::bad_address:
        return "a PROXY line with a bad address or port";
      case Error::bad_version:
        return "a PROXY header of an unknown version or command";
      case Error::bad_family:
        return "a PROXY header of an unknown family or transport";
      case Error::too_short:
        return "a PROXY header without its addresses";
    }
    return "unknown PROXY error";
  }
};

/// The address as the kernel writes it.
template <class Binary>
std::string text_of(int family, const Binary& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  return ::inet_ntop(family, &address, text.data(), text.size()) == nullptr ? std::string() : text.data();
}

/// @return "" if it is no address of the family.
std::string address(int family, std::string_view text) {
  const std::string terminated(text);
  in6_addr binary{};
  if (::inet_pton(family, terminated.c_str(), &binary) != 1) return {};
  return text_of(family, binary);
}

std::optional<std::uint16_t> port(std::string_view text) {
  std::uint16_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  if (text.size() > 1 && text.front() == '0') return std::nullopt;
  return number;
}

// `PROXY TCP4 192.0.2.1 192.0.2.2 56324 443\r\n` (§2.1)
Result read_line(std::string_view bytes) {
  const std::size_t end = bytes.substr(0, max_line).find("\r\n");
  if (end == std::string_view::npos) {
    if (bytes.size() >= max_line) return Error::too_long;
    return std::nullopt;
  }
  Header header{.size = end + 2, .source = std::nullopt};
  std::string_view left = bytes.substr(line_start.size(), end - line_start.size());
  // The rest of that one is to be ignored.
  if (left == "UNKNOWN" || left.starts_with("UNKNOWN ")) return header;
  std::array<std::string_view, 5> words;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::size_t space = left.find(' ');
    const bool last = i + 1 == words.size();
    if ((space == std::string_view::npos) != last) return Error::bad_line;
    words[i] = left.substr(0, space);
    if (!last) left.remove_prefix(space + 1);
  }
  if (words[0] != "TCP4" && words[0] != "TCP6") return Error::bad_line;
  const int family = words[0] == "TCP4" ? AF_INET : AF_INET6;
  std::string source = address(family, words[1]);
  const auto source_port = port(words[3]);
  if (source.empty() || address(family, words[2]).empty() || !source_port || !port(words[4]))
    return Error::bad_address;
  header.source = {std::move(source), *source_port};
  return header;
}

template <class Binary>
Source source_at(int family, std::string_view addresses) {
  Binary from{};
  addresses.copy(reinterpret_cast<char*>(&from), sizeof from);
  const auto byte = [&](std::size_t i) {
    return static_cast<unsigned>(static_cast<unsigned char>(addresses[2 * sizeof from + i]));
  };
  return {text_of(family, from), static_cast<std::uint16_t>(byte(0) << 8U | byte(1))};
}

// §2.2
Result read_binary(std::string_view bytes) {
  if (bytes.size() < fixed_size) return std::nullopt;
  const auto byte = [&](std::size_t i) {
    return static_cast<unsigned>(static_cast<unsigned char>(bytes[i]));
  };
  const unsigned command = byte(12) & 0xFU;
  const unsigned family = byte(13) >> 4U;
  const unsigned transport = byte(13) & 0xFU;
  const std::size_t length = byte(14) << 8U | byte(15);
  if (byte(12) >> 4U != 2 || command > 1) return Error::bad_version;
  if (fixed_size + length > max_size) return Error::too_long;
  const bool local = command == 0;  // whatever the addresses say then
  // Unspecified ones are for whoever does not know; datagrams do not come over a stream.
  if (!local && (family > 3 || transport > 1)) return Error::bad_family;
  static constexpr std::array<std::size_t, 4> needed{0, 12, 36, 216};
  if (!local && transport == 1 && length < needed[family]) return Error::too_short;
  if (bytes.size() < fixed_size + length) return std::nullopt;
  Header header{.size = fixed_size + length, .source = std::nullopt};
  const std::string_view addresses = bytes.substr(fixed_size, length);
  if (!local && transport == 1 && family == 1) header.source = source_at<in_addr>(AF_INET, addresses);
  if (!local && transport == 1 && family == 2) header.source = source_at<in6_addr>(AF_INET6, addresses);
  return header;
}

/// Whether one is the beginning of the other.
bool agree(std::string_view bytes, std::string_view start) {
  return bytes.size() < start.size() ? start.starts_with(bytes) : bytes.starts_with(start);
}

}  // namespace

const boost::system::error_category& error_category() noexcept {
  static const Category category;
  return category;
}

Result read_header(std::string_view bytes) {
  const bool line = agree(bytes, line_start);
  if (!line && !agree(bytes, signature)) return Error::no_header;
  if (bytes.size() < line_start.size()) return std::nullopt;
  return line ? read_line(bytes) : read_binary(bytes);
}

}  // namespace roomcast::proxy
