#pragma once

#include <functional>
#include <optional>
#include <string>

#include <gtest/gtest.h>

#include <net/tls_connection.hpp>
#include <net/tls_settings.hpp>
#include <support/certificates.hpp>
#include <support/loop_steps.hpp>
#include <support/memory_connection.hpp>
#include <support/tls_client.hpp>

namespace roomcast::net {

inline base::Frame frame_of(std::string_view text) {
  base::FrameBuilder builder(text.size());
  builder.append(text);
  return std::move(builder).finish(base::FrameKind::binary, "");
}

/// What the protocol above TLS sees.
struct AboveTls final : ConnectionHandler {
  void on_bytes(std::span<char> bytes) override {
    ++calls;
    received.append(bytes.data(), bytes.size());
    if (at_bytes) at_bytes({bytes.data(), bytes.size()});
  }
  void on_end(EndCause cause) override {
    end = cause;
    Connection::retire(std::move(connection));
  }
  void on_drained() override { ++drained; }
  void on_pressure() override { ++pressures; }
  void send(std::string_view text) { connection->send(frame_of(text)); }

  std::unique_ptr<Connection> connection;
  std::string received;
  int calls = 0;
  int drained = 0;
  int pressures = 0;
  std::optional<EndCause> end;
  std::function<void(std::string_view)> at_bytes;
};

inline support::Authority& test_authority() {
  static support::Authority authority("roomcast's test authority");
  return authority;
}
inline TlsOptions test_options(ClientCertificates clients = ClientCertificates::none) {
  static const auto files = test_authority().issue("server", "localhost");
  return {.certificate_file = files.certificate,
          .key_file = files.key,
          .client_ca_file = clients == ClientCertificates::none ? "" : test_authority().file(),
          .client_certificates = clients};
}

/// A TLS connection over memory, on a loop that the test turns, and a client that OpenSSL made.
class TlsOverMemory : public testing::Test {
 protected:
  ~TlsOverMemory() override { Connection::retire(std::move(above_.connection)); }

  void use(ClientCertificates clients) { settings_.emplace(test_options(clients)); }
  void connect(const support::TlsClient::Configure& configure = {}) {
    if (!settings_) settings_.emplace(test_options());
    above_.connection =
        std::make_unique<TlsConnection>(shared_, peer_.connect(), settings_->accept(), "192.0.2.1");
    above_.connection->set_handler(&above_);
    client_.emplace(test_authority().file(), configure);
  }
  /// Lets the two talk until neither has anything more to say; the client's bytes come `piece` by piece.
  void exchange(std::size_t piece = std::string::npos) {
    for (;;) {
      const std::string up = client_->says();
      for (std::size_t at = 0; at < up.size(); at += std::min(piece, up.size() - at))
        support::turn(loop_, [&] { peer_.says(std::string_view(up).substr(at, piece)); });
      const std::string down = peer_.hears();
      if (up.empty() && down.empty()) return;
      client_->hears(down);
    }
  }
  void says(std::string_view text, std::size_t piece = std::string::npos) {
    client_->write(text);
    exchange(piece);
  }
  std::string hears() {
    exchange();
    return client_->read();
  }

  base::Metrics metrics_;
  loop::Loop loop_{0};
  TlsLoop shared_{metrics_};
  support::MemoryPeer peer_{loop_};
  std::optional<TlsSettings> settings_;
  AboveTls above_;
  std::optional<support::TlsClient> client_;
};

}  // namespace roomcast::net
