#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <utility>

#include <boost/unordered/unordered_flat_map.hpp>

#include <loop/timer.hpp>
#include <roomcast/options.hpp>

namespace roomcast::engine {

/// How many clients there may be, in all and of one address, and how fast they may come.
///
/// Any thread. A server without such limits asks nothing here and takes no lock.
class Admission {
 public:
  explicit Admission(const ServerOptions& options);

  enum class Verdict : std::uint8_t { welcome, too_many, too_many_of_address, too_fast };

  /// A client's place. Whoever holds it counts; it is given back with it.
  class Place {
   public:
    Place() = default;
    Place(Admission& admission, std::string address) : admission_(&admission), address_(std::move(address)) {}
    Place(Place&& other) noexcept
        : admission_(std::exchange(other.admission_, nullptr)), address_(std::move(other.address_)) {}
    Place& operator=(Place&& other) noexcept {
      std::swap(admission_, other.admission_);
      std::swap(address_, other.address_);
      return *this;
    }
    ~Place() {
      if (admission_ != nullptr) admission_->leave(address_);
    }
    explicit operator bool() const noexcept { return admission_ != nullptr; }

   private:
    Admission* admission_ = nullptr;  // null: nobody counts
    std::string address_;
  };

  /// Takes a place if there is one.
  std::pair<Verdict, Place> enter(const std::string& address, loop::TimePoint now);

 private:
  friend class Place;
  void leave(const std::string& address);

  const std::size_t most_;
  const std::size_t most_of_address_;
  const double most_per_second_;
  std::mutex mutex_;  // guards the rest
  std::size_t clients_ = 0;
  boost::unordered_flat_map<std::string, std::size_t> by_address_;  // empty without that limit
  double spare_;                                                    // handshakes that may come at once
  loop::TimePoint counted_{};
};

}  // namespace roomcast::engine
