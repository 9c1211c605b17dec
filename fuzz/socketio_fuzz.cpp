#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include <base/frame.hpp>
#include <base/utf8.hpp>
#include <protocol/json/scanner.hpp>
#include <protocol/socketio/decoder.hpp>
#include <protocol/socketio/encoder.hpp>

#include "exact_copy.hpp"

namespace {

namespace base = roomcast::base;
namespace json = roomcast::json;
namespace socketio = roomcast::socketio;

void require(bool condition) {
  if (!condition) std::abort();
}

using Frames = std::vector<std::string>;

/// The packet as a relay sends it on.
Frames encoded(const socketio::Packet& packet) {
  base::FrameBuilder out;
  socketio::write_header(out, packet.type, packet.nsp, packet.id);
  std::vector<unsigned> used;
  if (packet.attachments.empty())
    out.append(packet.data);
  else
    socketio::relay(out, packet.data, 0, used);
  if (!used.empty()) socketio::make_binary(out, 0, static_cast<unsigned>(used.size()));
  Frames frames{std::string(out.view())};
  for (const unsigned num : used) frames.emplace_back(packet.attachments[num]);
  return frames;
}

/// What is sent on must be accepted by the next server, and sent on by it with the same bytes.
void check(const socketio::Packet& packet) {
  require(packet.type <= socketio::PacketType::connect_error);
  require(packet.data.empty() || json::validate(packet.data).has_value());
  const Frames frames = encoded(packet);
  socketio::Decoder decoder;
  auto result = decoder.add_text(frames[0]);
  for (std::size_t i = 1; i < frames.size(); ++i) {
    require(result && !*result);
    result = decoder.add_binary(frames[i]);
  }
  require(result && *result);
  require((*result)->type == packet.type && (*result)->nsp == packet.nsp && (*result)->id == packet.id);
  require(encoded(**result) == frames);
}

/// A text that was accepted, cut anywhere, is refused or has lost all of its payload, if that shows where it
/// ends.
void check_cuts(std::string_view text) {
  constexpr std::size_t longest = 200;  // the time is quadratic
  if (text.size() > longest || (!text.ends_with(']') && !text.ends_with('}'))) return;
  for (std::size_t cut = 0; cut < text.size(); ++cut) {
    const ExactCopy begin(text.substr(0, cut));
    if (!base::is_valid_utf8(begin.view())) continue;
    socketio::Decoder decoder;
    auto result = decoder.add_text(begin.view());
    while (result && decoder.waiting()) result = decoder.add_binary("");
    require(!result || (*result)->data.empty());
  }
}

}  // namespace

/// The input is a list of messages: a byte of which the lowest bit says whether it is binary, then the
/// message up to the next 0x1E.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view input(reinterpret_cast<const char*>(data), size);
  socketio::Decoder decoder;
  while (!input.empty()) {
    const bool binary = (input.front() & 1) != 0;
    input.remove_prefix(1);
    const std::size_t end = input.find('\x1e');
    const ExactCopy copy(input.substr(0, end));
    const std::string_view message = copy.view();
    input.remove_prefix(end == std::string_view::npos ? input.size() : end + 1);
    if (!binary && !base::is_valid_utf8(message)) continue;
    const auto result = binary ? decoder.add_binary(message) : decoder.add_text(message);
    require(result || !decoder.waiting());
    if (result && !binary) check_cuts(message);
    if (result && *result) check(**result);
  }
  return 0;
}
