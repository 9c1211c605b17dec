#include <algorithm>
#include <utility>

#include <adapter/local_rooms.hpp>

namespace roomcast::adapter {

LocalRooms::~LocalRooms() = default;

Room* LocalRooms::find(std::string_view name) const {
  const auto found = rooms_.find(name);
  return found == rooms_.end() ? nullptr : found->second.get();
}

void LocalRooms::add(RoomMember& member) {
  member.place_ = static_cast<std::uint32_t>(all_.size());
  all_.push_back(&member);
  size_.set(all_.size());
  if (all_.size() == 1) directory_.add_sockets(loop_);
}

void LocalRooms::remove(RoomMember& member) {
  while (!member.memberships_.empty()) leave_at(member, member.memberships_.size() - 1);
  member.memberships_.shrink_to_fit();
  if (member.place_ >= all_.size() || all_[member.place_] != &member) return;
  all_.back()->place_ = member.place_;
  all_[member.place_] = all_.back();
  all_.pop_back();
  size_.set(all_.size());
  if (all_.empty()) directory_.remove_sockets(loop_);
}

bool LocalRooms::is_in(const RoomMember& member, std::string_view room) const {
  return std::ranges::any_of(member.memberships_, [&](const auto& one) { return one.room->name == room; });
}

bool LocalRooms::join(RoomMember& member, std::string_view name) {
  if (is_in(member, name)) return false;
  Room* room = find(name);
  if (room == nullptr) {
    auto made = std::make_unique<Room>(Room{std::string(name), {}});
    room = made.get();
    rooms_.emplace(room->name, std::move(made));
    const bool is_new = directory_.add(name, loop_);
    if (is_new && observer_ != nullptr) observer_->on_create(name);
  }
  member.memberships_.push_back({room, static_cast<std::uint32_t>(room->members.size())});
  room->members.push_back({&member, static_cast<std::uint32_t>(member.memberships_.size() - 1)});
  if (observer_ != nullptr) observer_->on_join(name, member);
  return true;
}

bool LocalRooms::leave(RoomMember& member, std::string_view name) {
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
  if (observer_ != nullptr) observer_->on_leave(room->name, member);
  if (!room->members.empty()) return;
  const bool gone = directory_.remove(room->name, loop_);
  if (gone && observer_ != nullptr) observer_->on_delete(room->name);
  rooms_.erase(rooms_.find(room->name));
}

std::vector<std::string> LocalRooms::rooms_of(const RoomMember& member) const {
  std::vector<std::string> names;
  names.reserve(member.memberships_.size());
  for (const auto& one : member.memberships_) names.push_back(one.room->name);
  return names;
}

}  // namespace roomcast::adapter
