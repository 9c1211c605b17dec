#include "connection.hpp"

#include <cerrno>
#include <cstring>
#include <system_error>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace roomcast::app::bench {
namespace {

void bind_source(int descriptor, std::uint32_t address) {
  const int one = 1;
  ::setsockopt(descriptor, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof one);
  sockaddr_in source{};
  source.sin_family = AF_INET;
  source.sin_addr.s_addr = htonl(address);
  if (::bind(descriptor, reinterpret_cast<const sockaddr*>(&source), sizeof source) != 0)
    throw std::system_error(errno, std::generic_category(), "no further source address (--clients)");
}

// A server's kernel takes for a client what ten of its largest segments need, whatever the client takes.
void make_narrow(int descriptor) {
  const int bytes = 4096, segment = 536;
  ::setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
  ::setsockopt(descriptor, IPPROTO_TCP, TCP_MAXSEG, &segment, sizeof segment);
}

std::string why_of(int error) { return std::generic_category().message(error); }

}  // namespace

void Connection::dial(const Endpoint& endpoint) {
  const std::uint32_t source = loopback_source(loop_.count_dial());
  descriptor_ = ::socket(endpoint.address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (descriptor_ < 0)
    throw std::system_error(errno, std::generic_category(), "no further connection (--clients)");
  connected_ = false;
  out_.clear();
  const int one = 1;
  ::setsockopt(descriptor_, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  if (narrow_) make_narrow(descriptor_);
  if (endpoint.is_loopback_v4() && source != INADDR_LOOPBACK) bind_source(descriptor_, source);
  const auto* address = reinterpret_cast<const sockaddr*>(&endpoint.address);
  if (::connect(descriptor_, address, endpoint.address_size) != 0 && errno != EINPROGRESS)
    throw std::system_error(errno, std::generic_category(),
                            "connect to " + endpoint.url + " (--url, --clients)");
  loop_.watch(descriptor_, *this);
}

std::string& Connection::output() {
  if (!queued_) {
    queued_ = true;
    loop_.flush_later(*this);
  }
  return out_;
}

void Connection::close() {
  if (descriptor_ < 0) return;
  ::close(descriptor_);
  descriptor_ = -1;
  out_.clear();
}

void Connection::end(const std::string& why) {
  close();
  owner_.on_end(*this, why);
}

void Connection::on_events(std::uint32_t events) {
  if (descriptor_ < 0) return;
  if (!connected_) {
    if (const int failure = error(); failure != 0) return end(why_of(failure));
    if ((events & EPOLLOUT) == 0) return;
    connected_ = true;
    owner_.on_open(*this);
  }
  if ((events & EPOLLOUT) != 0 && !out_.empty()) output();
  constexpr std::uint32_t over = EPOLLRDHUP | EPOLLHUP | EPOLLERR;
  if ((events & (EPOLLIN | over)) != 0) read((events & over) != 0);
}

int Connection::error() const {
  int code = 0;
  socklen_t size = sizeof code;
  ::getsockopt(descriptor_, SOL_SOCKET, SO_ERROR, &code, &size);
  return code;
}

// A read that does not fill the buffer has emptied the socket, and the next bytes raise a new edge; but no
// edge follows on an end that was there already.
void Connection::read(bool to_the_end) {
  while (descriptor_ >= 0 && !stalled_) {
    const ssize_t size = ::recv(descriptor_, loop_.buffer(), EventLoop::buffer_size, 0);
    if (size < 0 && errno == EAGAIN) return;
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return end(why_of(errno));
    if (size == 0) return end("the server closed the connection");
    loop_.set_arrival();
    owner_.on_bytes(*this, {loop_.buffer(), static_cast<std::size_t>(size)});
    if (!to_the_end && static_cast<std::size_t>(size) < EventLoop::buffer_size) return;
  }
  if (descriptor_ < 0 || !to_the_end) return;
  const int failure = error();
  end(failure != 0 ? why_of(failure) : "the server closed the connection");
}

void Connection::flush() {
  queued_ = false;
  if (descriptor_ < 0 || !connected_ || out_.empty()) return;
  const ssize_t sent = ::send(descriptor_, out_.data(), out_.size(), MSG_NOSIGNAL);
  if (sent >= 0)
    out_.erase(0, static_cast<std::size_t>(sent));
  else if (errno != EAGAIN && errno != EINTR)
    end(why_of(errno));
}

}  // namespace roomcast::app::bench
