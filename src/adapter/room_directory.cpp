#include <adapter/room_directory.hpp>

namespace roomcast::adapter {

void RoomDirectory::add(std::string_view room, unsigned loop) {
  Stripe& here = stripe(room);
  const std::lock_guard lock(here.mutex);
  const auto found = here.rooms.find(room);
  if (found == here.rooms.end()) {
    here.rooms.emplace(std::string(room), bit(loop));
  } else {
    found->second |= bit(loop);
  }
}

void RoomDirectory::remove(std::string_view room, unsigned loop) {
  Stripe& here = stripe(room);
  const std::lock_guard lock(here.mutex);
  const auto found = here.rooms.find(room);
  if (found == here.rooms.end()) return;
  found->second &= ~bit(loop);
  if (found->second == 0) here.rooms.erase(found);
}

LoopMask RoomDirectory::holders(std::string_view room) const {
  const Stripe& here = stripe(room);
  const std::lock_guard lock(here.mutex);
  const auto found = here.rooms.find(room);
  return found == here.rooms.end() ? 0 : found->second;
}

std::size_t RoomDirectory::size() const {
  std::size_t sum = 0;
  for (const Stripe& one : stripes_) {
    const std::lock_guard lock(one.mutex);
    sum += one.rooms.size();
  }
  return sum;
}

}  // namespace roomcast::adapter
