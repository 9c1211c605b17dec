#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include <boost/system/result.hpp>

#include <protocol/websocket/error.hpp>

namespace roomcast::websocket {

struct ClientHeader;

/// A whole message or a control frame from the peer.
struct Event {
  enum class Kind : std::uint8_t { text, binary, ping, pong, close };
  Kind kind;
  std::string_view payload;      ///< for `close`, the reason
  std::uint16_t close_code = 0;  ///< of `close`: the peer's code, or 1005 when it gave none
  bool compressed = false;  ///< of `text` and `binary`: to be inflated, and text to be checked after that
};

/// The server's reader of masked client frames: bytes in, messages out. RFC6455§5.
///
/// Invariants: between messages the decoder owns no heap, so an idle connection costs `sizeof(FrameDecoder)`.
/// A frame that lies whole in the input is unmasked there and handed out without a copy; only an unfinished
/// frame, or the earlier fragments of a message, are kept. What is kept grows with the bytes that
/// arrived, never with the length that a header declares, and stays below 2 × those bytes plus a constant.
///
/// One thread at a time.
class FrameDecoder {
 public:
  /// Messages longer than `max_message_bytes`, fragments taken together, are refused from the header that
  /// takes them over the limit, before any of that frame's payload is kept. With `deflate` messages may be
  /// compressed (RFC7692); they are handed out as they came, so their limit counts once more when inflated.
  explicit FrameDecoder(std::size_t max_message_bytes, bool deflate = false) noexcept;
  FrameDecoder(FrameDecoder&&) noexcept;
  FrameDecoder& operator=(FrameDecoder&&) noexcept;
  ~FrameDecoder();

  /// Takes bytes from the front of `input` until one event is complete or the input is used up, and moves
  /// `input` past what was taken. Bytes of `input` are changed (unmasked in place).
  ///
  /// @return the event, or nothing when the input is used up: call again, with the same span, until then.
  /// The payload is good until the next call, and only as long as the input's buffer is left alone.
  /// Errors are final: every later call answers the same one. Bytes behind a close frame are taken
  /// and ignored (RFC6455§5.5.1).
  boost::system::result<std::optional<Event>> next(std::span<char>& input);

  /// Whether a frame or a message has begun and not ended.
  bool in_message() const noexcept;

 private:
  struct Partial;

  boost::system::result<std::optional<Event>> decode(std::span<char>& input);
  boost::system::result<std::optional<ClientHeader>> take_header(std::span<char>& input);
  std::optional<Error> fault(const ClientHeader& frame) const noexcept;
  void begin(const ClientHeader& frame);
  boost::system::result<std::optional<Event>> take_payload(std::span<char>& input);
  Partial& partial();

  std::unique_ptr<Partial> partial_;
  std::size_t max_message_bytes_;
  std::optional<Error> failed_;
  bool closed_ = false;
  bool deflate_;
};

}  // namespace roomcast::websocket
