#include <gtest/gtest.h>

#include <core/room_names.hpp>

namespace roomcast::core {
namespace {

using Names = std::vector<std::string>;

TEST(RoomNames, keep_their_order_and_stand_once) {
  Names names;
  add_rooms(names, "b");
  EXPECT_EQ(names, Names{"b"});
  add_rooms(names, {"a", "b", "c", "a"});
  EXPECT_EQ(names, (Names{"b", "a", "c"}));
  add_rooms(names, Rooms({}));
  EXPECT_EQ(names, (Names{"b", "a", "c"}));
  add_rooms(names, Names{"", ""});
  EXPECT_EQ(names, (Names{"b", "a", "c", ""}));
}

// Beyond a few they are looked up otherwise. Short names and long ones live in different places.
TEST(RoomNames, stand_once_however_many_there_are) {
  Names all;
  for (int i = 0; i < 100; ++i)
    all.push_back(std::string(static_cast<std::size_t>(i % 2 * 40), 'x') + std::to_string(i));
  Names twice;
  for (const std::string& name : all) twice.insert(twice.end(), {name, all.front(), name});
  Names names;
  add_rooms(names, twice);
  EXPECT_EQ(names, all);
  add_rooms(names, twice);
  EXPECT_EQ(names, all);
}

}  // namespace
}  // namespace roomcast::core
