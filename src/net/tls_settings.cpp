#include <array>
#include <cstdio>
#include <ctime>
#include <new>
#include <stdexcept>
#include <system_error>
#include <utility>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <net/tls_settings.hpp>

#include "tls_names.hpp"

namespace roomcast::net {
namespace {

[[noreturn]] void refuse(std::string_view member, const std::string& file, const std::string& why) {
  throw std::invalid_argument("tls." + std::string(member) + ": " + file + ": " + why);
}

// A password would be asked for on the terminal; who runs a server is not there.
int no_password(char*, int, int, void* asked) {
  *static_cast<bool*>(asked) = true;
  return -1;
}

// RFC7301§3.2: whoever wants to talk something else, and only that, is told so by an alert.
int choose_protocol(SSL*, const unsigned char** chosen, unsigned char* size, const unsigned char* offered,
                    unsigned int offered_size, void*) {
  static constexpr unsigned char ours[] = "\x08http/1.1";
  unsigned char* found = nullptr;
  if (SSL_select_next_proto(&found, size, ours, sizeof ours - 1, offered, offered_size) !=
      OPENSSL_NPN_NEGOTIATED)
    return SSL_TLSEXT_ERR_ALERT_FATAL;
  *chosen = found;
  return SSL_TLSEXT_ERR_OK;
}

std::string day_of(const ASN1_TIME* time) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return "?";
  std::array<char, 16> text{};
  const std::size_t size = std::strftime(text.data(), text.size(), "%Y-%m-%d", &parts);
  return {text.data(), size};
}

}  // namespace

std::string subject_of(x509_st& certificate) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> text(BIO_new(BIO_s_mem()), &BIO_free);
  if (!text) throw std::bad_alloc();
  X509_NAME_print_ex(text.get(), X509_get_subject_name(&certificate), 0,
                     XN_FLAG_RFC2253 & ~static_cast<unsigned long>(ASN1_STRFLGS_ESC_MSB));
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(text.get(), &bytes);
  return {bytes, static_cast<std::size_t>(size)};
}

std::string first_openssl_error() {
  const unsigned long error = ERR_peek_error();
  if (error == 0) return "unknown error";
  if (ERR_SYSTEM_ERROR(error)) return std::generic_category().message(ERR_GET_REASON(error));
  const char* reason = ERR_reason_error_string(error);
  return reason != nullptr ? reason : "error " + std::to_string(error);
}

TlsSettings::TlsSettings(TlsOptions options) : options_(std::move(options)), loaded_(load(options_)) {}

void TlsSettings::reload() {
  Loaded loaded = load(options_);
  const std::lock_guard lock(mutex_);
  std::swap(loaded_, loaded);
}

std::unique_ptr<TlsStream> TlsSettings::accept() const {
  std::shared_ptr<ssl_ctx_st> context;
  {
    const std::lock_guard lock(mutex_);
    context = loaded_.context;
  }
  return std::make_unique<TlsStream>(*context);
}

TlsSettings::Certificate TlsSettings::certificate() const {
  const std::lock_guard lock(mutex_);
  return loaded_.certificate;
}

TlsSettings::Loaded TlsSettings::load(const TlsOptions& options) {
  const auto want = [](const std::string& member, const char* name, const char* what) {
    if (member.empty()) throw std::invalid_argument("tls." + std::string(name) + " is needed: " + what);
  };
  want(options.certificate_file, "certificate_file", "the server's certificate");
  want(options.key_file, "key_file", "the private key of tls.certificate_file");
  const bool ask = options.client_certificates != ClientCertificates::none;
  if (ask) want(options.client_ca_file, "client_ca_file", "whose certificates tls.client_certificates are");
  if (!ask && !options.client_ca_file.empty())
    throw std::invalid_argument("tls.client_ca_file is for tls.client_certificates, which are not asked for");

  ERR_clear_error();
  const std::shared_ptr<SSL_CTX> context(SSL_CTX_new(TLS_server_method()), &SSL_CTX_free);
  if (!context) throw std::bad_alloc();
  SSL_CTX* const made = context.get();
  SSL_CTX_set_min_proto_version(made, TLS1_2_VERSION);
  SSL_CTX_set_max_proto_version(made, TLS1_3_VERSION);
  SSL_CTX_set_options(made,
                      SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
  // Of TLS 1.2 what has forward secrecy and authenticated encryption; in TLS 1.3 nothing else is left.
  SSL_CTX_set_cipher_list(made, "ECDHE+AESGCM:ECDHE+CHACHA20");
  SSL_CTX_set_mode(made, SSL_MODE_RELEASE_BUFFERS);
  // Clients come back with tickets, which keep nothing here.
  SSL_CTX_set_session_cache_mode(made, SSL_SESS_CACHE_OFF);
  static constexpr unsigned char id[] = "roomcast";
  SSL_CTX_set_session_id_context(made, id, sizeof id - 1);
  SSL_CTX_set_alpn_select_cb(made, &choose_protocol, nullptr);
  bool password = false;
  SSL_CTX_set_default_passwd_cb(made, &no_password);
  SSL_CTX_set_default_passwd_cb_userdata(made, &password);

  if (SSL_CTX_use_certificate_chain_file(made, options.certificate_file.c_str()) != 1)
    refuse("certificate_file", options.certificate_file, first_openssl_error());
  if (SSL_CTX_use_PrivateKey_file(made, options.key_file.c_str(), SSL_FILETYPE_PEM) != 1 ||
      SSL_CTX_check_private_key(made) != 1) {
    if (password) refuse("key_file", options.key_file, "it has a password");
    const std::string why = first_openssl_error();
    // That is what OpenSSL says of a file without any key.
    refuse("key_file", options.key_file, why == "unsupported" ? "no private key in PEM (unsupported)" : why);
  }
  SSL_CTX_set_default_passwd_cb_userdata(made, nullptr);
  if (ask) {
    STACK_OF(X509_NAME)* names = SSL_load_client_CA_file(options.client_ca_file.c_str());
    if (names == nullptr || SSL_CTX_load_verify_file(made, options.client_ca_file.c_str()) != 1) {
      sk_X509_NAME_pop_free(names, &X509_NAME_free);
      refuse("client_ca_file", options.client_ca_file, first_openssl_error());
    }
    SSL_CTX_set_client_CA_list(made, names);
    SSL_CTX_set_verify(made,
                       SSL_VERIFY_PEER | (options.client_certificates == ClientCertificates::required
                                              ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT
                                              : 0),
                       nullptr);
  }
  X509* own = SSL_CTX_get0_certificate(made);
  return {context, {subject_of(*own), day_of(X509_get0_notAfter(own))}};
}

}  // namespace roomcast::net

void roomcast::check_tls(const TlsOptions& options) { const net::TlsSettings checked(options); }
