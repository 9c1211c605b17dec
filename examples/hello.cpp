// The smallest server: it answers one event.
#include <server_flags.hpp>

int main(int argc, char** argv) {
  roomcast::Server io(roomcast::app::options_from(argc, argv));
  io.on_connection([](roomcast::Socket socket) {
    socket.on("hello", [](std::string name, roomcast::Ack ack) { ack("Hello, " + name + "!"); });
  });
  return roomcast::app::serve(io);
}
