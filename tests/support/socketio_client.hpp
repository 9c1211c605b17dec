#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <support/raw_client.hpp>
#include <support/websocket_client_frames.hpp>

namespace roomcast::support {

/// A Socket.IO client over a bare websocket: blocking, one thread, every wait has an end. It speaks in
/// packets as they stand on the wire, without Engine.IO's `4`: `2["event",1]`.
class SocketIoClient {
 public:
  struct Options {
    std::string query{};    ///< behind the engine's own parameters: `&name=anna`
    std::string headers{};  ///< lines with their ends: `Cookie: a=b\r\n`
    std::string path = "/socket.io/";
    bool answers_pings = true;
    bool version2 = false;  ///< a client of Socket.IO 2, over Engine.IO 3: joins `/` without `connect`
  };

  explicit SocketIoClient(std::uint16_t port) : SocketIoClient(port, Options{}) {}
  SocketIoClient(std::uint16_t port, const Options& options)
      : answers_pings_(options.answers_pings), version2_(options.version2), stream_(port) {
    stream_.send("GET " + options.path + (version2_ ? "?EIO=3" : "?EIO=4") + "&transport=websocket" +
                 options.query +
                 " HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                 "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n" +
                 options.headers + "\r\n");
    const std::string head = stream_.read_through("\r\n\r\n");
    if (!head.starts_with("HTTP/1.1 101")) throw std::runtime_error("no websocket: " + head);
    open_packet_ = frame().payload;
  }

  /// The Engine.IO open packet.
  const std::string& open_packet() const noexcept { return open_packet_; }

  /// Joins a namespace. @return the socket's id. Throws with the packet if it is refused.
  std::string connect(std::string_view nsp = "/", std::string_view auth = {}) {
    const std::string prefix = nsp == "/" ? std::string() : std::string(nsp) + ",";
    say("0" + prefix + std::string(auth));
    const std::string answer = hear();
    const std::string expected = "0" + prefix + R"({"sid":")";
    if (!answer.starts_with(expected)) throw std::runtime_error("no connection: " + answer);
    return answer.substr(expected.size(), 20);
  }

  /// Sends a packet, and its attachments behind it.
  void say(std::string_view packet, const std::vector<std::string>& attachments = {}) {
    std::string bytes = client_text("4" + std::string(packet));
    for (const std::string& attachment : attachments)
      bytes += client_binary(version2_ ? '\4' + attachment : attachment);
    stream_.send(bytes);
  }
  /// Sends anything.
  void say_frame(std::string_view bytes) { stream_.send(bytes); }

  /// The next packet's text; pings are answered and not shown. Throws when the connection ends instead.
  std::string hear() {
    const RawClient::Frame next = message();
    if (!next.text()) throw std::runtime_error("an attachment came instead of a packet");
    return next.payload.substr(1);
  }
  std::vector<std::string> hear(std::size_t n) {
    std::vector<std::string> all;
    while (all.size() < n) all.push_back(hear());
    return all;
  }
  /// The next attachment.
  std::string hear_binary() {
    const RawClient::Frame next = message();
    if (!next.binary()) throw std::runtime_error("a packet came instead of an attachment: " + next.payload);
    if (!version2_) return next.payload;
    if (!next.payload.starts_with('\4')) throw std::runtime_error("an attachment without its type");
    return next.payload.substr(1);
  }
  /// Everything up to a packet that is `last`, without it.
  std::vector<std::string> hear_until(std::string_view last) {
    std::vector<std::string> all;
    for (std::string packet; (packet = hear()) != last;) all.push_back(std::move(packet));
    return all;
  }
  /// What the server said before it ended the connection.
  std::vector<std::string> hear_out() {
    std::vector<std::string> all;
    for (;;) {
      RawClient::Frame next;
      try {
        next = frame();
      } catch (const std::runtime_error& e) {
        if (std::string_view(e.what()).starts_with("the stream ended")) return all;
        throw;
      }
      if (next.close()) return all;
      if (next.text() && next.payload.starts_with('4')) all.push_back(next.payload.substr(1));
    }
  }

  /// Says goodbye as a browser does.
  void close() {
    stream_.send(client_close(1000));
    hear_out();
  }
  /// Vanishes; `hard` by a reset.
  void drop(bool hard = false) { stream_.close(hard); }

 private:
  RawClient::Frame frame() { return stream_.frame(); }
  RawClient::Frame message() {
    for (;;) {
      RawClient::Frame next = frame();
      if (next.binary() || (next.text() && next.payload.starts_with('4'))) return next;
      if (next.close()) throw std::runtime_error("the stream ended with a close frame");
      if (next.text() && next.payload == "2" && answers_pings_) stream_.send(client_text("3"));
    }
  }

  const bool answers_pings_;
  const bool version2_;
  RawClient stream_;
  std::string open_packet_;
};

}  // namespace roomcast::support
