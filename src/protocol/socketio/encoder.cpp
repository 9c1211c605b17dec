#include <cassert>
#include <charconv>
#include <cstring>

#include <protocol/socketio/encoder.hpp>
#include <protocol/socketio/placeholder.hpp>

namespace roomcast::socketio {
namespace {

template <class T>
void write_digits(base::FrameBuilder& out, T number) {
  char text[24];
  const char* const end = std::to_chars(text, text + sizeof text, number).ptr;
  out.append({text, static_cast<std::size_t>(end - text)});
}

PacketType binary_form(PacketType type) noexcept {
  if (type == PacketType::event) return PacketType::binary_event;
  if (type == PacketType::ack) return PacketType::binary_ack;
  return type;
}

char digit(PacketType type) noexcept { return static_cast<char>('0' + static_cast<int>(type)); }

}  // namespace

void write_header(base::FrameBuilder& out, PacketType type, std::string_view nsp,
                  std::optional<std::uint64_t> id, unsigned attachments) {
  if (attachments > 0) {
    assert(binary_form(type) >= PacketType::binary_event);
    out.append(digit(binary_form(type)));
    write_digits(out, attachments);
    out.append('-');
  } else {
    assert(type < PacketType::binary_event);
    out.append(digit(type));
  }
  if (!nsp.empty() && nsp != "/") {
    out.append(nsp);
    out.append(',');
  }
  if (id) write_digits(out, *id);
}

void make_binary(base::FrameBuilder& out, std::size_t start, unsigned attachments) {
  assert(start < out.size() && attachments > 0);
  char count[16];
  char* behind = std::to_chars(count, count + sizeof count - 1, attachments).ptr;
  *behind++ = '-';
  const auto inserted = static_cast<std::size_t>(behind - count);
  const std::size_t packet_size = out.size() - start;
  char* const packet = out.extend(inserted) - packet_size;
  assert(*packet == '2' || *packet == '3');
  *packet = *packet == '2' ? digit(PacketType::binary_event) : digit(PacketType::binary_ack);
  std::memmove(packet + 1 + inserted, packet + 1, packet_size - 1);
  std::memcpy(packet + 1, count, inserted);
}

void write_placeholder(base::FrameBuilder& out, unsigned num) {
  out.append("{\"_placeholder\":true,\"num\":");
  write_digits(out, num);
  out.append('}');
}

void relay(base::FrameBuilder& out, std::string_view raw_json, unsigned first, std::vector<unsigned>& used) {
  std::size_t copied = 0;
  for (const Placeholder& placeholder : find_placeholders(raw_json)) {
    out.append(raw_json.substr(copied, placeholder.offset - copied));
    copied = placeholder.offset + placeholder.length;
    write_placeholder(out, first++);
    used.push_back(placeholder.num.value_or(0));  // the Decoder has refused packets without
  }
  out.append(raw_json.substr(copied));
}

}  // namespace roomcast::socketio
