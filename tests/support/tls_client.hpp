#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include <openssl/err.h>
#include <openssl/ssl.h>

namespace roomcast::support {

/// The client's half of TLS without I/O: the bytes of the wire go in and come out as strings.
class TlsClient {
 public:
  using Configure = std::function<void(SSL_CTX*, SSL*)>;

  /// Trusts the authorities in the file. `configure` may change what it wants, before the handshake.
  explicit TlsClient(const std::string& authorities, const Configure& configure = {})
      : context_(SSL_CTX_new(TLS_client_method()), &SSL_CTX_free), tls_(nullptr, &SSL_free) {
    SSL_CTX_load_verify_file(context_.get(), authorities.c_str());
    SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER, nullptr);
    if (configure) configure(context_.get(), nullptr);
    tls_.reset(SSL_new(context_.get()));
    SSL_set_bio(tls_.get(), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    SSL_set_connect_state(tls_.get());
    if (configure) configure(nullptr, tls_.get());
    go_on();
  }

  /// Bytes of the wire arrive.
  void hears(std::string_view wire) {
    BIO_write(SSL_get_rbio(tls_.get()), wire.data(), static_cast<int>(wire.size()));
    go_on();
  }
  /// Bytes for the wire since the last call.
  std::string says() {
    char* bytes = nullptr;
    const long size = BIO_get_mem_data(SSL_get_wbio(tls_.get()), &bytes);
    std::string wire(bytes, static_cast<std::size_t>(size));
    static_cast<void>(BIO_reset(SSL_get_wbio(tls_.get())));
    return wire;
  }

  void write(std::string_view text) { SSL_write(tls_.get(), text.data(), static_cast<int>(text.size())); }
  void close() { SSL_shutdown(tls_.get()); }

  bool open() const { return SSL_is_init_finished(tls_.get()) != 0 && failure_.empty(); }
  /// Whether the server has said that it sends nothing more.
  bool sees_end() const { return (SSL_get_shutdown(tls_.get()) & SSL_RECEIVED_SHUTDOWN) != 0; }
  /// What went wrong, or what the server's alert says.
  const std::string& failure() const { return failure_; }
  /// What has arrived since the last call.
  std::string read() { return std::exchange(read_, {}); }
  SSL* get() { return tls_.get(); }

  std::string server_name() const {
    char name[256] = "";
    X509* certificate = SSL_get0_peer_certificate(tls_.get());
    if (certificate != nullptr)
      X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName, name, sizeof name);
    return name;
  }

 private:
  void go_on() {
    char bytes[16 * 1024];
    for (int n; failure_.empty();) {
      ERR_clear_error();
      if ((n = SSL_read(tls_.get(), bytes, sizeof bytes)) > 0) {
        read_.append(bytes, static_cast<std::size_t>(n));
        continue;
      }
      if (SSL_get_error(tls_.get(), n) != SSL_ERROR_SSL) return;
      const char* reason = ERR_reason_error_string(ERR_peek_error());
      failure_ = reason != nullptr ? reason : "?";
    }
  }

  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_;
  std::unique_ptr<SSL, decltype(&SSL_free)> tls_;
  std::string read_;
  std::string failure_;
};

}  // namespace roomcast::support
