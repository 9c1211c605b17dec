#include <utility>

#include <adapter/room_directory.hpp>

namespace roomcast::adapter {

// @return whether no loop is left.
bool RoomDirectory::take_out(Rooms& rooms, std::string_view room, LoopMask loops) {
  const auto found = rooms.find(room);
  if (found == rooms.end() || (found->second &= ~loops) != 0) return false;
  rooms.erase(found);
  return true;
}

bool RoomDirectory::add(std::string_view room, unsigned loop) {
  Stripe& here = stripe(room);
  const std::lock_guard lock(here.mutex);
  const auto found = here.members.find(room);
  if (found == here.members.end())
    return here.members.emplace(Name(room.data(), room.size()), bit(loop)), true;
  found->second |= bit(loop);
  return false;
}

bool RoomDirectory::remove(std::string_view room, unsigned loop) {
  Stripe& here = stripe(room);
  const std::lock_guard lock(here.mutex);
  return take_out(here.members, room, bit(loop));
}

void RoomDirectory::announce(std::string_view room, LoopMask loops) {
  if (loops == 0) return;  // nobody would ever withdraw it
  Stripe& here = stripe(room);
  const std::lock_guard lock(here.mutex);
  here.announced[Name(room.data(), room.size())] |= loops;
}

void RoomDirectory::withdraw(std::string_view room, unsigned loop) {
  Stripe& here = stripe(room);
  const std::lock_guard lock(here.mutex);
  take_out(here.announced, room, bit(loop));
}

LoopMask RoomDirectory::holders(std::string_view room) const {
  const Stripe& here = stripe(room);
  const std::lock_guard lock(here.mutex);
  const auto members = here.members.find(room);
  LoopMask loops = members == here.members.end() ? 0 : members->second;
  if (here.announced.empty()) return loops;
  const auto announced = here.announced.find(room);
  return announced == here.announced.end() ? loops : loops | announced->second;
}

std::size_t RoomDirectory::size() const {
  std::size_t sum = 0;
  for (const Stripe& one : stripes_) {
    const std::lock_guard lock(one.mutex);
    sum += one.members.size();
  }
  return sum;
}

std::vector<std::string> RoomDirectory::names() const {
  std::vector<std::string> all;
  for (const Stripe& one : stripes_) {
    const std::lock_guard lock(one.mutex);
    for (const auto& [room, loops] : one.members) all.emplace_back(view(room));
  }
  return all;
}

}  // namespace roomcast::adapter
