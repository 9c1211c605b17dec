#include <algorithm>
#include <chrono>

#include <engine/admission.hpp>

namespace roomcast::engine {
namespace {

Admission::Verdict verdict_of(net::Places::Verdict verdict) {
  switch (verdict) {
    case net::Places::Verdict::too_many:
      return Admission::Verdict::too_many;
    case net::Places::Verdict::too_many_of_address:
      return Admission::Verdict::too_many_of_address;
    case net::Places::Verdict::welcome:
      break;
  }
  return Admission::Verdict::welcome;
}

}  // namespace

Admission::Admission(const ServerOptions& options)
    : clients_(options.max_clients, options.max_clients_per_address),
      most_per_second_(options.max_handshakes_per_second),
      spare_(most_per_second_) {}

std::pair<Admission::Verdict, Admission::Place> Admission::enter(const std::string& address,
                                                                 loop::TimePoint now) {
  if (!may_come(now)) return {Verdict::too_fast, Place()};
  auto [verdict, place] = clients_.enter(address);
  if (verdict != net::Places::Verdict::welcome) has_not_come();
  return {verdict_of(verdict), std::move(place)};
}

bool Admission::may_come(loop::TimePoint now) {
  if (most_per_second_ == 0) return true;
  const std::lock_guard lock(mutex_);
  const std::chrono::duration<double> passed = now - counted_;
  spare_ = std::min(most_per_second_, spare_ + std::max(0.0, passed.count()) * most_per_second_);
  counted_ = std::max(now, counted_);
  if (spare_ < 1) return false;
  spare_ -= 1;
  return true;
}

void Admission::has_not_come() {
  if (most_per_second_ == 0) return;
  const std::lock_guard lock(mutex_);
  spare_ += 1;
}

}  // namespace roomcast::engine
