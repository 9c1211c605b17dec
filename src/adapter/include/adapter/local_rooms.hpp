#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <boost/unordered/unordered_flat_map.hpp>

#include <adapter/room_directory.hpp>
#include <base/metrics.hpp>

namespace roomcast::adapter {

class LocalRooms;
struct Room;

/// A socket as the rooms see it; the floor above derives its own from this. Home loop only.
class RoomMember {
 public:
  RoomMember(const RoomMember&) = delete;
  RoomMember& operator=(const RoomMember&) = delete;

 protected:
  RoomMember() = default;
  ~RoomMember() = default;

 private:
  friend class LocalRooms;
  struct Membership {
    Room* room;
    std::uint32_t at;  // where we stand in room->members
  };
  std::vector<Membership> memberships_;
  std::uint32_t place_ = 0;  // where we stand among all sockets
  std::uint32_t mark_ = 0;   // the selection that has met us last
};

/// What rooms tell the floor above: Socket.IO's room events. Called on the loop where it happens, in the
/// midst of it: what is to be done about it waits for the end of the turn.
class RoomObserver {
 public:
  virtual void on_create(std::string_view room) = 0;
  virtual void on_delete(std::string_view room) = 0;
  virtual void on_join(std::string_view room, const RoomMember& member) = 0;
  virtual void on_leave(std::string_view room, const RoomMember& member) = 0;

 protected:
  ~RoomObserver() = default;
};

/// Who is meant by an emit: the union of `rooms` (everybody if empty) without those in any room of `except`.
struct Selection {
  std::span<const std::string> rooms;
  std::span<const std::string> except;
};

/// The rooms of one namespace on one loop, and the sockets in them.
///
/// Invariants: a room exists exactly while it has members; the directory's bit of this loop is set exactly
/// while it exists; a membership and its entry in the room point at each other, so that leaving is a swap
/// with the last one. Joining and leaving cost the same in a room of 2 as in one of 100,000. Home loop only.
class LocalRooms {
 public:
  LocalRooms(RoomDirectory& directory, unsigned loop) : directory_(directory), loop_(loop) {}
  LocalRooms(const LocalRooms&) = delete;
  LocalRooms& operator=(const LocalRooms&) = delete;
  ~LocalRooms();

  /// Null: nobody wants to know.
  void observe(RoomObserver* observer) noexcept { observer_ = observer; }

  /// Enters a socket into the namespace, in no room yet.
  void add(RoomMember& member);
  /// Takes it out of its rooms and of the namespace. Does nothing if it is not in it.
  void remove(RoomMember& member);

  /// @return false if it was in the room already.
  bool join(RoomMember& member, std::string_view room);
  bool leave(RoomMember& member, std::string_view room);
  std::vector<std::string> rooms_of(const RoomMember& member) const;
  bool is_in(const RoomMember& member, std::string_view room) const;

  bool exists(std::string_view room) const { return find(room) != nullptr; }
  /// Any thread: how many sockets of the namespace are on this loop.
  std::size_t size() const noexcept { return size_.value(); }

  /// Calls `visit(RoomMember&)` for each selected socket, once each. `visit` must not join, leave, add or
  /// remove: collect first, then act.
  template <class Visit>
  void for_each(const Selection& selection, Visit&& visit) {
    if (selection.rooms.empty() && selection.except.empty()) {
      for (RoomMember* member : all_) visit(*member);
    } else if (selection.rooms.size() == 1 && selection.except.empty()) {
      if (const Room* room = find(selection.rooms.front())) visit_members(*room, visit);
    } else {
      visit_marked(selection, visit);
    }
  }

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view room) const noexcept {
      return std::hash<std::string_view>{}(room);
    }
  };

  Room* find(std::string_view name) const;
  void leave_at(RoomMember& member, std::size_t membership);
  template <class Visit>
  void visit_members(const Room& room, Visit& visit);
  template <class Visit>
  void visit_marked(const Selection& selection, Visit& visit);

  RoomDirectory& directory_;
  const unsigned loop_;
  RoomObserver* observer_ = nullptr;
  std::uint32_t selection_number_ = 0;
  std::vector<RoomMember*> all_;
  base::Gauge size_;  // all_.size()
  // Keys view the name inside the room.
  boost::unordered_flat_map<std::string_view, std::unique_ptr<Room>, Hash, std::equal_to<>> rooms_;
};

struct Room {
  struct Entry {
    RoomMember* member;
    std::uint32_t membership;  // where the room stands in member->memberships_
  };
  std::string name;
  std::vector<Entry> members;
};

template <class Visit>
void LocalRooms::visit_members(const Room& room, Visit& visit) {
  for (const Room::Entry& entry : room.members) visit(*entry.member);
}

// Marks whom it has met with this selection's number: nobody twice, and nobody who is excepted.
template <class Visit>
void LocalRooms::visit_marked(const Selection& selection, Visit& visit) {
  const std::uint32_t number = ++selection_number_;
  for (const std::string& name : selection.except)
    if (const Room* room = find(name))
      for (const Room::Entry& entry : room->members) entry.member->mark_ = number;
  auto once = [&](RoomMember& member) {
    if (member.mark_ == number) return;
    member.mark_ = number;
    visit(member);
  };
  if (selection.rooms.empty())
    for (RoomMember* member : all_) once(*member);
  for (const std::string& name : selection.rooms)
    if (const Room* room = find(name)) visit_members(*room, once);
}

}  // namespace roomcast::adapter
