#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <net/http_connection.hpp>
#include <support/loop_steps.hpp>
#include <support/memory_connection.hpp>

namespace roomcast::net {

inline std::string describe(Aborted why) {
  switch (why) {
    case Aborted::peer_gone:
      return "peer gone";
    case Aborted::body_too_large:
      return "body too large";
    case Aborted::bad_request:
      return "bad request";
  }
  return "?";
}

/// Answers every request with its body, unless told otherwise, and notes what it is called with.
struct TestHandler final : HttpHandler {
  std::size_t on_head(const HttpRequest& head, const Exchange& exchange) override {
    heads.push_back(std::string(head.target()));
    exchange.on_abort([this](Aborted why) { aborts.push_back(describe(why)); });
    if (at_head) at_head(head, exchange);
    return max_body;
  }
  void on_request(HttpRequest request, const Exchange& exchange) override {
    requests.push_back(std::string(request.message.method_string()) + " " + std::string(request.target()) +
                       " " + request.message.body());
    last = exchange;
    if (at_request) return at_request(std::move(request), exchange);
    exchange.respond({.body = "<" + request.message.body() + ">"});
  }
  void on_upgrade(Upgrade given) override {
    if (at_upgrade) return at_upgrade(std::move(given));
    upgrade = std::move(given);
  }

  std::size_t max_body = 1000;
  std::function<void(const HttpRequest&, const Exchange&)> at_head;
  std::function<void(HttpRequest, const Exchange&)> at_request;
  std::function<void(Upgrade)> at_upgrade;
  std::vector<std::string> heads;
  std::vector<std::string> requests;
  std::vector<std::string> aborts;
  Exchange last;
  std::optional<Upgrade> upgrade;
};

/// One HTTP connection over memory, on a loop that the test turns.
class HttpOverMemory : public testing::Test {
 protected:
  void SetUp() override { connect(peer_); }

  void connect(support::MemoryPeer& peer) {
    support::turn(loop_, [&] { connections_.add(peer.connect(), {.address = "192.0.2.1", .port = 40'000}); });
  }
  void says(std::string_view bytes) {
    support::turn(loop_, [&] { peer_.says(bytes); });
  }
  /// What the peer hears, with `Date: …` taken out.
  std::string hears() {
    std::string text = peer_.hears();
    for (std::size_t at; (at = text.find("Date: ")) != std::string::npos;)
      text.erase(at, text.find('\n', at) + 1 - at);
    return text;
  }
  static std::string ok(std::string_view body, bool keep_alive = true) {
    return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) +
           "\r\nConnection: " + (keep_alive ? "keep-alive" : "close") + "\r\n\r\n" + std::string(body);
  }
  static std::string refused(std::string_view status) {
    return "HTTP/1.1 " + std::string(status) + "\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
  }

  base::Metrics metrics_;
  loop::Loop loop_{0};
  TestHandler handler_;
  HttpLimits limits_{.max_header_bytes = 400, .max_headers = 8};
  support::MemoryPeer peer_{loop_};
  HttpConnections connections_{loop_, handler_, limits_, metrics_};
};

}  // namespace roomcast::net
