#include <cerrno>
#include <system_error>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <base/log.hpp>
#include <net/listener.hpp>

namespace roomcast::net {
namespace {

// Deep enough that a reconnect storm waits in the kernel and is not refused; net.core.somaxconn caps it.
constexpr int backlog = 4096;
constexpr std::chrono::milliseconds out_of_descriptors_pause{100};
// Accepting must not keep the loop from its other work for long.
constexpr int accepts_per_wake = 64;

PeerAddress to_peer(const sockaddr_storage& address) {
  char text[INET6_ADDRSTRLEN] = "";
  if (address.ss_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(address);
    ::inet_ntop(AF_INET, &v4.sin_addr, text, sizeof text);
    return {text, ntohs(v4.sin_port)};
  }
  const auto& v6 = reinterpret_cast<const sockaddr_in6&>(address);
  ::inet_ntop(AF_INET6, &v6.sin6_addr, text, sizeof text);
  return {text, ntohs(v6.sin6_port)};
}

}  // namespace

void Listener::listen(const std::string& host, std::uint16_t port, bool reuse_port, OnAccept on_accept) {
  using boost::asio::ip::tcp;
  const tcp::endpoint endpoint(boost::asio::ip::make_address(host), port);
  tcp::acceptor acceptor(acceptor_.get_executor(), endpoint.protocol());
  acceptor.set_option(tcp::acceptor::reuse_address(true));
  if (reuse_port) {
    const int on = 1;
    ::setsockopt(acceptor.native_handle(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
  }
  acceptor.bind(endpoint);
  acceptor.listen(backlog);
  acceptor.non_blocking(true);
  acceptor_ = std::move(acceptor);
  port_ = acceptor_.local_endpoint().port();
  on_accept_ = std::move(on_accept);
  wait();
}

void Listener::close() {
  boost::system::error_code ignored;
  acceptor_.close(ignored);
  retry_.cancel();
}

void Listener::wait() {
  acceptor_.async_wait(boost::asio::ip::tcp::acceptor::wait_read,
                       [this](const boost::system::error_code& error) {
                         if (!error) accept_all();
                       });
}

void Listener::accept_all() {
  for (int n = 0; n < accepts_per_wake && acceptor_.is_open(); ++n) {
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    Descriptor accepted(::accept4(acceptor_.native_handle(), reinterpret_cast<sockaddr*>(&address), &size,
                                  SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!accepted) {
      if (errno == EINTR || errno == ECONNABORTED) continue;
      if (errno == EAGAIN) break;
      if (!std::exchange(starved_, true))
        base::log::warn("cannot accept a connection: {} (raise the limit on open files?)",
                        std::generic_category().message(errno));
      retry_.expires_after(out_of_descriptors_pause);
      retry_.async_wait([this](const boost::system::error_code& error) {
        if (!error) wait();
      });
      return;
    }
    starved_ = false;
    const int on = 1;
    ::setsockopt(accepted.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    try {
      on_accept_(std::move(accepted), to_peer(address));
    } catch (const std::exception& e) {  // out of memory: this one is lost, the next ones need not be
      base::log::error("an accepted connection was dropped: {}", e.what());
    }
  }
  if (acceptor_.is_open()) wait();
}

}  // namespace roomcast::net
