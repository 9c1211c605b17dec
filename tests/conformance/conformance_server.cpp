// The server that protocol test suites talk to: short times, small limits, everything echoed.
// With --engine it is an Engine.IO server alone.
#include <csignal>
#include <cstdlib>
#include <iostream>

#include <server_flags.hpp>

#include <engine/message.hpp>
#include <engine/server.hpp>

using namespace std::chrono_literals;

namespace {

// Tests in which heartbeats play no part ask for calm ones, so that a busy machine does not fail them.
void override_from_environment(std::chrono::milliseconds& duration, const char* name) {
  if (const char* text = std::getenv(name)) duration = std::chrono::milliseconds(std::atol(text));
}

roomcast::ServerOptions conformance_options() {
  roomcast::ServerOptions options;
  options.host = "127.0.0.1";
  options.ping_interval = 300ms;
  options.ping_timeout = 200ms;
  options.max_http_buffer_size = 1'000'000;
  options.connect_timeout = 1000ms;
  options.cors.origin = {"*"};
  override_from_environment(options.ping_interval, "ROOMCAST_PING_INTERVAL");
  override_from_environment(options.ping_timeout, "ROOMCAST_PING_TIMEOUT");
  override_from_environment(options.connect_timeout, "ROOMCAST_CONNECT_TIMEOUT");
  return options;
}

int serve_socketio(const roomcast::ServerOptions& options) {
  roomcast::Server io(options);
  io.on_connection([](roomcast::Socket socket) {
    socket.emit("auth", socket.handshake().auth);
    socket.on("message", [socket](roomcast::Args args) { socket.emit("message-back", args); });
    socket.on("handshake", [socket](roomcast::Ack ack) {
      const roomcast::Handshake& handshake = socket.handshake();
      ack(handshake.secure(), handshake.address(), handshake.client_certificate());
    });
    socket.on("message-with-ack", [](roomcast::Args args, roomcast::Ack ack) { ack(args); });
  });
  io.of("/custom").on_connection(
      [](roomcast::Socket socket) { socket.emit("auth", socket.handshake().auth); });
  return roomcast::app::serve(io);
}

class Echo final : public roomcast::engine::SessionHandler {
 public:
  explicit Echo(roomcast::engine::Session& session) : session_(session) {}
  void on_text(std::string_view text) override { session_.send(roomcast::engine::text_message(text)); }
  void on_binary(std::string_view bytes) override { session_.send(roomcast::engine::binary_message(bytes)); }
  void on_close(roomcast::engine::CloseReason, std::string_view) override {}

 private:
  roomcast::engine::Session& session_;
};

class EchoAcceptor final : public roomcast::engine::SessionAcceptor {
 public:
  std::unique_ptr<roomcast::engine::SessionHandler> on_session(roomcast::engine::Session& session,
                                                               const roomcast::net::HttpRequest&) override {
    return std::make_unique<Echo>(session);
  }
};

class NoRoutes final : public roomcast::engine::Routes {
 public:
  bool claims(std::string_view) const override { return false; }
  std::size_t max_body(const roomcast::net::HttpRequest&) override { return 0; }
  void on_request(roomcast::net::HttpRequest, const roomcast::net::Exchange& exchange) override {
    exchange.respond({.status = 404});
  }
};

int serve_engine(roomcast::ServerOptions options) {
  options.path = "/engine.io/";
  options.threads = std::max(options.threads, 1U);
  sigset_t stop_signals;
  sigemptyset(&stop_signals);
  sigaddset(&stop_signals, SIGINT);
  sigaddset(&stop_signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &stop_signals, nullptr);
  EchoAcceptor acceptor;
  NoRoutes routes;
  roomcast::engine::Server server(options, acceptor, routes);
  server.listen();
  server.start();
  std::cout << "listening on " << (options.tls ? "https" : "http") << "://" << options.host << ":"
            << server.port() << std::endl;
  int signal = 0;
  sigwait(&stop_signals, &signal);
  server.close();
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Serves Socket.IO (or, with --engine, Engine.IO) for protocol test suites",
               "conformance_server");
  roomcast::ServerOptions options = conformance_options();
  roomcast::set_log_level(roomcast::LogLevel::warn);
  roomcast::app::add_server_flags(app, options);
  bool engine_only = false;
  app.add_flag("--engine", engine_only,
               "Engine.IO alone, on the path /engine.io/: every message is sent back as it came");
  if (const int code = roomcast::app::parse(app, argc, argv); code >= 0) return code;
  return engine_only ? serve_engine(options) : serve_socketio(options);
}
