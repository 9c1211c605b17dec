#pragma once

#include <array>
#include <memory>
#include <string>
#include <vector>

#include <base/metrics.hpp>
#include <net/connection.hpp>
#include <net/outbox.hpp>

namespace roomcast::net {

/// What all TLS connections of one loop share; outlives them.
struct TlsLoop {
  static constexpr std::size_t record_size = 16 * 1024;  // the longest that there is

  explicit TlsLoop(base::Metrics& counts) : metrics(counts) {}

  base::Metrics& metrics;
  Outbox::Pool chunks{};
  std::vector<char> decrypted{};
  std::array<char, record_size> gathered{};
};

/// TLS between a connection and the protocol above, which sees plain bytes both ways.
///
/// What a turn sends is encrypted at its end: short frames together in records of up to 16 KiB, and all
/// records in one piece for the connection below, whose limits hold for encrypted bytes. What was encrypted
/// stays below, so `buffered_bytes` counts either form. A peer that ends its stream in good order is answered
/// so. One that speaks no TLS, or fails in it, is told by an alert and ends as EndCause::error; the log has
/// the reason at level debug.
///
/// A handshake needs no deadline of its own: no request has begun before it is over.
///
/// Invariant: `below_` is null once it is over, and then also after `release`.
class TlsConnection final : public Connection, private ConnectionHandler, private loop::Flushable {
 public:
  /// `peer` is for the log.
  TlsConnection(TlsLoop& shared, std::unique_ptr<Connection> below, std::unique_ptr<TlsStream> tls,
                std::string_view peer);
  ~TlsConnection() override;

  void send(base::Frame frame) override;
  std::size_t buffered_bytes() const noexcept override;
  bool blocked() const noexcept override { return below_ && below_->blocked(); }
  void pause_reading() override;
  void resume_reading() override;
  void shutdown_write() override;
  Detached release() override;
  const TlsStream* tls() const noexcept override { return tls_.get(); }

 private:
  void on_bytes(std::span<char> wire) override;
  void on_end(EndCause cause) override { end(cause); }
  void on_drained() override;
  void on_pressure() override;
  void flush() override;
  void stop() noexcept override;

  void encrypt();
  void pass_output();
  void shaken_hands();
  void fail();
  void end(EndCause cause);

  TlsLoop& shared_;
  std::unique_ptr<Connection> below_;
  std::unique_ptr<TlsStream> tls_;
  std::unique_ptr<std::string> peer_;  // until the handshake is over
  Outbox waiting_;                     // plain
  bool closed_ = false;                // we have said that we send nothing more
};

}  // namespace roomcast::net
