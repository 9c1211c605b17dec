// Rooms: what a client says in one is heard by everybody there, itself included.
//   join(room), leave(room)   acknowledged with the number of sockets that are there now
//   say(room, anything)       acknowledged with whether the client is in the room; if it is, the room hears
//                             "said"(room, who, anything)
// Rooms also hear "joined"(room, who) and "left"(room, who).
#include <algorithm>

#include <server_flags.hpp>

using roomcast::Ack;
using roomcast::Socket;
using roomcast::Task;
using roomcast::Value;

int main(int argc, char** argv) {
  roomcast::Server io(roomcast::app::options_from(argc, argv));

  const auto count = [&io](std::string room) -> Task<std::size_t> {
    const auto sockets = co_await io.in(room).fetch_sockets();
    co_return sockets.size();
  };

  io.on_connection([&io, count](Socket socket) {
    socket.on("join", [socket, count](std::string room, Ack ack) -> Task<> {
      socket.join(room);
      socket.to(room).emit("joined", room, socket.id());
      ack(co_await count(room));
    });
    socket.on("leave", [socket, count](std::string room, Ack ack) -> Task<> {
      socket.leave(room);
      socket.to(room).emit("left", room, socket.id());
      ack(co_await count(room));
    });
    socket.on("say", [&io, socket](std::string room, Value what, Ack ack) {
      const auto rooms = socket.rooms();
      const bool inside = std::ranges::find(rooms, room) != rooms.end();
      if (inside) io.to(room).emit("said", room, socket.id(), what);
      ack(inside);
    });
    socket.on_disconnecting([socket] {
      for (const std::string& room : socket.rooms()) socket.to(room).emit("left", room, socket.id());
    });
  });
  return roomcast::app::serve(io);
}
