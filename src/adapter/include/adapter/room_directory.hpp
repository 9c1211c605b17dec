#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include <boost/container/string.hpp>
#include <boost/unordered/unordered_flat_map.hpp>

namespace roomcast::adapter {

/// A set of loops: bit N is the loop with id N.
using LoopMask = std::uint64_t;

/// Which loops hold members of each room of one namespace: how an emit finds the loops that it must post to.
///
/// Written when a loop's first member joins a room or its last one leaves, read once per emit and room. The
/// only lock on the message path is one stripe of this. Any thread.
class RoomDirectory {
 public:
  RoomDirectory() = default;
  RoomDirectory(const RoomDirectory&) = delete;
  RoomDirectory& operator=(const RoomDirectory&) = delete;

  /// The loop has its first member of the room. @return whether it is the first of all loops: the room is
  /// new.
  bool add(std::string_view room, unsigned loop);
  /// The loop has lost its last member. @return whether it was the last of all loops: the room is gone.
  bool remove(std::string_view room, unsigned loop);
  /// Sockets of these loops are about to be told to join: emits that follow go there already.
  void announce(std::string_view room, LoopMask loops);
  /// The loop has done what was announced.
  void withdraw(std::string_view room, unsigned loop);
  /// The loops that an emit to the room must be posted to.
  LoopMask holders(std::string_view room) const;

  /// The loops that hold any socket of the namespace at all.
  void add_sockets(unsigned loop) noexcept { anybody_.fetch_or(bit(loop), std::memory_order_release); }
  void remove_sockets(unsigned loop) noexcept { anybody_.fetch_and(~bit(loop), std::memory_order_release); }
  LoopMask anybody() const noexcept { return anybody_.load(std::memory_order_acquire); }

  /// How many rooms there are on all loops.
  std::size_t size() const;
  /// All rooms with members, in no order.
  std::vector<std::string> names() const;

 private:
  // Every socket has a room named by its id: 20 characters, which this string holds without an allocation.
  using Name = boost::container::string;
  static std::string_view view(const Name& name) noexcept { return {name.data(), name.size()}; }
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view room) const noexcept {
      return std::hash<std::string_view>{}(room);
    }
    std::size_t operator()(const Name& room) const noexcept { return (*this)(view(room)); }
  };
  struct Equal {
    using is_transparent = void;
    bool operator()(const Name& a, const Name& b) const noexcept { return view(a) == view(b); }
    bool operator()(std::string_view a, const Name& b) const noexcept { return a == view(b); }
    bool operator()(const Name& a, std::string_view b) const noexcept { return view(a) == b; }
  };
  using Rooms = boost::unordered_flat_map<Name, LoopMask, Hash, Equal>;
  struct alignas(64) Stripe {
    mutable std::mutex mutex;
    Rooms members;    // no entry without a loop
    Rooms announced;  // the same, of the few rooms that are about to be joined from elsewhere
  };
  static constexpr std::size_t stripe_count = 64;

  static LoopMask bit(unsigned loop) noexcept { return LoopMask{1} << loop; }
  static bool take_out(Rooms& rooms, std::string_view room, LoopMask loops);
  Stripe& stripe(std::string_view room) const noexcept { return stripes_[Hash{}(room) >> 58]; }
  static_assert(stripe_count == 64 && sizeof(std::size_t) == 8, "the stripe is the hash's top 6 bits");

  mutable std::array<Stripe, stripe_count> stripes_;
  std::atomic<LoopMask> anybody_{0};
};

}  // namespace roomcast::adapter
