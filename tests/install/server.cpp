#include <iostream>

#include <roomcast/roomcast.hpp>

int main() {
  roomcast::Server io({.host = "127.0.0.1", .port = 0});
  io.on_connection([](roomcast::Socket socket) {
    socket.on("hello", [](std::string name, roomcast::Ack ack) { ack("Hello, " + name + "!"); });
  });
  io.run([&io] { std::cout << "listening on http://127.0.0.1:" << io.port() << std::endl; });
}
