#include <cstring>
#include <stdexcept>

#include <openssl/rand.h>
#include <openssl/sha.h>

#include <base/base64.hpp>
#include <base/crypto.hpp>

namespace roomcast::base {
namespace {

/// Random bytes drawn ahead: one call of OpenSSL costs more than a session id's worth of copying.
/// Bytes that were handed out are wiped, so that a later look into memory does not find old ids.
struct Pool {
  unsigned char bytes[512];
  std::size_t left;
};
constinit thread_local Pool pool{};

void fill(std::span<unsigned char> out) {
  if (RAND_bytes(out.data(), static_cast<int>(out.size())) != 1)
    throw std::runtime_error("no randomness available");
}

std::string random_string(std::size_t bytes) {
  std::string out(bytes, '\0');
  random_bytes({reinterpret_cast<unsigned char*>(out.data()), out.size()});
  return out;
}

}  // namespace

void random_bytes(std::span<unsigned char> out) {
  constexpr std::size_t most = sizeof pool.bytes;
  for (; out.size() > most; out = out.subspan(most)) fill(out.first(most));
  if (out.empty()) return;
  if (pool.left < out.size()) {
    fill(pool.bytes);
    pool.left = most;
  }
  pool.left -= out.size();
  std::memcpy(out.data(), pool.bytes + pool.left, out.size());
  std::memset(pool.bytes + pool.left, 0, out.size());
}

std::string random_token(std::size_t bytes) { return base64url_encode(random_string(bytes)); }

std::string random_hex(std::size_t bytes) {
  std::string hex;
  hex.reserve(2 * bytes);
  for (const char c : random_string(bytes)) {
    hex += "0123456789abcdef"[static_cast<unsigned char>(c) >> 4];
    hex += "0123456789abcdef"[static_cast<unsigned char>(c) & 15];
  }
  return hex;
}

std::string sha1(std::string_view bytes) {
  std::string digest(SHA_DIGEST_LENGTH, '\0');
  SHA1(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(),
       reinterpret_cast<unsigned char*>(digest.data()));
  return digest;
}

}  // namespace roomcast::base
