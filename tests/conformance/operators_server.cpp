// Every operator of the API, each at the request of a client: tests/e2e/operators.test.mjs drives it.
#include <algorithm>
#include <memory>
#include <mutex>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <server_flags.hpp>

using namespace std::chrono_literals;
using roomcast::Ack;
using roomcast::Args;
using roomcast::Socket;
using roomcast::Task;
using roomcast::Value;

namespace {

// Lines that handlers on any loop write and clients read.
class Journal {
 public:
  void add(std::string line) {
    const std::lock_guard lock(mutex_);
    lines_.push_back(std::move(line));
  }
  std::vector<std::string> lines() const {
    const std::lock_guard lock(mutex_);
    return lines_;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> lines_;
};

Task<> wait(Socket socket, std::chrono::milliseconds time) {
  boost::asio::steady_timer timer(socket.executor(), time);
  co_await timer.async_wait(boost::asio::use_awaitable);
}

void add_room_handlers(roomcast::Server& io, const Socket& socket) {
  socket.on("join", [socket](std::string room, Ack ack) {
    socket.join(room);
    ack();
  });
  socket.on("leave", [socket](std::string room, Ack ack) {
    socket.leave(room);
    ack();
  });
  socket.on("rooms", [socket](Ack ack) { ack(socket.rooms()); });
  socket.on("to rooms", [&io](std::vector<std::string> rooms, std::vector<std::string> except,
                              Value payload) { io.to(rooms).except(except).emit("news", payload); });
  socket.on("local", [&io](Value payload) { io.local().emit("news", payload); });
  socket.on("compressed", [socket](Value payload) { socket.compress(true).emit("news", payload); });
  socket.on("everybody joins", [&io](std::string room) {
    io.sockets_join(room);
    io.to(room).emit("welcome", room);
  });
  socket.on("everybody leaves", [&io](std::string room, Ack ack) {
    io.sockets_leave(room);
    io.to(room).emit("welcome", room);
    ack();
  });
  socket.on("disconnect room",
            [&io](std::string room, bool close) { io.in(room).disconnect_sockets(close); });
}

void add_ack_handlers(roomcast::Server& io, const Socket& socket) {
  socket.on("ask room", [&io](std::string room, int milliseconds, Ack ack) {
    io.to(room)
        .timeout(std::chrono::milliseconds(milliseconds))
        .emit("question", "how many?", [ack](boost::system::error_code error, std::vector<Value> answers) {
          ack(error ? error.message() : std::string(), answers);
        });
  });
  socket.on("ask room and wait", [&io](std::string room, int milliseconds, Ack ack) -> Task<> {
    const auto answers = co_await io.to(room)
                             .timeout(std::chrono::milliseconds(milliseconds))
                             .emit_with_ack("question", "how many?");
    ack(answers.complete(), answers.expected, answers.answers);
  });
  socket.on("ask me", [socket](int milliseconds, Ack ack) {
    socket.timeout(std::chrono::milliseconds(milliseconds))
        .emit("question", "how many?", [ack](boost::system::error_code error, int answer) {
          ack(error ? error.message() : std::string(), answer);
        });
  });
  socket.on("ask me and wait", [socket](Ack ack) -> Task<> {
    const int answer = co_await socket.emit_with_ack<int>("question", "how many?");
    ack(answer);
  });
}

void add_listeners(const Socket& socket, Journal& journal) {
  socket.use([](const roomcast::IncomingEvent& event) {
    if (event.name == "forbidden") throw std::runtime_error("not you");
  });
  socket.use([socket](roomcast::IncomingEvent event) -> Task<> {
    if (event.name != "forbidden later") co_return;
    co_await wait(socket, 5ms);
    throw std::runtime_error("not you either");
  });
  socket.on("forbidden", [socket](Args) { socket.emit("reached"); });
  socket.on("forbidden later", [socket](Args) { socket.emit("reached"); });
  socket.on_error([socket](const std::string& text) { socket.emit("refused", text); });
  auto seen = std::make_shared<std::vector<std::string>>();
  socket.on_any([seen](const std::string& name, const Args& args) {
    seen->push_back(name + "/" + std::to_string(args.size()));
  });
  socket.prepend_any([seen](const std::string& name) { seen->push_back("first " + name); });
  socket.on("seen", [seen](Ack ack) { ack(*seen); });
  socket.on("stop listening", [socket](Ack ack) {
    socket.off_any();
    ack();
  });
  auto sent = std::make_shared<std::vector<std::string>>();
  socket.on_any_outgoing([sent](const std::string& name, const Args& args) {
    sent->push_back(name + "/" + std::to_string(args.size()) +
                    (args.empty() ? "" : "/" + std::string(args[0].json())));
  });
  socket.on("sent", [sent](Ack ack) { ack(*sent); });
  socket.on("in turn", [socket](bool on, Ack ack) {
    socket.serialize(on);
    ack();
  });
  socket.on("slow", [socket](int number, int milliseconds) -> Task<> {
    socket.emit("begun", number);
    co_await wait(socket, std::chrono::milliseconds(milliseconds));
    socket.emit("done", number);
  });
  socket.on_disconnecting([socket, &journal](const std::string& reason) {
    journal.add("disconnecting " + socket.id() + " " + reason + " rooms " +
                std::to_string(socket.rooms().size()));
  });
  socket.on_disconnect([socket, &journal](const std::string& reason) {
    journal.add("disconnect " + socket.id() + " " + reason + " rooms " +
                std::to_string(socket.rooms().size()));
  });
  socket.on("journal", [&journal](Ack ack) { ack(journal.lines()); });
  socket.once("only once", [socket] { socket.emit("was once"); });
}

void add_remote_handlers(roomcast::Server& io, const Socket& socket) {
  socket.on("all sockets", [&io](Ack ack) -> Task<> {
    const std::set<std::string> ids = co_await io.all_sockets();
    ack(ids);
  });
  socket.on("keep", [socket](boost::json::object data, Ack ack) {
    socket.data() = std::move(data);
    ack();
  });
  socket.on("look at", [&io](std::string room, Ack ack) -> Task<> {
    const auto found = co_await io.in(room).fetch_sockets();
    boost::json::array all;
    for (const roomcast::RemoteSocket& one : found)
      all.push_back({{"id", one.id()}, {"data", one.data()}, {"rooms", one.rooms().size()}});
    ack(all);
  });
  socket.on("ask one", [&io](std::string id, Ack ack) -> Task<> {
    const auto found = co_await io.in(id).fetch_sockets();
    const int answer = co_await found.at(0).timeout(10s).emit_with_ack<int>("question", "how many?");
    ack(answer);
  });
  socket.on("move to", [&io](std::string id, std::vector<std::string> rooms, Ack ack) -> Task<> {
    const auto found = co_await io.in(id).fetch_sockets();
    found.at(0).join(rooms);
    io.to(rooms).emit("news", rooms);
    found.at(0).leave(rooms);
    ack();
  });
  socket.on("handshake", [socket](Ack ack) {
    const roomcast::Handshake& handshake = socket.handshake();
    boost::json::object headers, query;
    for (const auto& [name, value] : handshake.headers()) headers[name] = value;
    for (const auto& [name, value] : handshake.queries()) query[name] = value;
    ack(boost::json::object{{"headers", headers},
                            {"query", query},
                            {"auth", handshake.auth},
                            {"time", handshake.time()},
                            {"issued", std::chrono::duration_cast<std::chrono::milliseconds>(
                                           handshake.issued().time_since_epoch())
                                           .count()},
                            {"address", handshake.address()},
                            {"secure", handshake.secure()},
                            {"xdomain", handshake.xdomain()},
                            {"url", handshake.url()}});
  });
  socket.on("connection", [socket](Ack ack) { ack(socket.transport(), socket.upgraded()); });
  socket.on("other servers", [&io](Ack ack) {
    io.server_side_emit("anybody?", [ack](boost::system::error_code error, std::vector<Value> answers) {
      ack(error ? error.message() : std::string(), answers);
    });
  });
}

// Namespaces that are made when a client asks: by pattern, by function, and after a while.
void add_parents(roomcast::Server& io) {
  roomcast::ParentNamespace patterns = io.of(std::regex("^/dynamic-\\d+$"));
  patterns.use([](const Socket& socket) {
    if (socket.handshake().auth.contains("refuse")) throw roomcast::ConnectError("not here");
  });
  auto serve = [](const roomcast::ParentNamespace& parent) {
    return [parent](const Socket& socket) {
      socket.emit("welcome to", socket.nsp());
      socket.on("to all children", [parent](Value payload) { parent.emit("news", payload); });
      socket.on("children", [parent](Ack ack) { ack(parent.children().size()); });
    };
  };
  patterns.on_connection(serve(patterns));
  roomcast::ParentNamespace users = io.of([](std::string name, boost::json::object auth) -> Task<bool> {
    boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor, 5ms);
    co_await timer.async_wait(boost::asio::use_awaitable);
    co_return auth.contains("user") && name == "/user/" + std::string(auth.at("user").as_string());
  });
  users.on_connection(serve(users));
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Serves every operator of the API for tests", "operators_server");
  roomcast::ServerOptions options;
  options.host = "127.0.0.1";
  roomcast::set_log_level(roomcast::LogLevel::warn);
  roomcast::app::add_server_flags(app, options);
  options.cleanup_empty_child_namespaces = true;
  if (const int code = roomcast::app::parse(app, argc, argv); code >= 0) return code;

  roomcast::Server io(options);
  Journal journal;
  const roomcast::Namespace root = io.of("/");
  root.on_create_room([&journal](const std::string& room) { journal.add("create " + room); });
  root.on_delete_room([&journal](const std::string& room) { journal.add("delete " + room); });
  root.on_join_room(
      [&journal](const std::string& room, const std::string& id) { journal.add("join " + room + " " + id); });
  root.on_leave_room([&journal](const std::string& room, const std::string& id) {
    journal.add("leave " + room + " " + id);
  });
  add_parents(io);
  io.on_connection([&](Socket socket) {
    add_room_handlers(io, socket);
    add_ack_handlers(io, socket);
    add_listeners(socket, journal);
    add_remote_handlers(io, socket);
  });
  return roomcast::app::serve(io);
}
