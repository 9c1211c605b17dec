#include <algorithm>
#include <chrono>

#include <engine/admission.hpp>

namespace roomcast::engine {

Admission::Admission(const ServerOptions& options)
    : most_(options.max_clients),
      most_of_address_(options.max_clients_per_address),
      most_per_second_(options.max_handshakes_per_second),
      spare_(most_per_second_) {}

std::pair<Admission::Verdict, Admission::Place> Admission::enter(const std::string& address,
                                                                 loop::TimePoint now) {
  if (most_ == 0 && most_of_address_ == 0 && most_per_second_ == 0) return {Verdict::welcome, Place()};
  const std::lock_guard lock(mutex_);
  if (most_per_second_ != 0) {
    const std::chrono::duration<double> passed = now - counted_;
    spare_ = std::min(most_per_second_, spare_ + std::max(0.0, passed.count()) * most_per_second_);
    counted_ = std::max(now, counted_);
    if (spare_ < 1) return {Verdict::too_fast, Place()};
  }
  if (most_ != 0 && clients_ >= most_) return {Verdict::too_many, Place()};
  if (most_of_address_ != 0) {
    std::size_t& same = by_address_[address];
    if (same >= most_of_address_) return {Verdict::too_many_of_address, Place()};
    ++same;
  }
  ++clients_;
  if (most_per_second_ != 0) spare_ -= 1;
  return {Verdict::welcome, Place(*this, address)};
}

void Admission::leave(const std::string& address) {
  const std::lock_guard lock(mutex_);
  --clients_;
  if (most_of_address_ == 0) return;
  const auto found = by_address_.find(address);
  if (--found->second == 0) by_address_.erase(found);
}

}  // namespace roomcast::engine
