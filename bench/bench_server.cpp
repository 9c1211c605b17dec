// The server that load generators talk to: four events, nothing else.
#include <server_flags.hpp>

using roomcast::Ack;
using roomcast::Value;

int main(int argc, char** argv) {
  CLI::App app("Serves the events bcast, echo, join and private for load generators", "bench_server");
  roomcast::ServerOptions options;
  options.host = "127.0.0.1";
  roomcast::set_log_level(roomcast::LogLevel::warn);
  roomcast::app::add_server_flags(app, options);
  if (const int code = roomcast::app::parse(app, argc, argv); code >= 0) return code;

  roomcast::Server io(options);
  io.on_connection([&io](roomcast::Socket socket) {
    socket.on("bcast", [&io](Value payload) { io.emit("bcast", payload); });
    socket.on("echo", [](Value payload, Ack ack) { ack(payload); });
    socket.on("join", [socket](std::string room, Ack ack) {
      socket.join(room);
      ack();
    });
    socket.on("private",
              [&io](Value message) { io.to(message["to"].as<std::string>()).emit("private", message); });
  });
  return roomcast::app::serve(io);
}
