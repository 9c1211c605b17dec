#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>

#include <protocol/websocket/error.hpp>
#include <protocol/websocket/frame_decoder.hpp>

struct z_stream_s;  // zlib's

namespace roomcast::websocket {

/// Bytes to write into, used again and again. What a large message needed is given back with the next one.
class Scratch {
 public:
  /// At least `size` bytes, of which the first `kept` are those of before.
  char* room(std::size_t size, std::size_t kept);
  void shrink() noexcept;
  char* data() const noexcept { return bytes_.get(); }
  std::size_t capacity() const noexcept { return capacity_; }

 private:
  std::unique_ptr<char[]> bytes_;
  std::size_t capacity_ = 0;
};

/// Compresses messages, each by itself: RFC7692§7.2.1. One serves all websockets of a loop, because no
/// message refers to an earlier one. It takes 260 KiB, from its first message on. One thread at a time.
class Deflater {
 public:
  /// `level`: 1 (quick) to 9 (small).
  explicit Deflater(int level) noexcept;
  ~Deflater();
  Deflater(const Deflater&) = delete;
  Deflater& operator=(const Deflater&) = delete;

  /// @return the payload of the compressed message, good until the next call; nothing when it would not be
  /// shorter than `message`. Throws std::bad_alloc.
  std::optional<std::string_view> deflate(std::string_view message);

 private:
  const int level_;
  std::unique_ptr<z_stream_s> stream_;
  Scratch out_;
};

/// Inflates compressed messages: RFC7692§7.2.2. One serves all websockets of a loop, because clients are told
/// not to refer to earlier messages. It takes 40 KiB from its first message on, and until the next one
/// as much as the last one was long. One thread at a time.
class Inflater {
 public:
  Inflater() noexcept;
  ~Inflater();
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  /// Puts the plain payload in place of the compressed one; it is good until the next call. No more than
  /// `max_message_bytes` + 1 bytes are ever made of it. Throws std::bad_alloc.
  /// @return what is wrong with the message, if anything: too large, not to be inflated, or text that is not
  /// UTF-8.
  std::optional<Error> inflate(Event& message, std::size_t max_message_bytes);

 private:
  class Run;

  std::unique_ptr<z_stream_s> stream_;
  Scratch out_;
};

}  // namespace roomcast::websocket
