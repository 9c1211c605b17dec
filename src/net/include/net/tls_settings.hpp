#pragma once

#include <memory>
#include <mutex>
#include <string>

#include <net/tls_stream.hpp>
#include <roomcast/tls_options.hpp>

namespace roomcast::net {

/// A server's certificate and key, and what it asks of clients. Any thread.
class TlsSettings {
 public:
  /// Reads the files. Throws std::invalid_argument that names the member if one cannot be used.
  explicit TlsSettings(TlsOptions options);

  /// Reads the files again, for streams that begin from now on. Throws as the constructor does; then all
  /// stays as it was.
  void reload();

  /// TLS for a connection that was just accepted.
  std::unique_ptr<TlsStream> accept() const;

  /// The certificate that new clients are shown.
  struct Certificate {
    std::string subject;  ///< RFC 2253
    std::string expires;  ///< the last day, in UTC: `2026-12-31`
  };
  Certificate certificate() const;

 private:
  struct Loaded {
    std::shared_ptr<ssl_ctx_st> context;
    Certificate certificate;
  };
  static Loaded load(const TlsOptions& options);

  const TlsOptions options_;
  mutable std::mutex mutex_;  // guards the rest
  Loaded loaded_;
};

}  // namespace roomcast::net
