// The application that the Socket.IO sessions were recorded with.
#include <chrono>

#include <boost/json/parse.hpp>
#include <server_flags.hpp>

#include <base/base64.hpp>

#include "servers.hpp"

namespace replay {
namespace {

using namespace std::chrono_literals;
using roomcast::Ack;
using roomcast::Args;
using roomcast::Bytes;
using roomcast::Socket;
using roomcast::Value;
namespace json = boost::json;

// Attachments in the recordings' form, {"$bin":"base64"}.
json::value with_binary(json::value value, std::span<const std::string_view> attachments) {
  if (json::array* array = value.if_array()) {
    for (json::value& element : *array) element = with_binary(std::move(element), attachments);
  } else if (json::object* object = value.if_object()) {
    if (object->contains("_placeholder"))
      return json::object{
          {"$bin", roomcast::base::base64_encode(attachments[object->at("num").to_number<std::size_t>()])}};
    for (auto& member : *object) member.value() = with_binary(std::move(member.value()), attachments);
  }
  return value;
}

std::string recorded_form(const Value& value) {
  if (!value.has_binary()) return std::string(value.json());
  return json::serialize(with_binary(json::parse(value.json()), value.attachments()));
}

void observe(const Socket& socket, Journal& journal) {
  const std::string name = socket.nsp();
  journal.add("connection", json::array{name, {{"id", socket.id()}, {"auth", socket.handshake().auth}}});
  socket.on_disconnecting([&journal, name](const std::string& reason) {
    journal.add("disconnecting", json::array{name, reason});
  });
  socket.on_disconnect(
      [&journal, name](const std::string& reason) { journal.add("disconnect", json::array{name, reason}); });
  socket.on_error(
      [&journal, name](const std::string& text) { journal.add("error", json::array{name, text}); });
  socket.on_any([&journal, name](const std::string& event, const Args& args) {
    std::string seen = "," + json::serialize(json::value(name)) + ",[" + json::serialize(json::value(event));
    for (const Value& arg : args) seen += "," + recorded_form(arg);
    journal.add("event", seen + "]");
  });
}

void answer(const Socket& socket) {
  // On Node the acknowledgement is one of the arguments, and so is passed on as a callback.
  socket.on("message", [socket](Args args, Ack ack) {
    if (ack) {
      socket.emit("message-back", args, [ack](Args answers) { ack(answers); });
    } else {
      socket.emit("message-back", args);
    }
  });
  socket.on("message-with-ack", [](Args args, Ack ack) { ack(args); });
  socket.on("emit-with-ack", [socket](Args args) {
    socket.emit("please-ack", args, [socket](Args answers) { socket.emit("acked", answers); });
  });
  socket.on("kick", [socket](Args) { socket.disconnect(); });
  socket.on("kick-close", [socket](Args) { socket.disconnect(true); });
}

// What the servers did with whom the official clients were recorded.
void answer_clients(roomcast::Server& io, const Socket& socket) {
  socket.on("q", [](Args args, Ack ack) { ack(args); });
  socket.on("ask", [socket](Args) { socket.emit("please", 1, [](Args) {}); });
  socket.on("bin", [socket](Args args) { socket.emit("bin-back", args); });
  socket.on("bcast", [&io, name = socket.nsp()](Args) { io.of(name).emit("news", "x"); });
  socket.on("kick", [socket](Args) { socket.disconnect(true); });
}

// The scripts of three recordings, run when the test asks for them. They know their sockets by the order of
// connection.
class Script {
 public:
  Script(roomcast::Server& io, Journal& journal) : io_(io), journal_(journal) {
    io.on_connection([this](Socket socket) { sockets_.push_back(socket); });
    io.http("POST", "/replay/emits", [this](const roomcast::HttpRequest&) { return emits(); });
    io.http("POST", "/replay/asks", [this](const roomcast::HttpRequest&) { return asks(); });
    io.http("POST", "/replay/kicks", [this](const roomcast::HttpRequest&) {
      sockets_.at(0).disconnect();
      return roomcast::HttpResponse{.body = "ok"};
    });
  }

 private:
  roomcast::HttpResponse emits() {
    const Socket a = sockets_.at(0);
    a.emit("hello", 1, "2", json::object{{"a", nullptr}});
    a.emit("bin", Bytes{1}, std::vector<Bytes>{Bytes{2}});
    a.emit("message", "text");
    a.volatile_().emit("vol", 1);
    a.broadcast().emit("to-others");
    a.join("room1");
    io_.to("room1").emit("to-room");
    io_.except("room1").emit("not-room");
    io_.emit("all", Bytes{3});
    io_.emit("undef", nullptr, std::numeric_limits<double>::quiet_NaN(), "1970-01-01T00:00:00.000Z");
    return {.body = "ok"};
  }

  // The times are longer than those of the recording where the client has to be quick.
  roomcast::HttpResponse asks() {
    const Socket a = sockets_.at(0);
    const auto acked = [this](const std::string& answer) { journal_.add("acked", json::array{answer}); };
    a.emit("q", acked);
    sockets_.at(1).emit("q", acked);
    a.timeout(100ms).emit("slow", [this](boost::system::error_code error, const Value&) {
      journal_.add("acked", json::array{"Error: " + error.message(), nullptr});
    });
    const auto all_acked = [this](boost::system::error_code error, const std::vector<Value>& answers) {
      json::array given;
      for (const Value& answer : answers) given.push_back(json::parse(answer.json()));
      journal_.add("broadcast-acked",
                   json::array{error ? json::value("Error: " + error.message()) : json::value(), given});
    };
    io_.timeout(20s).emit("bq", all_acked);
    io_.timeout(150ms).emit("bq2", Bytes{1}, all_acked);
    return {.body = "ok"};
  }

  roomcast::Server& io_;
  Journal& journal_;
  std::vector<Socket> sockets_;  // the one loop only
};

}  // namespace

int serve_sessions(const roomcast::ServerOptions& given, const std::string& scenario, Journal& journal) {
  roomcast::ServerOptions options = given;
  options.threads = 1;
  roomcast::Server io(options);
  for (const char* name : {"/", "/admin", "/empty"})
    io.of(name).on_connection([&](Socket socket) {
      observe(socket, journal);
      if (scenario == "client-traces") return answer_clients(io, socket);
      answer(socket);
    });
  io.of("/denied").use([](Socket) { throw std::runtime_error("not allowed"); });
  io.of("/denied-data").use([](Socket) {
    throw roomcast::ConnectError("not allowed", json::object{{"code", 42}, {"retry", nullptr}});
  });
  if (scenario == "server-emits") io.on_connection([](Socket socket) { socket.emit("welcome", "first"); });
  if (scenario == "middleware")
    io.on_connection([](Socket socket) {
      socket.use([](const roomcast::IncomingEvent& event) {
        if (event.name == "forbidden") throw std::runtime_error("no way");
      });
    });
  Script script(io, journal);
  io.http("GET", journal_path, [&journal](const roomcast::HttpRequest&) {
    return roomcast::HttpResponse{.body = journal.text()};
  });
  return roomcast::app::serve(io);
}

}  // namespace replay
