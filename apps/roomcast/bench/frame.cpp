#include "frame.hpp"

#include <cstddef>
#include <cstring>

namespace roomcast::app::bench {
namespace {

constexpr std::uint64_t longest = std::uint64_t{256} << 20;  // what no server of ours would send

void append_length(std::string& out, std::uint64_t length, int bytes) {
  for (int i = bytes - 1; i >= 0; --i) out += static_cast<char>(length >> (8 * i));
}

std::uint64_t length_at(const char* p, int bytes) {
  std::uint64_t length = 0;
  for (int i = 0; i < bytes; ++i) length = length << 8 | static_cast<std::uint8_t>(p[i]);
  return length;
}

}  // namespace

void append_frame(std::string& out, FrameType type, std::string_view payload, std::uint32_t key) {
  constexpr int masked = 0x80;
  out += static_cast<char>(0x80 | static_cast<int>(type));
  if (payload.size() < 126) {
    out += static_cast<char>(masked | static_cast<int>(payload.size()));
  } else if (payload.size() < 65536) {
    out += static_cast<char>(masked | 126);
    append_length(out, payload.size(), 2);
  } else {
    out += static_cast<char>(masked | 127);
    append_length(out, payload.size(), 8);
  }
  char bytes[4];
  std::memcpy(bytes, &key, sizeof key);
  out.append(bytes, sizeof bytes);
  const std::size_t begin = out.size();
  out.append(payload);
  char* p = out.data() + begin;
  const std::uint64_t twice = std::uint64_t{key} << 32 | key;
  std::size_t i = 0;
  for (; i + sizeof twice <= payload.size(); i += sizeof twice) {
    std::uint64_t eight;
    std::memcpy(&eight, p + i, sizeof eight);
    eight ^= twice;
    std::memcpy(p + i, &eight, sizeof eight);
  }
  for (; i < payload.size(); ++i) p[i] = static_cast<char>(p[i] ^ bytes[i % 4]);
}

std::string_view FrameReader::read(std::string_view bytes, Sink& sink) {
  if (!error_.empty()) return error_;
  const bool kept = !incomplete_.empty();
  if (kept) bytes = incomplete_.append(bytes);
  Step step;
  do step = take(bytes, sink);
  while (step == Step::frame);
  if (step == Step::stopped) {
    reset();
  } else if (kept) {
    incomplete_.erase(0, incomplete_.size() - bytes.size());
  } else {
    incomplete_.assign(bytes);
  }
  return error_;
}

void FrameReader::reset() {
  incomplete_.clear();
  fragments_.clear();
  in_fragments_ = false;
  error_ = {};
}

FrameReader::Step FrameReader::failed(std::string_view why) {
  error_ = why;
  return Step::failed;
}

FrameReader::Step FrameReader::take(std::string_view& bytes, Sink& sink) {
  if (bytes.size() < 2) return Step::incomplete;
  const auto first = static_cast<std::uint8_t>(bytes[0]);
  const auto second = static_cast<std::uint8_t>(bytes[1]);
  if (first & 0x70) return failed("a frame with reserved bits");
  if (second & 0x80) return failed("a masked frame");
  std::uint64_t length = second;
  std::size_t head = 2;
  if (length >= 126) {
    const int width = length == 126 ? 2 : 8;
    head += static_cast<std::size_t>(width);
    if (bytes.size() < head) return Step::incomplete;
    length = length_at(bytes.data() + 2, width);
  }
  if (length > longest) return failed("a frame of more than 256 MiB");
  if (bytes.size() - head < length) return Step::incomplete;
  const std::string_view payload = bytes.substr(head, static_cast<std::size_t>(length));
  bytes.remove_prefix(head + payload.size());

  const bool final = (first & 0x80) != 0;
  const int code = first & 15;
  if (code >= 8) {
    if (code > 10 || !final || length > 125) return failed("a malformed control frame");
    return sink.on_frame(static_cast<FrameType>(code), payload) ? Step::frame : Step::stopped;
  }
  if (code > 2) return failed("a frame of an unknown type");
  if ((code == 0) != in_fragments_) return failed("a fragment out of place");
  if (code != 0 && final) {
    return sink.on_frame(static_cast<FrameType>(code), payload) ? Step::frame : Step::stopped;
  }
  if (code != 0) {
    fragments_type_ = static_cast<FrameType>(code);
    fragments_.clear();
  }
  fragments_.append(payload);
  in_fragments_ = !final;
  if (fragments_.size() > longest) return failed("a message of more than 256 MiB");
  if (!final) return Step::frame;
  return sink.on_frame(fragments_type_, fragments_) ? Step::frame : Step::stopped;
}

}  // namespace roomcast::app::bench
