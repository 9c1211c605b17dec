#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include <boost/unordered/unordered_flat_map.hpp>

namespace roomcast::net {

/// How many there may be of something, in all and of one address.
///
/// An IPv6 address counts together with its /64, since that is the least that anybody is given; an IPv4
/// address by itself, also where it is written as an IPv6 one; text that is no address by itself.
///
/// Any thread. Without limits nothing is counted and no lock is taken.
class Places {
 public:
  /// 0: no limit.
  Places(std::size_t most, std::size_t most_of_address) : most_(most), most_of_address_(most_of_address) {}

  enum class Verdict : std::uint8_t { welcome, too_many, too_many_of_address };

  /// Whoever holds it counts; it is given back with it. Must not outlive the Places.
  class Place {
   public:
    Place() = default;
    Place(Place&& other) noexcept
        : places_(std::exchange(other.places_, nullptr)), counted_as_(std::move(other.counted_as_)) {}
    Place& operator=(Place&& other) noexcept {
      std::swap(places_, other.places_);
      std::swap(counted_as_, other.counted_as_);
      return *this;
    }
    ~Place() {
      if (places_ != nullptr) places_->leave(counted_as_);
    }
    explicit operator bool() const noexcept { return places_ != nullptr; }

    /// A place that was taken without an address counts for this one from here on.
    /// @return false, with nothing changed, if there are too many of the address.
    bool count_for(std::string_view address);

   private:
    friend class Places;
    Place(Places& places, std::string counted_as) : places_(&places), counted_as_(std::move(counted_as)) {}

    Places* places_ = nullptr;  // null: nobody counts
    std::string counted_as_;    // empty: for no address
  };

  /// Takes a place if there is one. An empty address is nobody's: it counts in all only.
  std::pair<Verdict, Place> enter(std::string_view address);

  /// What an address counts as: itself, or for IPv6 its network (`2001:db8::/64`).
  static std::string counted_as(std::string_view address);

 private:
  std::string key(std::string_view address) const;
  bool count(const std::string& key);
  void leave(const std::string& key);

  const std::size_t most_;
  const std::size_t most_of_address_;
  std::mutex mutex_;  // guards the rest
  std::size_t all_ = 0;
  boost::unordered_flat_map<std::string, std::size_t> by_address_;  // empty without that limit
};

}  // namespace roomcast::net
