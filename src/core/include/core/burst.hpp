#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include <core/encoded_packet.hpp>
#include <core/namespace_state.hpp>
#include <loop/loop.hpp>

namespace roomcast::core {

/// Broadcasts of one turn to the same sockets of one loop, put off until the turn ends or something else is
/// done to any socket of the loop: then each socket is met once for all of them, and a websocket is sent them
/// in one piece. Much of what a recipient costs is looking at what belongs to it, and that does not grow with
/// the number of messages.
///
/// Home loop only.
class Burst final : public loop::Deferred {
 public:
  /// For fewer recipients it does not pay.
  static constexpr std::size_t fewest = 16;
  /// Of a burst, in bytes and in packets.
  static constexpr std::size_t most_bytes = 64 * 1024;
  static constexpr std::size_t most_packets = 256;

  explicit Burst(loop::Loop& loop) : loop_(loop) {}

  /// The packet is under no rule, and not volatile.
  void add(NamespaceState& nsp, const Target& target, const EncodedPacket& packet);

 private:
  struct Waiting {
    std::shared_ptr<NamespaceState> nsp;  // null: nothing waits
    Target target;
    std::vector<EncodedPacket> packets;
    std::size_t bytes = 0;
  };
  void settle() override;

  loop::Loop& loop_;
  Waiting waiting_;
};

}  // namespace roomcast::core
