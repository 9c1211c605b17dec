#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>

#include <boost/system/result.hpp>

#include <protocol/socketio/error.hpp>
#include <protocol/socketio/packet.hpp>

namespace roomcast::socketio {

struct DecoderLimits {
  /// Attachments of one packet, and placeholders that refer to them. 10 is the official decoder's limit.
  unsigned max_attachments = 10;

  /// Nesting of a payload. The official decoder has no limit of its own; JSON.parse gives up somewhere.
  unsigned max_depth = 512;

  /// Text and attachments of one packet together. The default is what the official server takes with its
  /// 1,000,000 bytes per message: one text and ten attachments.
  std::size_t max_bytes = 11'000'000;
};

/// Turns the messages of one connection into packets (Socket.IO v5, "Decoding").
///
/// Invariants: `binary_` exists only while attachments are awaited or the binary packet just returned may
/// still be read, so an idle decoder owns no heap; after an error the decoder waits for a new packet, though
/// the only sensible answer to any error is to close the connection.
///
/// One thread at a time.
class Decoder {
 public:
  /// `limits` must live as long: those of a server are the same for all its connections.
  explicit Decoder(const DecoderLimits& limits) noexcept;
  explicit Decoder(const DecoderLimits&&) = delete;
  /// With the limits of the official decoder.
  Decoder() noexcept;
  Decoder(Decoder&&) noexcept;
  Decoder& operator=(Decoder&&) noexcept;
  ~Decoder();

  /// Takes a text message: a packet without the Engine.IO `4` in front, valid UTF-8.
  /// @return the packet, or nothing if it has attachments to wait for. A packet without attachments views
  /// `text`.
  boost::system::result<std::optional<Packet>> add_text(std::string_view text);

  /// Takes a binary message: the next attachment of the packet in progress. The bytes are copied.
  /// @return the packet, if this was its last attachment, or nothing. It views memory of the decoder that is
  /// good until the next call of any member.
  boost::system::result<std::optional<Packet>> add_binary(std::string_view bytes);

  /// Whether the next message has to be an attachment.
  bool waiting() const noexcept;
  /// What is known of the packet whose attachments are awaited; good until the next call of any member.
  struct Awaited {
    std::string_view nsp;
    std::size_t bytes;  ///< of its text and of the attachments so far
  };
  std::optional<Awaited> awaited() const noexcept;

  /// Gives back the memory of a binary packet that was returned and handled. Without this it stays until
  /// the next message arrives. Does nothing while attachments are awaited.
  void release() noexcept;

 private:
  struct Binary;

  boost::system::result<std::optional<Packet>> begin_binary(std::string_view text);
  boost::system::result<void> check_placeholders() const;

  const DecoderLimits* limits_;
  std::unique_ptr<Binary> binary_;
};

}  // namespace roomcast::socketio
