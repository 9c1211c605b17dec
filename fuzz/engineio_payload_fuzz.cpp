// A polling body, of Engine.IO 4 and 3, reads the same whole and in two halves, and what was read survives
// being written again. The same bytes, taken as a query string, a form, a script's text or a header, must not
// upset those readers either.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include <base/utf8.hpp>
#include <net/content_coding.hpp>
#include <protocol/engineio/jsonp.hpp>
#include <protocol/engineio/payload.hpp>
#include <protocol/engineio/protocol3.hpp>
#include <protocol/engineio/query.hpp>
#include <protocol/json/reader.hpp>

namespace {

using namespace roomcast::engineio;

using Entry = std::tuple<PacketType, bool, std::string>;

void require(bool truth) {
  if (!truth) std::abort();
}

/// Adds the packets of a body to `packets`. False after an error.
template <class Reader>
bool read_with(Reader reader, std::vector<Entry>& packets) {
  for (;;) {
    const auto packet = reader.next();
    if (packet.has_error()) {
      require(reader.next().has_error());
      return false;
    }
    if (!*packet) return true;
    packets.emplace_back((*packet)->type, (*packet)->binary, std::string((*packet)->data));
  }
}

bool read(std::string_view body, std::vector<Entry>& packets) {
  return read_with(PayloadReader(body), packets);
}

void check_payload(std::string_view body) {
  std::vector<Entry> packets, halves, again;
  const bool good = read(body, packets);

  if (const std::size_t cut = body.find(packet_separator, body.size() / 2); cut != std::string_view::npos) {
    const bool good_halves = read(body.substr(0, cut), halves) && read(body.substr(cut + 1), halves);
    require(good_halves == good && halves == packets);
  }

  std::string written, one;
  for (const auto& [type, binary, data] : packets) {
    one.clear();
    encode({type, binary, data}, one);
    append_to_payload(one, written);
  }
  require(read(written, again) == !packets.empty() && again == packets);
}

/// Engine.IO 3: read, written and read again; a cut body has the packets in front of the cut.
template <class Reader>
void check_protocol3(std::string_view body) {
  std::vector<Entry> packets, again, before;
  const bool good = read_with(Reader(body), packets);
  if (good && !packets.empty()) {
    std::string text, octets;
    for (const auto& [type, binary, data] : packets) {
      std::string one;
      encode({type, binary, data}, one);
      v3::append_to_payload(binary ? v3::binary_as_text(one) : one, text);
      v3::append_to_binary_payload(binary, binary ? data : one, octets);
    }
    require(read_with(v3::PayloadReader(text), again) && again == packets);
    again.clear();
    require(read_with(v3::BinaryPayloadReader(octets), again) && again == packets);
  }
  std::size_t cut = body.size() / 2;
  while (cut > 0 && (static_cast<unsigned char>(body[cut]) & 0xC0) == 0x80) --cut;
  read_with(Reader(body.substr(0, cut)), before);
  require(before.size() <= packets.size() && std::equal(before.begin(), before.end(), packets.begin()));
}

void check_query(std::string_view text) {
  const Query query(text);
  std::map<std::string, std::string> last;
  query.for_each([&](const std::string& name, const std::string& value) {
    require(roomcast::base::is_valid_utf8(name) && roomcast::base::is_valid_utf8(value));
    last[name] = value;
  });
  if (last.size() > 50)
    return;  // asking for each of very many names is quadratic, and the fault would be here
  for (const auto& [name, value] : last) require(query.get(name) == value);
}

/// A script holds the body as a string that reads the same and ends nowhere before its end.
void check_jsonp(std::string_view text) {
  jsonp_body(text);
  const auto callback = jsonp_callback(text);
  require(!callback || callback->find_first_not_of("0123456789") == std::string::npos);
  if (!roomcast::base::is_valid_utf8(text)) return;
  const std::string script = jsonp_answer("7", text);
  constexpr std::string_view begin = "___eio[7](";
  require(script.starts_with(begin) && script.ends_with(");"));
  require(script.find("\xE2\x80\xA8") == std::string::npos &&
          script.find("\xE2\x80\xA9") == std::string::npos);
  const std::string_view string =
      std::string_view(script).substr(begin.size(), script.size() - begin.size() - 2);
  require(roomcast::json::validate(string).has_value() && roomcast::json::unescape(string) == text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  check_payload(text);
  check_protocol3<v3::PayloadReader>(roomcast::base::to_valid_utf8(text));
  check_protocol3<v3::BinaryPayloadReader>(text);
  check_query(text);
  check_jsonp(text);
  roomcast::net::preferred_coding(text);
  return 0;
}
