#pragma once

#include <string>
#include <vector>

#include <roomcast/rooms.hpp>

namespace roomcast::core {

/// Adds rooms to a set of them, in the order given: to name a room twice is to name it once, also for where
/// an event is published.
void add_rooms(std::vector<std::string>& names, Rooms rooms);

}  // namespace roomcast::core
