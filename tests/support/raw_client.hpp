#pragma once

#include <cerrno>
#include <chrono>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <net/descriptor.hpp>

namespace roomcast::support {

/// A client on a plain socket: it sends the bytes it is told to and hands out what comes. Every wait has an
/// end after which it throws, so that a test fails instead of hanging.
class RawClient {
 public:
  static constexpr std::chrono::milliseconds patience{10'000};

  /// Connects to 127.0.0.1.
  explicit RawClient(std::uint16_t port)
      : RawClient(net::Descriptor(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0))) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    check(::connect(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), "connect");
    const int on = 1;
    ::setsockopt(socket_.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }
  explicit RawClient(net::Descriptor socket) : socket_(std::move(socket)) {}

  int fd() const noexcept { return socket_.get(); }

  void send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t n = ::send(fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      check(n, "send");
      bytes.remove_prefix(static_cast<std::size_t>(n));
    }
  }
  /// Ends our half of the stream.
  void shutdown() { ::shutdown(fd(), SHUT_WR); }
  /// Ends both halves; with `hard`, by a reset.
  void close(bool hard = false) {
    const linger now{1, 0};
    if (hard) ::setsockopt(fd(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
    socket_ = net::Descriptor();
  }

  /// Exactly `n` bytes.
  std::string read(std::size_t n) {
    while (unread_.size() < n)
      if (!receive()) throw std::runtime_error("the stream ended, after: " + unread_);
    return take(n);
  }
  /// Everything up to and with `mark`.
  std::string read_through(std::string_view mark) {
    std::size_t at;
    while ((at = unread_.find(mark)) == std::string::npos)
      if (!receive()) throw std::runtime_error("the stream ended, after: " + unread_);
    return take(at + mark.size());
  }
  /// Everything until the stream ends, in whatever way.
  std::string read_to_end() {
    while (receive()) {
    }
    return std::exchange(unread_, {});
  }

  struct Response {
    unsigned status = 0;
    std::string head;
    std::string body;
  };
  /// One response with a Content-Length, or without a body.
  Response response() {
    Response response;
    response.head = read_through("\r\n\r\n");
    response.status = static_cast<unsigned>(std::stoul(response.head.substr(9, 3)));
    const std::string_view name = "Content-Length: ";
    const std::size_t at = response.head.find(name);
    if (at != std::string::npos) response.body = read(std::stoul(response.head.substr(at + name.size())));
    return response;
  }

  /// One unmasked frame; its first byte and its payload.
  struct Frame {
    unsigned char first = 0;
    std::string payload;
    bool text() const { return first == 0x81; }
    bool binary() const { return first == 0x82; }
    bool close() const { return first == 0x88; }
    bool pong() const { return first == 0x8A; }
  };
  Frame frame() {
    const std::string start = read(2);
    std::size_t size = static_cast<unsigned char>(start[1]);
    if (const std::size_t width = size == 126 ? 2 : size == 127 ? 8 : 0; width != 0) {
      size = 0;
      for (const char c : read(width)) size = size << 8 | static_cast<unsigned char>(c);
    }
    return {static_cast<unsigned char>(start[0]), read(size)};
  }

 private:
  static void check(ssize_t result, const char* what) {
    if (result < 0) throw std::system_error(errno, std::generic_category(), what);
  }
  std::string take(std::size_t n) {
    std::string front = unread_.substr(0, n);
    unread_.erase(0, n);
    return front;
  }
  /// @return false at the end of the stream, also when it ends with a reset.
  bool receive() {
    pollfd waiting{fd(), POLLIN, 0};
    if (::poll(&waiting, 1, static_cast<int>(patience.count())) == 0)
      throw std::runtime_error("nothing came in time, after: " + unread_);
    char buffer[16 * 1024];
    const ssize_t n = ::recv(fd(), buffer, sizeof buffer, 0);
    if (n > 0) unread_.append(buffer, static_cast<std::size_t>(n));
    return n > 0;
  }

  net::Descriptor socket_;
  std::string unread_;
};

/// Two connected stream sockets, non-blocking: one for an engine and one for a RawClient (which blocks).
inline std::pair<net::Descriptor, net::Descriptor> socket_pair() {
  int fds[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) != 0)
    throw std::system_error(errno, std::generic_category(), "socketpair");
  ::fcntl(fds[0], F_SETFL, O_NONBLOCK);
  return {net::Descriptor(fds[0]), net::Descriptor(fds[1])};
}

}  // namespace roomcast::support
