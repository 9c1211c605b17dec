// Engine.IO alone, as the transcripts were recorded with: it echoes, and does at once what the test tells it.
#include <csignal>
#include <iostream>

#include <boost/json/parse.hpp>

#include <core/client.hpp>
#include <engine/message.hpp>
#include <engine/server.hpp>

#include "servers.hpp"

namespace replay {
namespace {

namespace engine = roomcast::engine;
namespace json = boost::json;

// Invariant: used on the one loop of the server only, so nothing here is locked.
struct Application {
  Journal& journal;
  std::vector<engine::Session*> sessions;  // in the order of their connection; null when closed
  bool echo = true;
};

class Handler final : public engine::SessionHandler {
 public:
  Handler(Application& application, engine::Session& session)
      : application_(application), session_(session), number_(application.sessions.size()) {
    application.sessions.push_back(&session);
  }

  void on_text(std::string_view text) override {
    if (application_.echo) session_.send(engine::text_message(text));
  }
  void on_binary(std::string_view bytes) override {
    if (application_.echo) session_.send(engine::binary_message(bytes));
  }
  void on_close(engine::CloseReason reason, std::string_view) override {
    application_.sessions[number_] = nullptr;
    application_.journal.add("close", json::array{engine::to_string(reason)});
  }

 private:
  Application& application_;
  engine::Session& session_;
  std::size_t number_;
};

class Acceptor final : public engine::SessionAcceptor {
 public:
  Acceptor(Application& application, const roomcast::ServerOptions& options)
      : application_(application), options_(options) {}
  std::optional<std::string> refusal(const roomcast::net::HttpRequest& request) override {
    return roomcast::core::refusal(options_, request);
  }
  std::unique_ptr<engine::SessionHandler> on_session(engine::Session& session,
                                                     const roomcast::net::HttpRequest&) override {
    return std::make_unique<Handler>(application_, session);
  }

 private:
  Application& application_;
  const roomcast::ServerOptions& options_;
};

// Beside the journal, orders from the test: `POST /replay/do` with `{"socket":0,"send":"text"}`
// (and `"compress":false` with it), `{"socket":0,"bytes":[1,2]}`,
// `{"socket":0,"close":true}`, `{"socket":0,"discard":true}` or `{"echo":false}`.
class Orders final : public engine::Routes {
 public:
  explicit Orders(Application& application) : application_(application) {}
  bool claims(std::string_view) const override { return false; }
  std::size_t max_body(const roomcast::net::HttpRequest&) override { return 10'000; }
  void on_request(roomcast::net::HttpRequest request, const roomcast::net::Exchange& exchange) override {
    if (request.target() == journal_path) {
      exchange.respond({.body = application_.journal.text()});
    } else if (request.target() == "/replay/do") {
      obey(json::parse(request.message.body()).as_object());
      exchange.respond({.body = "ok"});
    } else {
      exchange.respond({.status = 404, .body = "app"});
    }
  }

 private:
  void obey(const json::object& order) {
    if (const json::value* echo = order.if_contains("echo")) {
      application_.echo = echo->as_bool();
      return;
    }
    engine::Session* session = application_.sessions.at(order.at("socket").to_number<std::size_t>());
    if (!session) return;
    if (const json::value* text = order.if_contains("send")) {
      auto builder = engine::message_builder();
      builder.append(text->as_string());
      if (const json::value* compress = order.if_contains("compress"))
        builder.set_compressible(compress->as_bool());
      session->send(engine::finish_message(std::move(builder)));
    }
    if (const json::value* bytes = order.if_contains("bytes")) {
      std::string binary;
      for (const json::value& byte : bytes->as_array()) binary += static_cast<char>(byte.as_int64());
      session->send(engine::binary_message(binary));
    }
    if (order.contains("close")) session->close();
    if (order.contains("discard")) session->shut_down();
  }

  Application& application_;
};

}  // namespace

int serve_engine(const roomcast::ServerOptions& given, Journal& journal) {
  roomcast::ServerOptions options = given;
  options.threads = 1;
  sigset_t stop_signals;
  sigemptyset(&stop_signals);
  sigaddset(&stop_signals, SIGINT);
  sigaddset(&stop_signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &stop_signals, nullptr);
  Application application{.journal = journal, .sessions = {}};
  Acceptor acceptor(application, options);
  Orders orders(application);
  engine::Server server(options, acceptor, orders);
  server.listen();
  server.start();
  std::cout << "listening on http://" << options.host << ":" << server.port() << std::endl;
  int signal = 0;
  sigwait(&stop_signals, &signal);
  server.close();
  return 0;
}

}  // namespace replay
