#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include <adapter/local_rooms.hpp>

namespace roomcast::adapter {

/// A socket that is nothing but its name.
struct Member final : RoomMember {
  explicit Member(std::string its_name) : name(std::move(its_name)) {}
  const std::string name;
};

/// Whom a selection meets, sorted; somebody who is met twice is in it twice.
inline std::vector<std::string> selected(LocalRooms& local, const std::vector<std::string>& rooms,
                                         const std::vector<std::string>& except = {}) {
  std::vector<std::string> names;
  local.for_each({rooms, except},
                 [&](RoomMember& member) { names.push_back(static_cast<Member&>(member).name); });
  std::ranges::sort(names);
  return names;
}

inline std::vector<std::string> sorted(std::vector<std::string> names) {
  std::ranges::sort(names);
  return names;
}

}  // namespace roomcast::adapter
