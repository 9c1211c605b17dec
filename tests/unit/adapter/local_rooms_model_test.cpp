#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "members.hpp"

// Random operations on the rooms of two loops, compared after each with sets of names.

namespace roomcast::adapter {
namespace {

// Some are the own rooms of sockets, the first that each loop has among them.
const std::vector<std::string> room_names{"a", "b", "c", "m0", "m1", "m2"};

struct Loop {
  Loop(RoomDirectory& directory, unsigned id) : number(id), local(directory, id) {}

  unsigned number;
  LocalRooms local;
  std::vector<std::unique_ptr<Member>> members;
  // The model: who is in the namespace, and in which rooms.
  std::map<std::string, std::set<std::string>> rooms_of;

  bool anybody_in(const std::string& room) const {
    for (const auto& [member, rooms] : rooms_of)
      if (rooms.contains(room)) return true;
    return false;
  }
};

std::vector<std::string> some_rooms() {
  return *rc::gen::container<std::vector<std::string>>(rc::gen::elementOf(room_names));
}

void step(Loop& loop, int& made) {
  const int what = *rc::gen::weightedElement<int>({{2, 0}, {1, 1}, {5, 2}, {3, 3}});
  if (what == 0 || loop.members.empty()) {
    loop.members.push_back(std::make_unique<Member>("m" + std::to_string(made++)));
    Member& newcomer = *loop.members.back();
    const bool has_own_room = std::ranges::find(room_names, newcomer.name) != room_names.end();
    loop.local.add(newcomer, has_own_room ? std::string_view(newcomer.name) : std::string_view());
    auto& rooms = loop.rooms_of[newcomer.name];
    if (has_own_room) rooms.insert(newcomer.name);
    return;
  }
  const auto at = static_cast<std::size_t>(*rc::gen::inRange<int>(0, static_cast<int>(loop.members.size())));
  Member& member = *loop.members[at];
  const std::string room = *rc::gen::elementOf(room_names);
  auto& model = loop.rooms_of[member.name];
  if (what == 2) {
    RC_ASSERT(loop.local.join(member, room) == model.insert(room).second);
  } else if (what == 3) {
    RC_ASSERT(loop.local.leave(member, room) == (model.erase(room) == 1));
  } else {
    loop.local.remove(member);
    loop.rooms_of.erase(member.name);
    loop.members.erase(loop.members.begin() + static_cast<std::ptrdiff_t>(at));
  }
}

void check_members(Loop& loop) {
  RC_ASSERT(loop.local.size() == loop.rooms_of.size());
  for (const auto& member : loop.members) {
    const auto& model = loop.rooms_of[member->name];
    RC_ASSERT(sorted(loop.local.rooms_of(*member)) == std::vector<std::string>(model.begin(), model.end()));
    for (const std::string& room : room_names)
      RC_ASSERT(loop.local.is_in(*member, room) == model.contains(room));
  }
}

void check_selection(Loop& loop) {
  const auto rooms = some_rooms();
  const auto except = some_rooms();
  std::vector<std::string> expected;
  for (const auto& [name, model] : loop.rooms_of) {
    bool meant = rooms.empty();
    for (const std::string& room : rooms) meant = meant || model.contains(room);
    for (const std::string& room : except) meant = meant && !model.contains(room);
    if (meant) expected.push_back(name);
  }
  RC_ASSERT(selected(loop.local, rooms, except) == sorted(expected));
}

void check_directory(const RoomDirectory& directory, const std::vector<std::unique_ptr<Loop>>& loops) {
  std::size_t existing = 0;
  LoopMask anybody = 0;
  for (const std::string& room : room_names) {
    LoopMask expected = 0;
    for (const auto& loop : loops) {
      RC_ASSERT(loop->local.exists(room) == loop->anybody_in(room));
      if (loop->anybody_in(room)) expected |= LoopMask{1} << loop->number;
      if (!loop->rooms_of.empty()) anybody |= LoopMask{1} << loop->number;
    }
    RC_ASSERT(directory.holders(room) == expected);
    existing += expected != 0;
  }
  RC_ASSERT(directory.size() == existing);
  RC_ASSERT(directory.anybody() == anybody);
}

RC_GTEST_PROP(LocalRoomsModel, rooms_members_and_directory_agree_after_any_operations, ()) {
  RoomDirectory directory;
  std::vector<std::unique_ptr<Loop>> loops;
  for (const unsigned number : {0u, 63u}) loops.push_back(std::make_unique<Loop>(directory, number));
  int made = 0;
  const int steps = *rc::gen::inRange(1, 60);
  for (int i = 0; i < steps; ++i) {
    Loop& loop = *loops[static_cast<std::size_t>(*rc::gen::inRange(0, 2))];
    step(loop, made);
    check_members(loop);
    check_selection(loop);
    check_directory(directory, loops);
  }
  for (const auto& loop : loops)
    for (const auto& member : loop->members) loop->local.remove(*member);
  RC_ASSERT(directory.size() == 0u);
  RC_ASSERT(directory.anybody() == 0u);
}

}  // namespace
}  // namespace roomcast::adapter
