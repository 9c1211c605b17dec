#pragma once

#include <optional>
#include <string>

#include <core/backpressure_rules.hpp>
#include <core/encoded_packet.hpp>

namespace roomcast::core {

/// How a packet is treated by clients that cannot take it at once. Of one loop: its recipients there share
/// it.
struct Delivery {
  bool volatile_packet = false;
  BackpressureRule rule{};
  std::optional<std::string> key{};  ///< what the rule's key says of the packet, once somebody has asked

  /// Whether it goes to clients that can take it at once, and to nobody else.
  bool now_or_never() const noexcept {
    return volatile_packet || (rule && rule->overflow == Overflow::drop_volatile);
  }
  /// Whether it may be dropped while it waits.
  bool droppable() const noexcept {
    return rule && (rule->overflow == Overflow::drop_oldest || rule->overflow == Overflow::keep_latest);
  }
};

}  // namespace roomcast::core
