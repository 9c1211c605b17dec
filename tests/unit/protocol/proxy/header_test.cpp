// The header that a proxy puts in front of a connection. HAProxy's proxy-protocol.txt, versions 1 and 2.
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <protocol/proxy/header.hpp>

namespace roomcast::proxy {
namespace {

using namespace std::string_literals;

const std::string signature = "\r\n\r\n\0\r\nQUIT\n"s;

std::string version2(unsigned char command, unsigned char family, const std::string& rest) {
  return signature + static_cast<char>(command) + static_cast<char>(family) +
         static_cast<char>(rest.size() >> 8U) + static_cast<char>(rest.size() & 0xFFU) + rest;
}

const std::string four =
    "\xc0\x00\x02\x01\xc0\x00\x02\x02\xdc\x04\x01\xbb"s;  // 192.0.2.1:56324 to 192.0.2.2:443
const std::string six = "\x20\x01\x0d\xb8"s + std::string(11, '\0') + "\x01"s + "\x20\x01\x0d\xb8"s +
                        std::string(11, '\0') + "\x02"s + "\xdc\x04\x01\xbb"s;
const std::string extension = "\x04\x00\x05hello"s;  // PP2_TYPE_NOOP

/// What a header says: `address port size`, `- size` without one, the error, or `more`.
std::string meaning(std::string_view bytes) {
  const auto header = read_header(bytes);
  if (header.has_error()) return header.error().message();
  if (!*header) return "more";
  const std::string size = std::to_string((*header)->size);
  if (!(*header)->source) return "- " + size;
  return (*header)->source->address + " " + std::to_string((*header)->source->port) + " " + size;
}

struct Example {
  std::string bytes;
  std::string means;
};

const std::vector<Example> good{
    {"PROXY TCP4 192.0.2.1 192.0.2.2 56324 443\r\n", "192.0.2.1 56324 42"},
    {"PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535\r\n", "255.255.255.255 65535 56"},
    {"PROXY TCP6 2001:db8::1 2001:db8::2 56324 443\r\n", "2001:db8::1 56324 46"},
    {"PROXY TCP6 2001:0DB8:0:0:0:0:0:1 ::1 0 1\r\n", "2001:db8::1 0 42"},
    {"PROXY UNKNOWN\r\n", "- 15"},
    {"PROXY UNKNOWN ffff:f...f:ffff ffff:f...f:ffff 65535 65535\r\n", "- 59"},
    {version2(0x21, 0x11, four), "192.0.2.1 56324 28"},
    {version2(0x21, 0x21, six), "2001:db8::1 56324 52"},
    {version2(0x21, 0x11, four + extension + extension), "192.0.2.1 56324 44"},
    {version2(0x21, 0x31, std::string(216, 'u')), "- 232"},
    {version2(0x21, 0x00, ""), "- 16"},
    {version2(0x21, 0x00, extension), "- 24"},
    {version2(0x20, 0x00, ""), "- 16"},
    {version2(0x20, 0x11, four), "- 28"},
    {version2(0x20, 0xff, "whatever"), "- 24"},
    {version2(0x21, 0x11, four + std::string(max_size - 28, 'x')), "192.0.2.1 56324 4096"},
};

TEST(ProxyHeader, says_who_the_client_is) {
  for (const Example& one : good) {
    EXPECT_EQ(meaning(one.bytes), one.means);
    EXPECT_EQ(meaning(one.bytes + "GET / HTTP/1.1"), one.means);
  }
}

TEST(ProxyHeader, may_arrive_byte_by_byte) {
  for (const Example& one : good)
    for (std::size_t size = 0; size < one.bytes.size(); ++size)
      ASSERT_EQ(meaning(std::string_view(one.bytes).substr(0, size)), "more") << one.means << " at " << size;
}

TEST(ProxyHeader, whatever_is_wrong_is_refused) {
  const std::string none = "no header of the PROXY protocol";
  const std::string words = "a PROXY line with the wrong words";
  const std::string bad_address = "a PROXY line with a bad address or port";
  const std::string too_long = "a PROXY header that is too long";
  const std::string version = "a PROXY header of an unknown version or command";
  const std::string family = "a PROXY header of an unknown family or transport";
  const std::string too_short = "a PROXY header without its addresses";
  const std::vector<Example> bad{
      {"GET / HTTP/1.1\r\n", none},
      {"P GET", none},
      {"PROXY\r\n", none},
      {"proxy TCP4 192.0.2.1 192.0.2.2 1 2\r\n", none},
      {"\x16\x03\x01"s, none},
      {"\r\n\r\n\0\r\nQUIX\n"s, none},
      {"PROXY TCP4\r\n", words},
      {"PROXY \r\n", words},
      {"PROXY UNKNOWNS\r\n", words},
      {"PROXY UDP4 192.0.2.1 192.0.2.2 1 2\r\n", words},
      {"PROXY TCP4 192.0.2.1 192.0.2.2 1\r\n", words},
      {"PROXY TCP4 192.0.2.1 192.0.2.2 1 2 3\r\n", words},
      {"PROXY TCP4 192.0.2.1 192.0.2.2 1 2 \r\n", words},
      {"PROXY TCP4  192.0.2.1 192.0.2.2 1 2\r\n", words},
      {"PROXY TCP4  192.0.2.1 192.0.2.2 1\r\n", bad_address},
      {"PROXY TCP4 192.0.2.256 192.0.2.2 1 2\r\n", bad_address},
      {"PROXY TCP4 192.0.02.1 192.0.2.2 1 2\r\n", bad_address},
      {"PROXY TCP4 192.0.2 192.0.2.2 1 2\r\n", bad_address},
      {"PROXY TCP4 192.0.2.1 2001:db8::2 1 2\r\n", bad_address},
      {"PROXY TCP4 2001:db8::1 2001:db8::2 1 2\r\n", bad_address},
      {"PROXY TCP6 192.0.2.1 192.0.2.2 1 2\r\n", bad_address},
      {"PROXY TCP6 fe80::1%eth0 ::1 1 2\r\n", bad_address},
      {"PROXY TCP4 192.0.2.1 192.0.2.2 65536 2\r\n", bad_address},
      {"PROXY TCP4 192.0.2.1 192.0.2.2 1 -2\r\n", bad_address},
      {"PROXY TCP4 192.0.2.1 192.0.2.2 01 2\r\n", bad_address},
      {"PROXY TCP4 192.0.2.1 192.0.2.2 1 2x\r\n", bad_address},
      {"PROXY TCP4 192.0.2.1\0 192.0.2.2 1 2\r\n"s.substr(0, 20) + "\0 1 2\r\n"s, words},
      {"PROXY TCP4 192.0.2.1 192.0.2.2 1 2\n" + std::string(80, 'x'), too_long},
      {"PROXY UNKNOWN " + std::string(92, 'x') + "\r\n", too_long},
      {"PROXY " + std::string(101, ' '), too_long},
      {version2(0x11, 0x11, four), version},
      {version2(0x31, 0x11, four), version},
      {version2(0x22, 0x11, four), version},
      {version2(0x21, 0x41, four), family},
      {version2(0x21, 0x12, four), family},
      {version2(0x21, 0x1f, four), family},
      {version2(0x21, 0x11, four.substr(0, 11)), too_short},
      {version2(0x21, 0x21, six.substr(0, 35)), too_short},
      {version2(0x21, 0x31, std::string(215, 'u')), too_short},
      {version2(0x21, 0x11, std::string(max_size - 15, 'x')), too_long},
      {signature + "\x20\x00\xff\xff"s, too_long},
  };
  for (const Example& one : bad) EXPECT_EQ(meaning(one.bytes), one.means) << one.bytes;
}

}  // namespace
}  // namespace roomcast::proxy
