#pragma once

#include <string>

#include "client.hpp"
#include "connection.hpp"
#include "http_response.hpp"

namespace roomcast::app::bench {

/// A client that stays on HTTP long-polling: a GET always waits on one connection, and POSTs go over another.
class PollingClient final : public Client, Connection::Owner {
 public:
  /// @param keep_second whether the connection for POSTs stays open between them
  PollingClient(EventLoop& loop, ClientHandler& handler, unsigned index, const Endpoint& endpoint,
                bool keep_second);
  void send(std::string_view packet) override;

 private:
  struct Responses final : ResponseReader::Sink {
    Responses(PollingClient& owner, bool to_get) : client(owner), of_get(to_get) {}
    bool on_response(int status, std::string_view body) override;
    PollingClient& client;
    const bool of_get;
    ResponseReader reader;
  };

  void open() override;
  void say_goodbye() override;
  void close() override;
  void on_handshake(std::string_view json) override;
  void on_open(Connection& connection) override;
  void on_bytes(Connection& connection, std::string_view bytes) override;
  void on_end(Connection& connection, const std::string& why) override;
  bool on_body(std::string_view body);
  bool on_posted();

  void append_head(std::string& out, std::string_view method) const;
  void get();
  void post();

  Connection gets_;
  Connection posts_;
  Responses get_responses_{*this, true};
  Responses post_responses_{*this, false};
  std::string sid_;
  std::string waiting_;  // packets for the next POST
  bool posting_ = false;
  const bool keep_second_;
};

}  // namespace roomcast::app::bench
