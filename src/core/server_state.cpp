#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <future>
#include <list>
#include <mutex>
#include <stdexcept>
#include <thread>

#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <base/log.hpp>
#include <core/admin_port.hpp>
#include <core/client.hpp>
#include <core/server_state.hpp>
#include <engine/cookie.hpp>

namespace roomcast::core {
namespace {

void require(bool good, const char* what) {
  if (!good) throw std::invalid_argument(what);
}

ServerOptions checked(ServerOptions options) {
  require(options.threads <= loop::LoopPool::max_loops, "threads must be between 1 and 64 (0: one per core)");
  require(options.path.starts_with('/') && options.path.size() > 1,
          "path must begin with / and name something");
  require(options.polling || options.websocket,
          "polling and websocket are both off: no client could connect");
  require(options.ping_interval.count() > 0, "ping_interval must be positive");
  require(options.ping_timeout.count() > 0, "ping_timeout must be positive");
  require(options.upgrade_timeout.count() > 0, "upgrade_timeout must be positive");
  require(options.connect_timeout.count() > 0, "connect_timeout must be positive");
  require(options.max_http_buffer_size > 0, "max_http_buffer_size must be positive");
  require(options.max_event_labels <= 10'000, "max_event_labels must be 10,000 at most");
  require(options.max_buffered_bytes > 0, "max_buffered_bytes must be positive");
  require(options.max_namespaces_per_client > 0, "max_namespaces_per_client must be positive");
  require(options.max_handshakes_per_second == 0 || options.max_handshakes_per_second >= 1,
          "max_handshakes_per_second must be at least 1 (0: no limit)");
  require(!options.per_message_deflate ||
              (options.per_message_deflate->level >= 1 && options.per_message_deflate->level <= 9),
          "per_message_deflate.level must be between 1 and 9");
  if (options.cookie) {
    if (const std::string fault = engine::cookie_fault(*options.cookie); !fault.empty())
      throw std::invalid_argument(fault);
  }
  require(!options.proxy_protocol || !options.trusted_proxies.empty(),
          "proxy_protocol needs trusted_proxies: whoever may say who its clients are");
  for (const std::string& origin : options.cors.origin)
    require(origin != "*" || !options.cors.credentials,
            "cors.credentials cannot go with the origin *: any site could act for your users");
  if (options.threads == 0)
    options.threads = std::clamp(std::thread::hardware_concurrency(), 1U, loop::LoopPool::max_loops);
  if (options.io == IoChoice::automatic) options.io = IoChoice::epoll;
  return options;
}

/// Signals that this thread, and those it starts meanwhile, are not interrupted by but read.
class BlockedSignals {
 public:
  BlockedSignals(std::initializer_list<int> signals) {
    sigset_t set;
    sigemptyset(&set);
    for (const int signal : signals) sigaddset(&set, signal);
    pthread_sigmask(SIG_BLOCK, &set, &before_);
    descriptor_ = net::Descriptor(::signalfd(-1, &set, SFD_CLOEXEC));
  }
  ~BlockedSignals() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  BlockedSignals(const BlockedSignals&) = delete;
  BlockedSignals& operator=(const BlockedSignals&) = delete;

  int descriptor() const noexcept { return descriptor_.get(); }
  /// Takes one that has come. @return its number.
  int take() const noexcept {
    signalfd_siginfo info{};
    [[maybe_unused]] const auto got = ::read(descriptor_.get(), &info, sizeof info);
    return static_cast<int>(info.ssi_signo);
  }

 private:
  sigset_t before_;
  net::Descriptor descriptor_;
};

/// Servers that were destroyed by their own handlers and cannot wait for their own threads. The process does,
/// before it ends.
class Endings {
 public:
  ~Endings() {
    for (Ending& one : all_) one.thread.join();
  }
  void begin(std::unique_ptr<ServerState> state) {
    const std::lock_guard lock(mutex_);
    all_.remove_if([](Ending& one) {
      if (!one.done) return false;
      one.thread.join();
      return true;
    });
    Ending& one = all_.emplace_back();
    one.thread = std::thread([&one, ended = std::move(state)]() mutable {
      ended.reset();
      one.done = true;
    });
  }

 private:
  struct Ending {
    std::thread thread;
    std::atomic<bool> done{false};
  };
  std::mutex mutex_;  // guards the list
  std::list<Ending> all_;
};

}  // namespace

ServerState::ServerState(ServerOptions options)
    : asked_(std::move(options)),
      options_(std::make_shared<const ServerOptions>(checked(asked_))),
      decoder_limits_{
          .max_attachments = options_->max_attachments,
          .max_bytes = options_->max_http_buffer_size * (options_->max_attachments + std::size_t{1})},
      monitoring_(*this),
      routes_(*options_, monitoring_),
      hooks_(*this),
      event_names_(options_->max_event_labels),
      engine_(*options_, *this, routes_),
      closed_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  engine_.loops().for_each([this](loop::Loop& loop) {
    event_counts_.emplace_back(event_names_.capacity());
    bursts_.push_back(std::make_unique<Burst>(loop));
  });
  root_ = of("/");
  if (options_->adapter) use_adapter(*options_->adapter);
}

ServerState::~ServerState() {
  close();
  if (closer_.joinable()) closer_.join();
  for (const auto& [name, nsp] : namespaces_) nsp->end();
  for (const auto& parent : *parents_) parent->end();
}

std::vector<std::pair<std::string, std::uint64_t>> ServerState::received_events() const {
  std::vector<std::pair<std::string, std::uint64_t>> all;
  for (std::string& name : event_names_.names()) all.emplace_back(std::move(name), 0);
  for (const auto& counts : event_counts_)
    for (std::size_t i = 0; i < all.size(); ++i) all[i].second += counts[i].value();
  return all;
}

RequestHooks& ServerState::hooks(std::string_view who) {
  const std::unique_lock lock(mutex_);
  if (listening_) throw std::logic_error(std::string(who) + "() is called before the server listens");
  engine_.set_hooks(hooks_);
  return hooks_;
}

std::optional<std::string> ServerState::refusal(const net::HttpRequest& request) {
  return core::refusal(*options_, request);
}

std::unique_ptr<engine::SessionHandler> ServerState::on_session(engine::Session& session,
                                                                const net::HttpRequest& request) {
  return std::make_unique<Client>(*this, session, request);
}

void ServerState::use_adapter(const AdapterFactory& factory) {
  const std::unique_lock lock(mutex_);
  if (listening_ || cluster_) throw std::logic_error("adapter() is called once, before the server listens");
  cluster_ = factory.make(engine_.service_loop());
  cluster_required_ = factory.required();
  cluster_->on_server_lost([this](const std::string& name) {
    for (const auto& f : lost_handlers_) f(name);
  });
  for (const auto& [name, nsp] : namespaces_) nsp->attach(*cluster_);
  monitoring_.readiness().add("cluster", [cluster = cluster_.get()] { return cluster->why_not_ready(); });
}

void ServerState::on_server_lost(std::function<void(std::string)> f) {
  lost_handlers_.push_back(std::move(f));
}

void ServerState::listen() {
  if (listening_) return;
  engine_.listen();
  if (options_->admin_port) {
    admin_ = std::make_unique<AdminPort>(engine_.service_loop(), monitoring_);
    admin_->listen(options_->admin_host, *options_->admin_port);
    admin_port_ = admin_->port();
  }
  log_start();
  engine_.start();
  serving_.store(true, std::memory_order_release);
  listening_ = true;
  if (cluster_) join_cluster();
}

// Waits a little, so that a server which says that it listens hears the others too.
void ServerState::join_cluster() {
  engine_.service_loop().post([this] { cluster_->start(); });
  const auto deadline =
      loop::Clock::now() + (cluster_required_ ? std::chrono::seconds(10) : std::chrono::seconds(1));
  while (!cluster_->ready() && loop::Clock::now() < deadline)
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  if (cluster_->ready()) return base::log::info("cluster: joined, {}", cluster_->description());
  const std::string why_not = cluster_->why_not_ready();
  if (cluster_required_) {
    close();
    throw std::runtime_error("cannot join the cluster: " + cluster_->description() + ": " + why_not);
  }
  base::log::warn("cluster: not joined, {}: {}; serving alone until that has changed",
                  cluster_->description(), why_not);
}

void ServerState::run(const std::function<void()>& on_listening) {
  // The loops' threads block every signal, so only this thread and its watcher hear of these.
  const BlockedSignals stop_signals{SIGINT, SIGTERM};
  listen();
  if (on_listening) on_listening();
  pollfd waits[] = {{stop_signals.descriptor(), POLLIN, 0}, {closed_.get(), POLLIN, 0}};
  while (::poll(waits, 2, -1) < 0 && errno == EINTR) {
  }
  if (waits[1].revents != 0) return;
  stop_signals.take();
  base::log::info("stop signal: closing; a second one ends the process at once");
  std::thread watcher([this, &stop_signals] {
    pollfd either[] = {{stop_signals.descriptor(), POLLIN, 0}, {closed_.get(), POLLIN, 0}};
    while (::poll(either, 2, -1) < 0 && errno == EINTR) {
    }
    if (either[0].revents != 0) std::_Exit(128 + stop_signals.take());
  });
  close();
  watcher.join();
}

void ServerState::close() {
  if (!engine_.loops().here()) return close_now();
  const std::unique_lock lock(mutex_);
  if (!closer_.joinable()) closer_ = std::thread([this] { close_now(); });
}

void ServerState::end(std::unique_ptr<ServerState>& state) {
  if (!state->engine_.loops().here()) return state->close();
  static Endings endings;
  endings.begin(std::move(state));
}

void ServerState::close_now() {
  serving_.store(false, std::memory_order_release);
  engine_.close({.busy = [this] { return farewells_.load() > 0; },
                 .before_stopping =
                     [this] {
                       if (!cluster_) return;
                       auto closed = std::make_shared<std::promise<void>>();
                       engine_.service_loop().post(
                           [this, closed] { cluster_->close([closed] { closed->set_value(); }); });
                       closed->get_future().wait_for(std::chrono::seconds(2));
                     }});
  std::unique_ptr<AdminPort> admin;  // ends here: its loop has stopped
  {
    const std::unique_lock lock(mutex_);
    admin.swap(admin_);
  }
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(closed_.get(), &one, sizeof one);
}

}  // namespace roomcast::core
