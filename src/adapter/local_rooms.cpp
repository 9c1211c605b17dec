#include <algorithm>
#include <utility>

#include <adapter/local_rooms.hpp>

namespace roomcast::adapter {

LocalRooms::Place::~Place() {
  if (bits_ != 0 && owner() == nullptr) delete &room();
}

LocalRooms::~LocalRooms() = default;

void LocalRooms::add(RoomMember& member, std::string_view own_room) {
  member.own_name_ = own_room.data();
  member.own_size_ = static_cast<std::uint32_t>(own_room.size());
  member.place_ = static_cast<std::uint32_t>(all_.size());
  all_.push_back(&member);
  size_.set(all_.size());
  if (all_.size() == 1) directory_.add_sockets(loop_);
  if (!own_room.empty()) join(member, own_room);
}

void LocalRooms::remove(RoomMember& member) {
  while (!member.memberships_.empty()) leave_at(member, member.memberships_.size() - 1);
  member.memberships_.shrink_to_fit();
  if (member.alone_) leave_own(member);
  if (member.place_ >= all_.size() || all_[member.place_] != &member) return;
  all_.back()->place_ = member.place_;
  all_[member.place_] = all_.back();
  all_.pop_back();
  size_.set(all_.size());
  if (all_.empty()) directory_.remove_sockets(loop_);
}

bool LocalRooms::is_in(const RoomMember& member, std::string_view room) const {
  if (member.alone_ && member.own_room() == room) return true;
  return std::ranges::any_of(member.memberships_, [&](const auto& one) { return one.room->name == room; });
}

bool LocalRooms::join(RoomMember& member, std::string_view name) {
  if (is_in(member, name)) return false;
  const auto found = rooms_.find(name);
  if (found == rooms_.end()) {
    if (name == member.own_room() && !name.empty()) {
      rooms_.emplace(member.own_room(), Place(member));
      member.alone_ = true;
    } else {
      enter(member, make(name));
    }
    const bool is_new = directory_.add(name, loop_);
    if (is_new && observer_ != nullptr) observer_->on_create(name);
  } else if (RoomMember* owner = found->second.owner()) {
    // From now on it is a room like any other.
    rooms_.erase(found);
    owner->alone_ = false;
    Room& room = make(name);
    enter(*owner, room);
    enter(member, room);
  } else {
    enter(member, found->second.room());
  }
  if (observer_ != nullptr) observer_->on_join(name, member);
  return true;
}

Room& LocalRooms::make(std::string_view name) {
  auto made = std::make_unique<Room>(Room{std::string(name), {}});
  Room& room = *made;
  rooms_.emplace(room.name, Place(std::move(made)));
  return room;
}

void LocalRooms::enter(RoomMember& member, Room& room) {
  member.memberships_.push_back({&room, static_cast<std::uint32_t>(room.members.size())});
  room.members.push_back({&member, static_cast<std::uint32_t>(member.memberships_.size() - 1)});
}

bool LocalRooms::leave(RoomMember& member, std::string_view name) {
  if (member.alone_ && member.own_room() == name) return leave_own(member), true;
  for (std::size_t i = 0; i < member.memberships_.size(); ++i) {
    if (member.memberships_[i].room->name != name) continue;
    leave_at(member, i);
    return true;
  }
  return false;
}

// Both sides of the membership are filled from their last entry, whose counterparts then learn its new place.
void LocalRooms::leave_at(RoomMember& member, std::size_t membership) {
  const auto [room, at] = member.memberships_[membership];
  room->members[at] = room->members.back();
  room->members.pop_back();
  if (at < room->members.size()) {
    const Room::Entry& moved = room->members[at];
    moved.member->memberships_[moved.membership].at = at;
  }
  member.memberships_[membership] = member.memberships_.back();
  member.memberships_.pop_back();
  if (membership < member.memberships_.size()) {
    const auto& moved = member.memberships_[membership];
    moved.room->members[moved.at].membership = static_cast<std::uint32_t>(membership);
  }
  const bool last = room->members.empty();
  left(room->name, member, last);
  if (last) rooms_.erase(rooms_.find(room->name));
}

void LocalRooms::leave_own(RoomMember& member) {
  member.alone_ = false;
  rooms_.erase(rooms_.find(member.own_room()));
  left(member.own_room(), member, true);
}

void LocalRooms::left(std::string_view room, const RoomMember& member, bool last) {
  if (observer_ != nullptr) observer_->on_leave(room, member);
  if (!last) return;
  const bool gone = directory_.remove(room, loop_);
  if (gone && observer_ != nullptr) observer_->on_delete(room);
}

std::size_t LocalRooms::at_most(const Selection& selection) const {
  if (selection.rooms.empty()) return all_.size();
  std::size_t sum = 0;
  for (const std::string& name : selection.rooms) {
    const auto found = rooms_.find(name);
    if (found == rooms_.end()) continue;
    sum += found->second.owner() != nullptr ? 1 : found->second.room().members.size();
  }
  return sum;
}

std::vector<std::string> LocalRooms::rooms_of(const RoomMember& member) const {
  std::vector<std::string> names;
  names.reserve(member.memberships_.size() + 1);
  if (member.alone_) names.emplace_back(member.own_room());
  for (const auto& one : member.memberships_) names.push_back(one.room->name);
  return names;
}

}  // namespace roomcast::adapter
