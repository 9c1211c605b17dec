#include "hang_ups.hpp"

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <exception>
#include <stdexcept>

#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <roomcast/logger.hpp>

namespace roomcast::app {
namespace {

// What the signal's handler and the destructor wake the thread with.
constexpr std::uint64_t hang_up = 1;
constexpr std::uint64_t stop = std::uint64_t{1} << 32;
std::atomic<int> event{-1};

void wake(std::uint64_t why) noexcept {
  const int before = errno;
  [[maybe_unused]] const auto written = ::write(event, &why, sizeof why);
  errno = before;
}

void reload(Server& server) {
  try {
    server.reload_tls();
  } catch (const std::exception& e) {
    log(LogLevel::error,
        "SIGHUP: the TLS files cannot be used, so the old ones stay: " + std::string(e.what()));
  }
}

}  // namespace

HangUps::HangUps(Server& server) {
  event = ::eventfd(0, EFD_CLOEXEC);
  if (event < 0) throw std::runtime_error("no eventfd");
  // The signals that stop the server are not for this thread.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, &before);
  thread_ = std::thread([&server] {
    for (std::uint64_t came = 0; (came & stop) == 0;) {
      if (::read(event, &came, sizeof came) < 0) continue;
      if ((came & ~stop) != 0) reload(server);
    }
  });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  struct sigaction action{};
  action.sa_handler = [](int) { wake(hang_up); };
  action.sa_flags = SA_RESTART;
  ::sigaction(SIGHUP, &action, nullptr);
}

HangUps::~HangUps() {
  ::signal(SIGHUP, SIG_IGN);
  wake(stop);
  thread_.join();
  ::close(event.exchange(-1));
}

}  // namespace roomcast::app
