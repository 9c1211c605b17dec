// What a server of a cluster can do with the others, each at the request of a client:
// tests/e2e/redis-adapter.test.mjs and emitter.test.mjs drive it, and its twin on Node.js,
// fixtures/cluster-node-server.mjs.
#include <string>
#include <vector>

#include <server_flags.hpp>

using roomcast::Ack;
using roomcast::Args;
using roomcast::Namespace;
using roomcast::Socket;
using roomcast::Task;
using roomcast::Value;
using Names = std::vector<std::string>;

namespace {

void add_broadcasts(const Namespace& nsp, const Socket& socket) {
  socket.on("bcast", [nsp](Value payload) { nsp.emit("bcast", payload); });
  socket.on("volatile", [nsp](Value payload) { nsp.volatile_().emit("bcast", payload); });
  socket.on("private",
            [nsp](Value message) { nsp.to(message["to"].as<std::string>()).emit("private", message); });
  socket.on("rooms", [nsp](Names rooms, Names except, Value payload) {
    nsp.to(rooms).except(except).emit("bcast", payload);
  });
  socket.on("others", [socket](Names rooms, Value payload) { socket.to(rooms).emit("bcast", payload); });
  socket.on("local", [nsp](Value payload) { nsp.local().emit("bcast", payload); });
  socket.on("ask", [nsp](Names rooms, Ack ack) -> Task<> {
    const auto all = co_await nsp.to(rooms).timeout(std::chrono::seconds(5)).emit_with_ack("question", 1);
    ack(all.answers);
  });
}

void add_management(const Namespace& nsp, const Socket& socket) {
  socket.on("join", [socket](Names rooms, Ack ack) {
    socket.join(rooms);
    ack();
  });
  socket.on("leave", [socket](Names rooms, Ack ack) {
    socket.leave(rooms);
    ack();
  });
  socket.on("my rooms", [socket](Ack ack) { ack(socket.rooms()); });
  socket.on("fetch", [nsp](Names rooms, Ack ack) -> Task<> {
    boost::json::array found;
    for (const roomcast::RemoteSocket& one : co_await nsp.in(rooms).fetch_sockets())
      found.push_back({{"id", one.id()},
                       {"rooms", boost::json::value_from(one.rooms())},
                       {"data", one.data()},
                       {"auth", one.handshake().auth}});
    ack(found);
  });
  socket.on("sockets join", [nsp](Names whom, Names rooms) { nsp.in(whom).sockets_join(rooms); });
  socket.on("sockets leave", [nsp](Names whom, Names rooms) { nsp.in(whom).sockets_leave(rooms); });
  // Whoever joins is told, whether the sender waits in between or not.
  socket.on("join and tell", [nsp](Names whom, std::string room, Value payload) {
    nsp.in(whom).sockets_join(room);
    nsp.to(room).emit("bcast", payload);
  });
  socket.on("join, wait and tell", [nsp](Names whom, std::string room, Value payload) -> Task<> {
    co_await nsp.in(whom).sockets_join(room);
    nsp.to(room).emit("bcast", payload);
  });
  socket.on("leave, wait and tell", [nsp](Names whom, std::string room, Value payload) -> Task<> {
    co_await nsp.in(whom).sockets_leave(room);
    nsp.to(room).emit("bcast", payload);
  });
  socket.on("disconnect sockets", [nsp](Names whom) { nsp.in(whom).disconnect_sockets(); });
}

void add_events_of_servers(const Namespace& nsp, const Socket& socket) {
  socket.on("tell servers", [nsp](Value payload) { nsp.server_side_emit("told", payload); });
  socket.on("ask servers", [nsp](int number, Ack ack) -> Task<> {
    const auto all = co_await nsp.server_side_emit_with_ack("sum?", number);
    ack(std::tuple(all.answers, all.complete()));
  });
}

void serve_namespace(Namespace nsp, int own) {
  nsp.on_connection([nsp](const Socket& socket) {
    const boost::json::object& auth = socket.handshake().auth;
    if (const auto name = auth.find("name"); name != auth.end()) socket.data()["name"] = name->value();
    add_broadcasts(nsp, socket);
    add_management(nsp, socket);
    add_events_of_servers(nsp, socket);
  });
  nsp.on_server_side("told", [nsp](const Args& args) { nsp.local().emit("told", args); });
  nsp.on_server_side("sum?", [own](int number, Ack ack) { ack(number + own); });
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
  serve_namespace(io.of("/"), own);
  serve_namespace(io.of("/admin"), own);
  return roomcast::app::serve(io);
}
