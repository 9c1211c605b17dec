#include "workload.hpp"

#include <algorithm>

#include <unistd.h>

#include "broadcasts.hpp"
#include "requests.hpp"

namespace roomcast::app::bench {
namespace {

constexpr int at_once = 1000;  // when late, so that reading goes on

/// Nothing is sent, and nothing may come.
class Silence final : public Workload {
 public:
  using Workload::Workload;
  void on_packet(const Client&, std::string_view) override { ++meter_.tally.corrupt; }
  std::uint64_t outstanding() const override { return 0; }

 private:
  void fill_windows() override {}
  void send_next(std::uint64_t, std::uint64_t) override {}
};

}  // namespace

Workload::Workload(const Options& options, EventLoop& loop, Clients& clients, Meter& meter)
    : options_(options),
      loop_(loop),
      clients_(clients),
      meter_(meter),
      format_(options.bytes, "bench-" + std::to_string(::getpid())) {}

std::string Workload::room_of(unsigned) const { return {}; }

void Workload::begin() {
  running_ = true;
  loop_.set_arrival();
  if (const std::optional<double> rate = sends_per_second())
    pacer_.emplace(*rate, now_ns());
  else
    fill_windows();
}

void Workload::send_due() {
  if (!running_ || !pacer_) return;
  const std::uint64_t now = now_ns();
  for (int i = 0; i < at_once && pacer_->due() <= now; ++i) {
    send_next(pacer_->count(), pacer_->due());
    pacer_->advance();
  }
}

std::uint64_t Workload::next_due() const { return running_ && pacer_ ? pacer_->due() : EventLoop::never; }

std::unique_ptr<Workload> make_workload(const Options& options, EventLoop& loop, Clients& clients,
                                        Meter& meter) {
  switch (options.mode) {
    case Mode::fanout:
    case Mode::rooms:
      return std::make_unique<Broadcasts>(options, loop, clients, meter);
    case Mode::echo:
    case Mode::polling:
      return std::make_unique<Echoes>(options, loop, clients, meter);
    case Mode::private_messages:
      return std::make_unique<PrivateMessages>(options, loop, clients, meter);
    case Mode::idle:
      break;
  }
  return std::make_unique<Silence>(options, loop, clients, meter);
}

}  // namespace roomcast::app::bench
