#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
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
  std::string_view own_room() const noexcept { return {own_name_, own_size_}; }

  const char* own_name_ = nullptr;  // of our own room
  std::uint32_t own_size_ = 0;
  std::uint32_t place_ = 0;  // where we stand among all sockets
  std::uint32_t mark_ = 0;   // the selection that has met us last
  bool alone_ = false;       // in our own room with nobody else: then it is no membership
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
/// with the last one. Joining and leaving cost the same in a room of 2 as in one of 100,000. A socket's own
/// room, which hardly ever has a second member, is nothing but an entry that names the socket until it has
/// one. Home loop only.
class LocalRooms {
 public:
  LocalRooms(RoomDirectory& directory, unsigned loop) : directory_(directory), loop_(loop) {}
  LocalRooms(const LocalRooms&) = delete;
  LocalRooms& operator=(const LocalRooms&) = delete;
  ~LocalRooms();

  /// Null: nobody wants to know.
  void observe(RoomObserver* observer) noexcept { observer_ = observer; }

  /// Enters a socket into the namespace, and into its own room if that has a name. The name must live as long
  /// as the socket is in the namespace.
  void add(RoomMember& member, std::string_view own_room);
  /// Takes it out of its rooms and of the namespace. Does nothing if it is not in it.
  void remove(RoomMember& member);

  /// @return false if it was in the room already.
  bool join(RoomMember& member, std::string_view room);
  bool leave(RoomMember& member, std::string_view room);
  std::vector<std::string> rooms_of(const RoomMember& member) const;
  bool is_in(const RoomMember& member, std::string_view room) const;

  bool exists(std::string_view room) const { return rooms_.contains(room); }
  /// Any thread: how many sockets of the namespace are on this loop.
  std::size_t size() const noexcept { return size_.value(); }

  /// How many sockets are selected, or more: whoever is in several rooms, or excepted, is counted too.
  std::size_t at_most(const Selection& selection) const;
  /// Calls `visit(RoomMember&)` for each selected socket, once each. `visit` must not join, leave, add or
  /// remove: collect first, then act.
  template <class Visit>
  void for_each(const Selection& selection, Visit&& visit) {
    if (selection.rooms.empty() && selection.except.empty()) {
      for (RoomMember* member : all_) visit(*member);
    } else if (selection.rooms.size() == 1 && selection.except.empty()) {
      visit_room(selection.rooms.front(), visit);
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

  /// A room like all others, or somebody's own without anybody else. In the size of a pointer: there is one
  /// for every socket.
  class Place {
   public:
    explicit Place(std::unique_ptr<Room> room) noexcept
        : bits_(reinterpret_cast<std::uintptr_t>(room.release())) {}
    explicit Place(RoomMember& owner) noexcept : bits_(reinterpret_cast<std::uintptr_t>(&owner) | is_owner) {}
    Place(Place&& other) noexcept : bits_(std::exchange(other.bits_, 0)) {}
    Place& operator=(Place&& other) noexcept {
      std::swap(bits_, other.bits_);
      return *this;
    }
    ~Place();

    /// Null if it is a room like all others.
    RoomMember* owner() const noexcept {
      return (bits_ & is_owner) == 0 ? nullptr : reinterpret_cast<RoomMember*>(bits_ & ~is_owner);
    }
    /// Where there is no owner.
    Room& room() const noexcept { return *reinterpret_cast<Room*>(bits_); }

   private:
    static constexpr std::uintptr_t is_owner = 1;
    static_assert(alignof(RoomMember) > is_owner);
    std::uintptr_t bits_;
  };

  Room& make(std::string_view name);
  static void enter(RoomMember& member, Room& room);
  void leave_at(RoomMember& member, std::size_t membership);
  void leave_own(RoomMember& member);
  void left(std::string_view room, const RoomMember& member, bool last);
  template <class Visit>
  void visit_room(std::string_view name, Visit&& visit);
  template <class Visit>
  void visit_marked(const Selection& selection, Visit& visit);

  RoomDirectory& directory_;
  const unsigned loop_;
  RoomObserver* observer_ = nullptr;
  std::uint32_t selection_number_ = 0;
  std::vector<RoomMember*> all_;
  base::Gauge size_;  // all_.size()
  // Keys view the name inside the room, or that of the member whose own it is.
  boost::unordered_flat_map<std::string_view, Place, Hash, std::equal_to<>> rooms_;
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
void LocalRooms::visit_room(std::string_view name, Visit&& visit) {
  const auto found = rooms_.find(name);
  if (found == rooms_.end()) return;
  const Place& place = found->second;
  if (RoomMember* owner = place.owner()) return visit(*owner);
  for (const Room::Entry& entry : place.room().members) visit(*entry.member);
}

// Marks whom it has met with this selection's number: nobody twice, and nobody who is excepted.
template <class Visit>
void LocalRooms::visit_marked(const Selection& selection, Visit& visit) {
  const std::uint32_t number = ++selection_number_;
  for (const std::string& name : selection.except)
    visit_room(name, [number](RoomMember& member) { member.mark_ = number; });
  auto once = [&](RoomMember& member) {
    if (member.mark_ == number) return;
    member.mark_ = number;
    visit(member);
  };
  if (selection.rooms.empty())
    for (RoomMember* member : all_) once(*member);
  for (const std::string& name : selection.rooms) visit_room(name, once);
}

}  // namespace roomcast::adapter
