#include "event_loop.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <ctime>
#include <system_error>

#include <sys/epoll.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "connection.hpp"

namespace roomcast::app::bench {

std::uint64_t now_ns() {
  timespec time;
  ::clock_gettime(CLOCK_MONOTONIC, &time);
  return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000 + static_cast<std::uint64_t>(time.tv_nsec);
}

EventLoop::EventLoop(std::uint64_t seed)
    : epoll_(::epoll_create1(EPOLL_CLOEXEC)),
      random_(seed * 0x9E3779B97F4A7C15 + 0x2545F4914F6CDD1D),
      buffer_(new char[buffer_size]) {
  if (epoll_ < 0) throw std::system_error(errno, std::generic_category(), "epoll_create1");
  if (random_ == 0) random_ = 1;           // the generator would stay there
  ::prctl(PR_SET_TIMERSLACK, 1, 0, 0, 0);  // what is due is sent then, not 50 µs later
}

EventLoop::~EventLoop() { ::close(epoll_); }

// xorshift64*
std::uint32_t EventLoop::random() {
  random_ ^= random_ >> 12;
  random_ ^= random_ << 25;
  random_ ^= random_ >> 27;
  return static_cast<std::uint32_t>((random_ * 0x2545F4914F6CDD1D) >> 32);
}

void EventLoop::watch(int descriptor, Connection& connection) {
  epoll_event event{};
  event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
  event.data.ptr = &connection;
  if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, descriptor, &event) != 0)
    throw std::system_error(errno, std::generic_category(), "epoll_ctl");
}

void EventLoop::flush() {
  for (std::size_t i = 0; i < to_flush_.size(); ++i) to_flush_[i]->flush();  // an end may add to them
  to_flush_.clear();
}

void EventLoop::turn(std::uint64_t until) {
  flush();
  std::array<epoll_event, 512> events;
  const std::uint64_t now = now_ns();
  const std::uint64_t left = until > now ? until - now : 0;
  timespec timeout;
  timeout.tv_sec = static_cast<time_t>(std::min<std::uint64_t>(left / 1'000'000'000, 3600));
  timeout.tv_nsec = static_cast<long>(left % 1'000'000'000);
  const int count = ::epoll_pwait2(epoll_, events.data(), static_cast<int>(events.size()), &timeout, nullptr);
  for (int i = 0; i < count; ++i) {
    const epoll_event& event = events[static_cast<std::size_t>(i)];
    static_cast<Connection*>(event.data.ptr)->on_events(event.events);
  }
}

}  // namespace roomcast::app::bench
