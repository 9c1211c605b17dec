#include <utility>

#include <adapter/room_directory.hpp>

namespace roomcast::adapter {

bool RoomDirectory::add(std::string_view room, unsigned loop) {
  Stripe& here = stripe(room);
  const std::lock_guard lock(here.mutex);
  const auto found = here.rooms.find(room);
  if (found == here.rooms.end()) return here.rooms.emplace(std::string(room), Holders{bit(loop), 0}), true;
  return std::exchange(found->second.members, found->second.members | bit(loop)) == 0;
}

bool RoomDirectory::remove(std::string_view room, unsigned loop) {
  Stripe& here = stripe(room);
  const std::lock_guard lock(here.mutex);
  const auto found = here.rooms.find(room);
  if (found == here.rooms.end()) return false;
  found->second.members &= ~bit(loop);
  const bool gone = found->second.members == 0;
  if (gone && found->second.announced == 0) here.rooms.erase(found);
  return gone;
}

void RoomDirectory::announce(std::string_view room, LoopMask loops) {
  Stripe& here = stripe(room);
  const std::lock_guard lock(here.mutex);
  const auto found = here.rooms.find(room);
  if (found == here.rooms.end()) {
    here.rooms.emplace(std::string(room), Holders{0, loops});
  } else {
    found->second.announced |= loops;
  }
}

void RoomDirectory::withdraw(std::string_view room, unsigned loop) {
  Stripe& here = stripe(room);
  const std::lock_guard lock(here.mutex);
  const auto found = here.rooms.find(room);
  if (found == here.rooms.end()) return;
  found->second.announced &= ~bit(loop);
  if (found->second.announced == 0 && found->second.members == 0) here.rooms.erase(found);
}

LoopMask RoomDirectory::holders(std::string_view room) const {
  const Stripe& here = stripe(room);
  const std::lock_guard lock(here.mutex);
  const auto found = here.rooms.find(room);
  return found == here.rooms.end() ? 0 : found->second.members | found->second.announced;
}

std::size_t RoomDirectory::size() const {
  std::size_t sum = 0;
  for (const Stripe& one : stripes_) {
    const std::lock_guard lock(one.mutex);
    sum += one.rooms.size();
  }
  return sum;
}

std::vector<std::string> RoomDirectory::names() const {
  std::vector<std::string> all;
  for (const Stripe& one : stripes_) {
    const std::lock_guard lock(one.mutex);
    for (const auto& [room, holders] : one.rooms)
      if (holders.members != 0) all.push_back(room);
  }
  return all;
}

}  // namespace roomcast::adapter
