#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace roomcast::resp {

/// Where a Redis is and as whom to speak to it.
struct Url {
  enum class Transport : std::uint8_t { tcp, tls, unix_socket };

  Transport transport = Transport::tcp;
  std::string host = "127.0.0.1";
  std::uint16_t port = 6379;
  std::string path;  ///< of the Unix socket
  std::string user;  ///< empty: Redis's default user
  std::string password;
  unsigned db = 0;
  std::string tls_ca_file;  ///< empty: the system's authorities
  bool tls_verify = true;

  /// Reads `redis://[user:password@]host[:port][/db]`, `rediss://…`, `unix://[user:password@]/path.sock`.
  /// User, password and path are percent-decoded; `:password@` is the default
  /// user's. Queries: `db=N`; for TLS `ssl_ca_certs=FILE` and `ssl_cert_reqs=required|none`
  /// (names that other clients use too). Throws std::invalid_argument that names the part that is wrong and
  /// never quotes the password.
  static Url parse(std::string_view text);

  /// For logs: as it was, with `***` for the password.
  std::string redacted() const;

  friend bool operator==(const Url&, const Url&) = default;
};

}  // namespace roomcast::resp
