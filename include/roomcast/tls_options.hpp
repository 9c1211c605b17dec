#pragma once

#include <cstdint>
#include <string>

namespace roomcast {

/// Whether clients show a certificate of their own.
enum class ClientCertificates : std::uint8_t {
  none,      ///< they are not asked
  wanted,    ///< they are asked; whoever has none is served too
  required,  ///< whoever has none is refused
};

/// TLS of the server's port: versions 1.2 and 1.3. The files are read when the Server is made, and again by
/// Server::reload_tls. One that cannot be used throws std::invalid_argument, which names the member and says
/// what OpenSSL thinks of it.
struct TlsOptions {
  /// The server's certificate in PEM, and behind it those that lead to the authority's own.
  std::string certificate_file{};
  /// Its private key in PEM, without a password.
  std::string key_file{};
  /// The authorities in PEM that certificates of clients come from: nobody else's are accepted, not from
  /// whoever need not have one either.
  std::string client_ca_file{};
  /// Needs `client_ca_file`. What a client has shown is Handshake::client_certificate.
  ClientCertificates client_certificates = ClientCertificates::none;
};

/// Does what a Server would: reads the files, and throws std::invalid_argument if they cannot be used. For
/// programs that want to know before they make one.
void check_tls(const TlsOptions& options);

}  // namespace roomcast
