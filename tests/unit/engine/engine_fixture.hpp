#pragma once

#include <algorithm>
#include <condition_variable>
#include <functional>
#include <future>
#include <map>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <engine/message.hpp>
#include <engine/server.hpp>
#include <support/raw_client.hpp>
#include <support/websocket_client_frames.hpp>

namespace roomcast::engine {

using support::RawClient;

/// An echo server on real sockets. What its sessions hear of is noted as text: `open`, `text …`, `binary …`,
/// `close <reason>`, `close <reason>: <cause>`.
class EngineTest : public testing::Test, private SessionAcceptor, private Routes {
 protected:
  void make(unsigned threads = 1) {
    options_.threads = threads;
    server_.emplace(options_, static_cast<SessionAcceptor&>(*this), static_cast<Routes&>(*this));
  }
  void start(unsigned threads = 1) {
    make(threads);
    server_->listen();
    server_->start();
  }
  ~EngineTest() override { server_.reset(); }

  // ---- a client

  RawClient connect() { return RawClient(server_->port()); }

  /// Sends a request on a connection of its own, which with several loops is the next one's.
  RawClient request(std::string_view method, std::string_view query, std::string_view body = {},
                    std::string_view headers = {}) {
    RawClient client = connect();
    std::string text =
        std::string(method) + " /engine.io/?" + std::string(query) + " HTTP/1.1\r\nHost: x\r\n";
    text += headers;
    if (!body.empty()) text += "Content-Length: " + std::to_string(body.size()) + "\r\n";
    client.send(text + "\r\n" + std::string(body));
    return client;
  }
  static std::string of(std::string_view sid) { return "EIO=4&transport=polling&sid=" + std::string(sid); }
  RawClient begin_get(std::string_view sid) { return request("GET", of(sid)); }
  std::string get(std::string_view sid) { return ok(begin_get(sid).response()); }
  std::string post(std::string_view sid, std::string_view body) {
    return ok(request("POST", of(sid), body).response());
  }
  /// A polling session's sid.
  std::string handshake() {
    const std::string open = ok(request("GET", "EIO=4&transport=polling").response());
    return sid_of(open);
  }
  static std::string sid_of(std::string_view open_packet) {
    return std::string(open_packet.substr(open_packet.find("\"sid\":\"") + 7, 20));
  }
  static std::string ok(const RawClient::Response& response) {
    return response.status == 200 ? response.body : std::to_string(response.status) + " " + response.body;
  }

  static std::string upgrade_head(std::string_view query, std::string_view headers = {}) {
    return "GET /engine.io/?" + std::string(query) +
           " HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: "
           "13\r\n"
           "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" +
           std::string(headers) + "\r\n";
  }
  /// A websocket whose 101 has been read.
  RawClient websocket(std::string_view query) {
    RawClient client = connect();
    client.send(upgrade_head(query));
    const std::string head = client.read_through("\r\n\r\n");
    if (!head.starts_with("HTTP/1.1 101 ")) throw std::runtime_error(head);
    return client;
  }
  /// A websocket session whose open packet has been read.
  RawClient websocket_session(std::string* sid = nullptr) {
    RawClient client = websocket("EIO=4&transport=websocket");
    const std::string open = client.frame().payload;
    if (sid != nullptr) *sid = sid_of(open);
    return client;
  }
  RawClient begin_upgrade(std::string_view sid) {
    return websocket("EIO=4&transport=websocket&sid=" + std::string(sid));
  }
  RawClient probe(std::string_view sid) {
    RawClient client = begin_upgrade(sid);
    client.send(support::client_text("2probe"));
    EXPECT_EQ(client.frame().payload, "3probe");
    return client;
  }

  // ---- the server

  /// Waits until this was noted, and takes the note away.
  void expect_note(const std::string& note) {
    std::unique_lock lock(mutex_);
    const bool came =
        changed_.wait_for(lock, RawClient::patience, [&] { return std::ranges::count(notes_, note) > 0; });
    ASSERT_TRUE(came) << note << " did not come; there is: " << testing::PrintToString(notes_);
    notes_.erase(std::ranges::find(notes_, note));
  }
  std::vector<std::string> notes() {
    const std::lock_guard lock(mutex_);
    return notes_;
  }

  /// Runs `f(session)` at the session's home; `f` may not outlast it.
  template <class F>
  auto at_home(std::string_view sid, F f) {
    std::promise<std::invoke_result_t<F&, Session&>> promise;
    auto result = promise.get_future();
    server_->loops()[static_cast<unsigned>(loop_of(sid))].post([&] {
      Session* session = find(sid);
      if (session == nullptr)
        return promise.set_exception(std::make_exception_ptr(std::runtime_error("no session")));
      if constexpr (std::is_void_v<std::invoke_result_t<F&, Session&>>) {
        f(*session);
        promise.set_value();
      } else {
        promise.set_value(f(*session));
      }
    });
    return result.get();
  }
  /// The session, for its home; null if there is none.
  Session* find(std::string_view sid) {
    const std::lock_guard lock(mutex_);
    const auto found = sessions_.find(std::string(sid));
    return found == sessions_.end() ? nullptr : found->second;
  }
  bool alive(std::string_view sid) {
    const std::lock_guard lock(mutex_);
    return sessions_.contains(std::string(sid));
  }
  template <class Done>
  static void until(Done done) {
    const auto deadline = loop::Clock::now() + RawClient::patience;
    while (!done()) {
      if (loop::Clock::now() > deadline) throw std::runtime_error("it did not come to that in time");
      std::this_thread::yield();
    }
  }
  /// A GET that has arrived at its session.
  RawClient pending_get(std::string_view sid) {
    RawClient client = begin_get(sid);
    until([&] { return at_home(sid, [](Session& session) { return session.writable(); }); });
    return client;
  }
  void send(std::string_view sid, std::string_view text) {
    at_home(sid, [&](Session& session) { session.send(text_message(text)); });
  }
  void close(std::string_view sid, std::string_view cause = {}) {
    at_home(sid, [&](Session& session) { session.close(cause); });
  }

  ServerOptions options_{.host = "127.0.0.1", .port = 0, .path = "/engine.io/", .round_robin = true};
  std::function<std::optional<std::string>(const net::HttpRequest&)> at_refusal;
  std::function<void(Session&)> at_session;
  std::function<void(Session&, std::string_view)> at_text;
  std::optional<Server> server_;

 private:
  class Echo final : public SessionHandler {
   public:
    Echo(EngineTest& test, Session& session) : test_(test), session_(session) {}
    void on_text(std::string_view text) override {
      test_.note("text " + std::string(text));
      if (test_.at_text) return test_.at_text(session_, text);
      session_.send(text_message(text));
    }
    void on_binary(std::string_view bytes) override {
      test_.note("binary " + std::string(bytes));
      session_.send(binary_message(bytes));
    }
    void on_close(CloseReason reason, std::string_view cause) override {
      test_.forget(session_);
      test_.note("close " + std::string(to_string(reason)) +
                 (cause.empty() ? "" : ": " + std::string(cause)));
    }

   private:
    EngineTest& test_;
    Session& session_;
  };

  std::optional<std::string> refusal(const net::HttpRequest& request) override {
    return at_refusal ? at_refusal(request) : std::nullopt;
  }
  std::unique_ptr<SessionHandler> on_session(Session& session, const net::HttpRequest&) override {
    if (at_session) at_session(session);
    const std::lock_guard lock(mutex_);
    sessions_[std::string(session.sid())] = &session;
    return std::make_unique<Echo>(*this, session);
  }
  bool claims(std::string_view target) const override { return target == "/engine.io/mine"; }
  std::size_t max_body(const net::HttpRequest&) override { return 100; }
  void on_request(net::HttpRequest request, const net::Exchange& exchange) override {
    exchange.respond({.status = 404, .body = "route " + std::string(request.target())});
  }

  void note(std::string what) {
    const std::lock_guard lock(mutex_);
    notes_.push_back(std::move(what));
    changed_.notify_all();
  }
  void forget(Session& session) {
    const std::lock_guard lock(mutex_);
    sessions_.erase(std::string(session.sid()));
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> notes_;
  std::map<std::string, Session*> sessions_;
};

/// The same stories on one loop and on several, where a request may arrive on a stranger's.
class OnEachLoopCount : public EngineTest, public testing::WithParamInterface<unsigned> {
 protected:
  void SetUp() override { start(GetParam()); }
};

#define ROOMCAST_ON_EACH_LOOP_COUNT(suite)       \
  INSTANTIATE_TEST_SUITE_P(                      \
      Loops, suite, testing::Values(1U, 2U, 3U), \
      [](const testing::TestParamInfo<unsigned>& one) { return std::to_string(one.param); })

}  // namespace roomcast::engine
