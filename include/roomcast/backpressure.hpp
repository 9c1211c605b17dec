#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

#include <roomcast/value.hpp>

namespace roomcast {

/// What happens to events for a client that does not take what it is sent: the kernel refuses its bytes, or
/// no GET of it is pending.
enum class Overflow : std::uint8_t {
  disconnect,     ///< they wait; with more than `max_bytes` the client is closed as a slow consumer
  drop_volatile,  ///< they are dropped, as if each were volatile
  drop_oldest,    ///< they wait; of more than `max_bytes` the oldest are dropped
  keep_latest,    ///< of those that wait under one key only the last is kept; else as drop_oldest
};

/// A rule for events to the clients of a namespace or of a room; see Namespace::backpressure.
///
/// It is about emits and broadcasts, also those of other servers of the cluster, which each server treats by
/// its own rules. It never drops an event that wants an answer, nor an answer. What is left still arrives in
/// the order in which it was sent. Bytes of the present turn do not count: a client that keeps up loses
/// nothing, whatever is sent to it at once.
struct Backpressure {
  /// What happens.
  Overflow overflow = Overflow::disconnect;
  /// How much may wait for one client, in bytes: of this rule's events; with `disconnect`, of all. 0 means as
  /// much as `max_buffered_bytes`.
  std::size_t max_bytes = 0;
  /// For keep_latest: events with the same answer replace each other; without it the event's name decides.
  /// May be called on any loop, once for each event that a client cannot take at once; must not throw.
  std::function<std::string(const std::string& event, const Args& args)> key{};
};

}  // namespace roomcast
