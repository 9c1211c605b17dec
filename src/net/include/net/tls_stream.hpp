#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <base/frame.hpp>

struct bio_st;
struct ssl_st;
struct ssl_ctx_st;

namespace roomcast::net {

/// The server's half of TLS on one stream: bytes of the wire in, bytes of the wire out, no I/O.
///
/// Between calls it holds what OpenSSL needs and nothing of ours: no buffer. It belongs to no loop and moves
/// with its connection.
class TlsStream {
 public:
  enum class State : std::uint8_t {
    shaking_hands,
    open,
    ended,   ///< the peer says that it sends nothing more
    failed,  ///< see `failure`; nothing can be read or written any more
  };

  explicit TlsStream(ssl_ctx_st& settings);
  TlsStream(const TlsStream&) = delete;
  TlsStream& operator=(const TlsStream&) = delete;
  ~TlsStream();

  State state() const noexcept { return state_; }
  /// Whether the handshake was finished, whatever came then.
  bool shook_hands() const noexcept;
  /// Why it failed, as OpenSSL says it.
  const std::string& failure() const noexcept { return failure_; }

  /// Takes all of `wire`. @return how many bytes for the application now stand in `plain`, which is made as
  /// large as that needs.
  std::size_t read(std::span<const char> wire, std::vector<char>& plain);
  /// Encrypts; once the handshake is over, and not after `close`.
  void write(std::string_view plain);
  /// Says that we send nothing more.
  void close();
  /// What the calls before this one want to be sent; null if nothing.
  base::Frame take_output();
  /// How much the next `write`s will bring, so that it is written to one place.
  void expect_output(std::size_t bytes);

  /// The subject of the certificate that the client has shown (RFC 2253), or "".
  std::string client_certificate() const;

 private:
  static int bio_read(bio_st* bio, char* into, int size);
  static int bio_write(bio_st* bio, const char* bytes, int size);
  void fail();

  struct Free {
    void operator()(ssl_st* tls) const noexcept;
  };
  friend struct TlsBio;

  std::unique_ptr<ssl_st, Free> tls_;
  std::span<const char> input_;               // of the `read` that runs
  std::optional<base::FrameBuilder> output_;  // since `take_output`
  std::string failure_;
  State state_ = State::shaking_hands;
};

}  // namespace roomcast::net
