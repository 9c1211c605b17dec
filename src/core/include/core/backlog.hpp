#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <string>
#include <string_view>
#include <vector>

#include <boost/unordered/unordered_flat_map.hpp>

#include <core/backpressure_rules.hpp>
#include <core/encoded_packet.hpp>

namespace roomcast::core {

/// Packets that wait in front of a session which takes none at present, because a rule says that some of them
/// may still be dropped.
///
/// Invariants: each rule has a lane of its own, in the order of arrival, whose bytes never exceed the rule's
/// limit unless it is a single packet; packets without a rule have one too and are never dropped; numbers
/// grow with arrival, so that `pop` gives the packets of all lanes in order. No I/O; home loop.
class Backlog {
 public:
  /// `max_bytes` for rules that have no limit of their own.
  explicit Backlog(std::size_t max_bytes) : max_bytes_(max_bytes) {}

  /// What was dropped to make room for a packet.
  struct Dropped {
    std::uint32_t oldest = 0;
    std::uint32_t replaced = 0;
  };
  /// `rule` is null, drop_oldest or keep_latest; the key counts with the last.
  Dropped push(const EncodedPacket& packet, const BackpressureRule& rule, std::string key);
  bool empty() const noexcept { return lanes_.empty(); }
  void clear() noexcept {
    lanes_.clear();
    bytes_ = 0;
  }
  /// The oldest; there must be one.
  EncodedPacket pop();

  std::size_t bytes() const noexcept { return bytes_; }
  /// Of packets that may not be dropped.
  std::size_t kept_bytes() const noexcept;

 private:
  struct Waiting {
    EncodedPacket packet;
    std::uint64_t number;
    std::size_t bytes;
    std::string key;
  };
  struct Lane {
    BackpressureRule rule;
    std::list<Waiting> waiting{};
    std::size_t bytes = 0;
    // Keys view those in `waiting`.
    boost::unordered_flat_map<std::string_view, std::list<Waiting>::iterator> by_key{};
  };

  void drop(Lane& lane, std::list<Waiting>::iterator which);

  const std::size_t max_bytes_;
  std::vector<Lane> lanes_;  // none of them empty; a client is under few rules
  std::size_t bytes_ = 0;
  std::uint64_t next_number_ = 0;
};

}  // namespace roomcast::core
