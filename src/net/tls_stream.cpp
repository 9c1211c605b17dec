#include <algorithm>
#include <new>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <net/tls_stream.hpp>

#include "tls_names.hpp"

namespace roomcast::net {
namespace {

// What one record may add to what is in it.
constexpr std::size_t record_overhead = 64;
constexpr std::size_t record_size = 16 * 1024;
// A handshake's flight: a chain of certificates is most of it.
constexpr std::size_t usual_flight = 4096;

long bio_control(BIO*, int command, long, void*) { return command == BIO_CTRL_FLUSH ? 1 : 0; }

}  // namespace

/// How OpenSSL reaches the bytes of a TlsStream.
struct TlsBio {
  static const BIO_METHOD* method() {
    static const BIO_METHOD* const made = [] {
      BIO_METHOD* method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "roomcast");
      if (method == nullptr) throw std::bad_alloc();
      BIO_meth_set_read(method, &TlsStream::bio_read);
      BIO_meth_set_write(method, &TlsStream::bio_write);
      BIO_meth_set_ctrl(method, &bio_control);
      return method;
    }();
    return made;
  }
};

void TlsStream::Free::operator()(ssl_st* tls) const noexcept { SSL_free(tls); }

TlsStream::TlsStream(ssl_ctx_st& settings) : tls_(SSL_new(&settings)) {
  BIO* bio = tls_ ? BIO_new(TlsBio::method()) : nullptr;
  if (bio == nullptr) throw std::bad_alloc();
  BIO_set_data(bio, this);
  BIO_set_init(bio, 1);
  SSL_set_bio(tls_.get(), bio, bio);
  SSL_set_accept_state(tls_.get());
}

TlsStream::~TlsStream() = default;

int TlsStream::bio_read(BIO* bio, char* into, int size) {
  BIO_clear_retry_flags(bio);
  auto& input = static_cast<TlsStream*>(BIO_get_data(bio))->input_;
  if (input.empty()) {
    BIO_set_retry_read(bio);
    return -1;
  }
  const std::size_t taken = std::min(input.size(), static_cast<std::size_t>(size));
  std::copy_n(input.data(), taken, into);
  input = input.subspan(taken);
  return static_cast<int>(taken);
}

int TlsStream::bio_write(BIO* bio, const char* bytes, int size) {
  auto& output = static_cast<TlsStream*>(BIO_get_data(bio))->output_;
  try {
    if (!output) output.emplace(usual_flight);
    output->append({bytes, static_cast<std::size_t>(size)});
    return size;
  } catch (const std::bad_alloc&) {  // OpenSSL is C
    return -1;
  }
}

std::size_t TlsStream::read(std::span<const char> wire, std::vector<char>& plain) {
  // Never more comes out than has gone in, now or as the record that an earlier call has only brought in
  // part.
  if (plain.size() < wire.size() + record_size) plain.resize(wire.size() + record_size);
  input_ = wire;
  std::size_t size = 0;
  while (state_ == State::shaking_hands || state_ == State::open) {
    ERR_clear_error();
    const int n = SSL_read(tls_.get(), plain.data() + size, static_cast<int>(plain.size() - size));
    if (state_ == State::shaking_hands && SSL_is_init_finished(tls_.get()) != 0) state_ = State::open;
    if (n > 0) {
      size += static_cast<std::size_t>(n);
      continue;
    }
    switch (SSL_get_error(tls_.get(), n)) {
      case SSL_ERROR_WANT_READ:
        input_ = {};
        return size;
      case SSL_ERROR_ZERO_RETURN:
        state_ = State::ended;
        break;
      default:
        fail();
    }
  }
  input_ = {};
  return size;
}

bool TlsStream::shook_hands() const noexcept { return SSL_is_init_finished(tls_.get()) != 0; }

void TlsStream::write(std::string_view plain) {
  if (plain.empty() || state_ == State::shaking_hands || state_ == State::failed) return;
  ERR_clear_error();
  if (SSL_write(tls_.get(), plain.data(), static_cast<int>(plain.size())) <= 0) fail();
}

void TlsStream::close() {
  if (state_ != State::open && state_ != State::ended) return;
  ERR_clear_error();
  SSL_shutdown(tls_.get());
}

base::Frame TlsStream::take_output() {
  if (!output_) return {};
  base::Frame frame = std::move(*output_).finish(base::FrameKind::binary, "");
  output_.reset();
  return frame;
}

void TlsStream::expect_output(std::size_t bytes) {
  if (!output_) output_.emplace(bytes + (bytes / record_size + 1) * record_overhead);
}

std::string TlsStream::client_certificate() const {
  X509* certificate = SSL_get0_peer_certificate(tls_.get());
  if (certificate == nullptr || SSL_get_verify_result(tls_.get()) != X509_V_OK) return {};
  return subject_of(*certificate);
}

void TlsStream::fail() {
  state_ = State::failed;
  failure_ = first_openssl_error();
}

}  // namespace roomcast::net
