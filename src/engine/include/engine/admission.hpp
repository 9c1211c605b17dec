#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <utility>

#include <loop/timer.hpp>
#include <net/places.hpp>
#include <roomcast/options.hpp>

namespace roomcast::engine {

/// How many clients there may be, in all and of one address, and how fast they may come.
///
/// Any thread. A server without such limits asks nothing here and takes no lock.
class Admission {
 public:
  explicit Admission(const ServerOptions& options);

  enum class Verdict : std::uint8_t { welcome, too_many, too_many_of_address, too_fast };
  using Place = net::Places::Place;

  /// Takes a place if there is one.
  std::pair<Verdict, Place> enter(const std::string& address, loop::TimePoint now);

 private:
  bool may_come(loop::TimePoint now);
  void has_not_come();

  net::Places clients_;
  const double most_per_second_;
  std::mutex mutex_;  // guards the rest
  double spare_;      // handshakes that may come at once
  loop::TimePoint counted_{};
};

}  // namespace roomcast::engine
