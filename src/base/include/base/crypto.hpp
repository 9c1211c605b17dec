#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

/// OpenSSL's randomness and digests. TLS apart, no other file names OpenSSL.
namespace roomcast::base {

/// Fills `out` from the cryptographic random source. Any thread; cheap for a few bytes, which come from a
/// pool of the calling thread. Throws std::runtime_error when the system has no randomness to give.
void random_bytes(std::span<unsigned char> out);

/// `bytes` random bytes in base64url: 15 bytes are the 20 characters of a session id.
std::string random_token(std::size_t bytes);

/// `bytes` random bytes in lower-case hexadecimal.
std::string random_hex(std::size_t bytes);

/// The 20 raw bytes of the SHA-1 digest. The WebSocket handshake demands it (RFC6455§4.2.2); nothing that
/// must resist an attacker may rest on it.
std::string sha1(std::string_view bytes);

}  // namespace roomcast::base
