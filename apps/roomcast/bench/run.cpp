#include "run.hpp"

#include <algorithm>
#include <csignal>

#include "churn.hpp"
#include "crowd.hpp"
#include "progress.hpp"

namespace roomcast::app::bench {
namespace {

constexpr std::uint64_t plateau = 10'000;  // cycles, after which a server's pools and caches have their size

volatile std::sig_atomic_t interrupted = 0;

/// SIGINT and SIGTERM end the run; a second one ends the program.
void listen_to_signals() {
  struct sigaction action{};
  action.sa_handler = [](int) { interrupted = 1; };
  action.sa_flags = static_cast<int>(SA_RESETHAND);
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);
}

std::uint64_t nanoseconds(double seconds) { return static_cast<std::uint64_t>(seconds * 1e9); }

double seconds_since(std::uint64_t begin) { return static_cast<double>(now_ns() - begin) / 1e9; }

class Run {
 public:
  explicit Run(const Options& options)
      : options_(options), loop_(options.seed), progress_(options.progress, meter_) {
    for (const int pid : options.pids)
      result_.servers.push_back({.pid = pid, .before = {}, .connected = {}, .begin = {}, .end = {}});
    listen_to_signals();
    look(&ServerUse::before);
  }

  Result churn();
  Result converse();

 private:
  void look(Usage ServerUse::* stage) {
    for (ServerUse& server : result_.servers) server.*stage = usage_of_tree(server.pid);
  }
  bool is_over() const { return interrupted != 0 || meter_.tally.closed != 0; }
  void go_on_for(double seconds, Workload& workload);
  void drain(Workload& workload);

  const Options& options_;
  EventLoop loop_;
  Meter meter_;
  Progress progress_;
  Result result_;
};

void Run::go_on_for(double seconds, Workload& workload) {
  const std::uint64_t end = now_ns() + nanoseconds(seconds);
  for (std::uint64_t now; (now = now_ns()) < end && !is_over();) {
    workload.send_due();
    const std::uint64_t shown = progress_.show(now);
    loop_.turn(std::min({end, workload.next_due(), shown, now + 100'000'000}));
  }
}

// For as long as something comes: a server may have much to send.
void Run::drain(Workload& workload) {
  std::uint64_t seen = meter_.tally.delivered, since = now_ns();
  while (workload.outstanding() != 0 && !is_over() && seconds_since(since) < options_.drain) {
    loop_.turn(now_ns() + 10'000'000);
    if (meter_.tally.delivered == seen) continue;
    seen = meter_.tally.delivered;
    since = now_ns();
  }
  // What is there already may be a second copy of the last message.
  for (int i = 0; i < 10; ++i) loop_.turn(now_ns() + 1'000'000);
}

Result Run::converse() {
  Crowd crowd(options_, loop_, meter_);
  const std::unique_ptr<Workload> workload = make_workload(options_, loop_, crowd.clients(), meter_);
  crowd.serve(*workload);
  std::uint64_t since = now_ns();
  crowd.connect([] { return interrupted != 0; });
  result_.connect_seconds = seconds_since(since);
  look(&ServerUse::connected);

  go_on_for(options_.settle, *workload);
  workload->begin();
  if (!options_.is_idle()) go_on_for(options_.warmup, *workload);
  look(&ServerUse::begin);
  const double own = own_cpu_us();
  since = now_ns();
  meter_.measuring = true;
  go_on_for(options_.seconds, *workload);
  meter_.measuring = false;
  result_.seconds = seconds_since(since);
  result_.generator_cpu_us = own_cpu_us() - own;
  look(&ServerUse::end);

  workload->end();
  drain(*workload);
  result_.interrupted = interrupted != 0;
  // An interrupted run does not wait for what is under way, and says nothing of it.
  if (!result_.interrupted) meter_.tally.lost += workload->outstanding();
  result_.deliveries.resize(options_.endpoints.size());
  for (const auto& client : crowd.clients()) {
    const auto server = static_cast<std::size_t>(&client->endpoint() - options_.endpoints.data());
    result_.deliveries[server] += client->received();
  }
  result_.closed_of_stalled = crowd.closed_of_stalled();
  result_.first_loss = crowd.first_loss();
  result_.tally = meter_.tally;
  result_.latency = meter_.latency;
  return std::move(result_);
}

Result Run::churn() {
  Churn churn(options_, loop_, meter_);
  const auto is_over = [this, &churn] {
    progress_.show_cycles(now_ns(), churn.done());
    return this->is_over();
  };
  const std::uint64_t begin = now_ns();
  const double own = own_cpu_us();
  result_.plateau_cycles = std::min(plateau, (*options_.cycles + 9) / 10);
  churn.run_to(result_.plateau_cycles, is_over);
  look(&ServerUse::connected);
  look(&ServerUse::begin);
  churn.run_to(*options_.cycles, is_over);
  result_.seconds = result_.connect_seconds = seconds_since(begin);
  result_.generator_cpu_us = own_cpu_us() - own;
  look(&ServerUse::end);
  result_.cycles = churn.done();
  result_.interrupted = interrupted != 0;
  result_.tally = meter_.tally;
  return std::move(result_);
}

}  // namespace

double cpu_us(const Result& result, Usage ServerUse::* from, Usage ServerUse::* to) {
  double sum = 0;
  for (const ServerUse& server : result.servers) sum += (server.*to).cpu_us - (server.*from).cpu_us;
  return sum;
}

std::uint64_t rss_bytes(const Result& result, Usage ServerUse::* at) {
  std::uint64_t sum = 0;
  for (const ServerUse& server : result.servers) sum += (server.*at).rss_bytes;
  return sum;
}

Result run(const Options& options) {
  Run run(options);
  return options.cycles ? run.churn() : run.converse();
}

}  // namespace roomcast::app::bench
