// The functions about clients' requests, at the request of headers: tests/e2e/engine-hooks.test.mjs drives
// it, and fixtures/hooks-node-server.mjs is the same on Node.js.
//   x-answer: N    a middleware answers with this status
//   x-fail         a middleware throws; with the value `headers` or `error`, a function of that kind
//   GET /errors    the connection errors so far
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <server_flags.hpp>

using roomcast::HttpHeaders;
using roomcast::HttpRequest;
using roomcast::HttpResponse;

namespace {

class Errors {
 public:
  void add(const roomcast::ConnectionError& error) {
    const std::lock_guard lock(mutex_);
    all_.push_back(boost::json::object{{"code", error.code},
                                       {"message", error.message},
                                       {"context", error.context},
                                       {"method", error.request.method},
                                       {"url", error.request.target}});
  }
  std::string text() const {
    const std::lock_guard lock(mutex_);
    return boost::json::serialize(all_);
  }

 private:
  mutable std::mutex mutex_;
  boost::json::array all_;
};

void fail_if_asked(const HttpRequest& request, std::string_view kind) {
  if (request.header("x-fail") == kind) throw std::runtime_error("as the client asks");
}

std::optional<HttpResponse> answer(const HttpRequest& request) {
  fail_if_asked(request, "middleware");
  const std::string_view status = request.header("x-answer");
  if (status.empty()) return std::nullopt;
  return HttpResponse{.status = static_cast<unsigned>(std::stoul(std::string(status))), .body = "not today"};
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Shows what applications may do about clients' requests", "hooks_server");
  roomcast::ServerOptions options;
  options.host = "127.0.0.1";
  roomcast::set_log_level(roomcast::LogLevel::warn);
  roomcast::app::add_server_flags(app, options);
  if (const int code = roomcast::app::parse(app, argc, argv); code >= 0) return code;

  roomcast::Server io(options);
  Errors errors;
  io.engine_use(answer);
  io.on_initial_headers([](HttpHeaders& headers, const HttpRequest& request) {
    headers.emplace_back("x-test", "initial");
    headers.emplace_back("x-initial", request.method);
    headers.emplace_back("set-cookie", "visit=1");
  });
  io.on_headers([](HttpHeaders& headers, const HttpRequest& request) {
    fail_if_asked(request, "headers");
    headers.emplace_back("x-test", request.query("sid") ? "later" : "first");
  });
  io.on_connection_error([&errors](const roomcast::ConnectionError& error) {
    errors.add(error);
    fail_if_asked(error.request, "error");
  });
  io.http("GET", "/errors", [&errors](const HttpRequest&) { return HttpResponse::json(errors.text()); });
  io.on_connection([](roomcast::Socket socket) {
    socket.on("echo", [](roomcast::Args args, roomcast::Ack ack) { ack(args); });
  });
  return roomcast::app::serve(io);
}
