#include <algorithm>
#include <iterator>
#include <string_view>
#include <unordered_set>
#include <utility>

#include <core/room_names.hpp>

namespace roomcast::core {
namespace {

// Looking at each is cheaper than a set of them as long as there are few.
constexpr std::size_t few = 16;

void drop_repeated(std::vector<std::string>& names) {
  std::unordered_set<std::string_view> known;  // views of what stands before `end`, which does not move
  auto end = names.begin();
  for (auto name = names.begin(); name != names.end(); ++name) {
    if (names.size() <= few ? std::find(names.begin(), end, *name) != end : known.contains(*name)) continue;
    if (end != name) *end = std::move(*name);
    if (names.size() > few) known.insert(*end);
    ++end;
  }
  names.erase(end, names.end());
}

}  // namespace

void add_rooms(std::vector<std::string>& names, Rooms rooms) {
  if (names.empty()) {
    names = std::move(rooms).names();
  } else {
    std::ranges::move(std::move(rooms).names(), std::back_inserter(names));
  }
  if (names.size() > 1) drop_repeated(names);
}

}  // namespace roomcast::core
