#include <algorithm>
#include <array>
#include <future>
#include <thread>

#include <pthread.h>
#include <sys/resource.h>

#include <base/crypto.hpp>
#include <base/log.hpp>
#include <engine/server.hpp>

#include "worker.hpp"

namespace roomcast::engine {
namespace {

std::uint32_t random_process_tag() {
  std::array<unsigned char, 3> bytes;
  base::random_bytes(bytes);
  return static_cast<std::uint32_t>(bytes[0] << 16 | bytes[1] << 8 | bytes[2]) & 0x3FFFF;
}

unsigned thread_count(const ServerOptions& options) {
  if (options.threads != 0) return options.threads;
  return std::clamp(std::thread::hardware_concurrency(), 1U, loop::LoopPool::max_loops);
}

// A server has one descriptor per client; the soft limit is 1024 by default.
void raise_open_files() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= limit.rlim_max) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

/// Runs `f(worker)` on every loop and returns when all are done.
template <class Workers, class F>
void on_every_loop(Workers& workers, F f) {
  std::vector<std::future<void>> done;
  for (auto& worker : workers) {
    auto promise = std::make_shared<std::promise<void>>();
    done.push_back(promise->get_future());
    worker->loop.post([promise, &worker = *worker, f] {
      f(worker);
      promise->set_value();
    });
  }
  for (auto& one : done) one.wait();
}

}  // namespace

Server::Server(const ServerOptions& options, SessionAcceptor& acceptor, Routes& routes)
    : options_(options),
      acceptor_(acceptor),
      routes_(routes),
      timing_{options.ping_interval, options.ping_timeout},
      origins_(options),
      proxies_(options.trusted_proxies),
      tls_(options.tls ? std::make_unique<net::TlsSettings>(*options.tls) : nullptr),
      admission_(options),
      connection_places_(options.max_connections, options.max_connections_per_address),
      buffered_(options.max_total_buffered_bytes),
      process_tag_(random_process_tag()),
      loops_(thread_count(options)),
      service_loop_(loop::LoopPool::max_loops),
      listener_(service_loop_) {
  loops_.for_each([this](loop::Loop& loop) {
    loop::Loop::introduce(loop, service_loop_);
    workers_.push_back(std::make_unique<Worker>(*this, loop));
  });
}

Server::~Server() { close(); }

void Server::listen() {
  raise_open_files();
  listener_.listen(options_.host, options_.port, options_.reuse_port,
                   [this](net::Descriptor descriptor, net::PeerAddress peer) {
                     accept(std::move(descriptor), std::move(peer));
                   });
}

void Server::start() {
  started_ = true;
  loops_.start();
  service_thread_ = std::thread([this] { service_loop_.run(); });
  pthread_setname_np(service_thread_.native_handle(), "roomcast/serv");
}

void Server::accept(net::Descriptor descriptor, net::PeerAddress peer) {
  // A proxy's address is nobody's: who is behind it is said later, or not at all.
  const bool proxied = proxies_.trusts(peer.address);
  auto [verdict, taken] = connection_places_.enter(proxied ? std::string_view() : peer.address);
  if (verdict != net::Places::Verdict::welcome) return turn_away(descriptor, peer.address, verdict);
  // The fewest connections wins; of equals the first after the last choice, since counts lag behind.
  std::size_t best = next_worker_ % workers_.size();
  if (!options_.round_robin) {
    for (std::size_t i = 0; i < workers_.size(); ++i) {
      const std::size_t other = (next_worker_ + i) % workers_.size();
      if (workers_[other]->io->open_connections() < workers_[best]->io->open_connections()) best = other;
    }
  }
  next_worker_ = best + 1;
  Worker& worker = *workers_[best];
  worker.loop.post([this, &worker, proxied, descriptor = std::move(descriptor), peer = std::move(peer),
                    place = std::move(taken)]() mutable {
    auto connection = worker.adopt({.descriptor = std::move(descriptor), .place = std::move(place)}, {});
    // Nobody else may say who he is: a header from him is what any other bytes are.
    if (options_.proxy_protocol && proxied) return worker.proxied.add(std::move(connection), std::move(peer));
    worker.serve(*this, std::move(connection), std::move(peer));
  });
}

base::Metrics& Server::metrics(const loop::Loop& loop) noexcept { return workers_[loop.id()]->metrics; }

std::uint64_t Server::total(base::Counter base::Metrics::* which) const noexcept {
  std::uint64_t sum = 0;
  for (const auto& worker : workers_) sum += (worker->metrics.*which).value();
  return sum;
}

void Server::for_each_loop(const std::function<void(const LoopState&)>& f) const {
  for (const auto& worker : workers_)
    f({.id = worker->loop.id(),
       .counts = worker->metrics,
       .connections = worker->io->open_connections(),
       .sessions = worker->sessions.count(),
       .websocket_sessions = worker->sessions.websockets(),
       .buffered_bytes = worker->buffered.value(),
       .bytes_received = worker->io->bytes_received(),
       .bytes_sent = worker->io->bytes_sent(),
       .mailbox_depth = worker->loop.mailbox_depth()});
}

std::size_t Server::clients_count() const noexcept {
  std::size_t sum = 0;
  for (const auto& worker : workers_) sum += worker->sessions.count();
  return sum;
}

void Server::close(const Closing& closing) {
  const std::lock_guard lock(close_mutex_);  // who comes second waits for the first
  if (!std::exchange(started_, false)) return listener_.close();
  draining_ = true;
  const auto deadline = loop::Clock::now() + options_.drain_timeout;
  std::promise<void> closed;
  service_loop_.post([&] {
    listener_.close();
    closed.set_value();
  });
  closed.get_future().wait();
  on_every_loop(workers_, [](Worker& worker) {
    worker.proxied.clear();
    worker.http.drain();  // first, so that the answers below say that their connections close
    worker.sessions.shut_down();
  });
  // What is left are peers that have not taken their last bytes or not closed their half yet.
  auto open = [this] {
    std::size_t sum = 0;
    for (const auto& worker : workers_) sum += worker->io->open_connections();
    return sum;
  };
  while ((open() > 0 || (closing.busy && closing.busy())) && loop::Clock::now() < deadline)
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  on_every_loop(workers_, [](Worker& worker) { worker.io->end_all(); });
  if (closing.before_stopping) closing.before_stopping();
  loops_.stop_and_join();
  service_loop_.stop();
  service_thread_.join();
}

}  // namespace roomcast::engine
