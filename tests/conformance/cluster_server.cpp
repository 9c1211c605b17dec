// What a server of a cluster can do with the others, each at the request of a client:
// tests/e2e/redis-adapter.test.mjs drives it, and its twin on Node.js, fixtures/cluster-node-server.mjs.
#include <string>
#include <vector>

#include <server_flags.hpp>

using roomcast::Ack;
using roomcast::Socket;
using roomcast::Task;
using roomcast::Value;
using Names = std::vector<std::string>;

namespace {

void add_broadcasts(roomcast::Server& io, const Socket& socket) {
  socket.on("bcast", [&io](Value payload) { io.emit("bcast", payload); });
  socket.on("private",
            [&io](Value message) { io.to(message["to"].as<std::string>()).emit("private", message); });
  socket.on("rooms", [&io](Names rooms, Names except, Value payload) {
    io.to(rooms).except(except).emit("bcast", payload);
  });
  socket.on("others", [socket](Names rooms, Value payload) { socket.to(rooms).emit("bcast", payload); });
  socket.on("local", [&io](Value payload) { io.local().emit("bcast", payload); });
  socket.on("ask", [&io](Names rooms, Ack ack) -> Task<> {
    const auto all = co_await io.to(rooms).timeout(std::chrono::seconds(5)).emit_with_ack("question", 1);
    ack(all.answers);
  });
}

void add_management(roomcast::Server& io, const Socket& socket) {
  socket.on("join", [socket](Names rooms, Ack ack) {
    socket.join(rooms);
    ack();
  });
  socket.on("leave", [socket](Names rooms, Ack ack) {
    socket.leave(rooms);
    ack();
  });
  socket.on("fetch", [&io](Names rooms, Ack ack) -> Task<> {
    boost::json::array found;
    for (const roomcast::RemoteSocket& one : co_await io.in(rooms).fetch_sockets())
      found.push_back({{"id", one.id()},
                       {"rooms", boost::json::value_from(one.rooms())},
                       {"data", one.data()},
                       {"auth", one.handshake().auth}});
    ack(found);
  });
  socket.on("sockets join", [&io](Names whom, Names rooms) { io.in(whom).sockets_join(rooms); });
  socket.on("sockets leave", [&io](Names whom, Names rooms) { io.in(whom).sockets_leave(rooms); });
  socket.on("disconnect sockets", [&io](Names whom) { io.in(whom).disconnect_sockets(); });
}

void add_events_of_servers(roomcast::Server& io, const Socket& socket) {
  socket.on("tell servers", [&io](Value payload) { io.server_side_emit("told", payload); });
  socket.on("ask servers", [&io](int number, Ack ack) -> Task<> {
    const auto all = co_await io.server_side_emit_with_ack("sum?", number);
    ack(std::tuple(all.answers, all.complete()));
  });
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Does what clients ask of a cluster, for the tests", "cluster_server");
  roomcast::ServerOptions options;
  options.host = "127.0.0.1";
  int own = 0;
  roomcast::set_log_level(roomcast::LogLevel::warn);
  roomcast::app::add_server_flags(app, options);
  app.add_option("--own", own, "What this server adds to the number that another one asks about");
  if (const int code = roomcast::app::parse(app, argc, argv); code >= 0) return code;

  roomcast::Server io(options);
  io.on_connection([&io](const Socket& socket) {
    const boost::json::object& auth = socket.handshake().auth;
    if (const auto name = auth.find("name"); name != auth.end()) socket.data()["name"] = name->value();
    add_broadcasts(io, socket);
    add_management(io, socket);
    add_events_of_servers(io, socket);
  });
  io.on_server_side("told", [&io](Value payload) { io.local().emit("told", payload); });
  io.on_server_side("sum?", [own](int number, Ack ack) { ack(number + own); });
  return roomcast::app::serve(io);
}
