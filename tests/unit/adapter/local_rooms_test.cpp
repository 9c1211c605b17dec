#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "members.hpp"

namespace roomcast::adapter {
namespace {

using Names = std::vector<std::string>;

struct LocalRoomsTest : testing::Test {
  LocalRoomsTest() {
    for (Member* member : {&anna, &ben, &cleo}) local.add(*member, {});
  }
  ~LocalRoomsTest() override {
    for (Member* member : {&anna, &ben, &cleo}) local.remove(*member);
  }

  RoomDirectory directory;
  LocalRooms local{directory, 7};
  Member anna{"anna"}, ben{"ben"}, cleo{"cleo"};
};

TEST_F(LocalRoomsTest, a_new_socket_is_in_no_room) {
  EXPECT_TRUE(local.rooms_of(anna).empty());
  EXPECT_EQ(local.size(), 3u);
  EXPECT_EQ(directory.anybody(), LoopMask{1} << 7);
}

TEST_F(LocalRoomsTest, knows_how_many_a_selection_is_at_most) {
  local.join(anna, "red");
  local.join(ben, "red");
  local.join(ben, "blue");
  const auto at_most = [this](const Names& rooms) { return local.at_most({rooms, {}}); };
  EXPECT_EQ(at_most({}), 3u);
  EXPECT_EQ(at_most({"red"}), 2u);
  EXPECT_EQ(at_most({"red", "blue", "no such room"}), 3u);
  EXPECT_EQ(at_most({"no such room"}), 0u);
}

TEST_F(LocalRoomsTest, joining_again_is_not_joining) {
  EXPECT_TRUE(local.join(anna, "red"));
  EXPECT_FALSE(local.join(anna, "red"));
  EXPECT_EQ(local.rooms_of(anna), Names{"red"});
  EXPECT_EQ(selected(local, {"red"}), Names{"anna"});
}

TEST_F(LocalRoomsTest, leaving_a_room_one_is_not_in_is_not_leaving) {
  local.join(ben, "red");
  EXPECT_FALSE(local.leave(anna, "red"));
  EXPECT_FALSE(local.leave(anna, "no such room"));
  EXPECT_TRUE(local.leave(ben, "red"));
  EXPECT_FALSE(local.leave(ben, "red"));
}

TEST_F(LocalRoomsTest, a_room_exists_while_somebody_is_in_it) {
  local.join(anna, "red");
  local.join(ben, "red");
  EXPECT_TRUE(local.exists("red"));
  EXPECT_EQ(directory.holders("red"), LoopMask{1} << 7);
  local.leave(anna, "red");
  EXPECT_TRUE(local.exists("red"));
  local.leave(ben, "red");
  EXPECT_FALSE(local.exists("red"));
  EXPECT_EQ(directory.holders("red"), 0u);
  EXPECT_EQ(directory.size(), 0u);
}

TEST_F(LocalRoomsTest, no_room_means_everybody) {
  EXPECT_EQ(selected(local, {}), (Names{"anna", "ben", "cleo"}));
}

TEST_F(LocalRoomsTest, several_rooms_mean_their_union_and_each_socket_once) {
  local.join(anna, "red");
  local.join(anna, "blue");
  local.join(ben, "blue");
  EXPECT_EQ(selected(local, {"red", "blue"}), (Names{"anna", "ben"}));
  EXPECT_EQ(selected(local, {"red", "red"}), Names{"anna"});
  EXPECT_EQ(selected(local, {"red", "no such room"}), Names{"anna"});
}

TEST_F(LocalRoomsTest, except_wins_over_the_rooms) {
  local.join(anna, "red");
  local.join(ben, "red");
  local.join(ben, "blue");
  EXPECT_EQ(selected(local, {"red"}, {"blue"}), Names{"anna"});
  EXPECT_EQ(selected(local, {}, {"blue"}), (Names{"anna", "cleo"}));
  EXPECT_EQ(selected(local, {"red"}, {"red"}), Names{});
  EXPECT_EQ(selected(local, {"red"}, {"no such room"}), (Names{"anna", "ben"}));
}

TEST_F(LocalRoomsTest, one_selection_does_not_colour_the_next) {
  local.join(anna, "red");
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(selected(local, {}, {"red"}), (Names{"ben", "cleo"}));
    EXPECT_EQ(selected(local, {"red", "blue"}), Names{"anna"});
  }
}

TEST_F(LocalRoomsTest, a_room_that_does_not_exist_selects_nobody) {
  EXPECT_EQ(selected(local, {"no such room"}), Names{});
  EXPECT_EQ(selected(local, {"no such room", "nor this"}), Names{});
}

TEST_F(LocalRoomsTest, removing_a_socket_takes_it_out_of_its_rooms) {
  local.join(anna, "red");
  local.join(anna, "blue");
  local.join(ben, "blue");
  local.remove(anna);
  EXPECT_FALSE(local.exists("red"));
  EXPECT_EQ(selected(local, {"blue"}), Names{"ben"});
  EXPECT_EQ(local.size(), 2u);
  EXPECT_TRUE(local.rooms_of(anna).empty());
}

TEST_F(LocalRoomsTest, removing_twice_is_removing_once) {
  local.remove(anna);
  local.remove(anna);
  EXPECT_EQ(local.size(), 2u);
}

TEST_F(LocalRoomsTest, the_last_socket_takes_the_loop_out_of_the_directory) {
  local.remove(anna);
  local.remove(cleo);
  EXPECT_EQ(directory.anybody(), LoopMask{1} << 7);
  local.remove(ben);
  EXPECT_EQ(directory.anybody(), 0u);
}

/// Tells what it is told, in one line each.
struct Listening final : RoomObserver {
  void on_create(std::string_view room) override { heard.push_back("create " + std::string(room)); }
  void on_delete(std::string_view room) override { heard.push_back("delete " + std::string(room)); }
  void on_join(std::string_view room, const RoomMember& member) override {
    heard.push_back(static_cast<const Member&>(member).name + " joins " + std::string(room));
  }
  void on_leave(std::string_view room, const RoomMember& member) override {
    heard.push_back(static_cast<const Member&>(member).name + " leaves " + std::string(room));
  }
  Names heard;
};

struct OwnRoomTest : LocalRoomsTest {
  OwnRoomTest() {
    local.add(dora, dora.name);
    local.observe(&observer);
  }
  ~OwnRoomTest() override {
    local.observe(nullptr);
    local.remove(dora);
  }
  Listening observer;
  Member dora{"dora"};
};

TEST_F(OwnRoomTest, is_entered_at_once) {
  EXPECT_EQ(local.rooms_of(dora), Names{"dora"});
  EXPECT_TRUE(local.is_in(dora, "dora"));
  EXPECT_FALSE(local.join(dora, "dora"));
  EXPECT_EQ(selected(local, {"dora"}), Names{"dora"});
  EXPECT_EQ(selected(local, {}, {"dora"}), (Names{"anna", "ben", "cleo"}));
  EXPECT_EQ(directory.holders("dora"), LoopMask{1} << 7);
}

TEST_F(OwnRoomTest, takes_others_too) {
  EXPECT_TRUE(local.join(anna, "dora"));
  EXPECT_FALSE(local.join(anna, "dora"));
  EXPECT_FALSE(local.join(dora, "dora"));
  EXPECT_EQ(selected(local, {"dora"}), (Names{"anna", "dora"}));
  EXPECT_EQ(selected(local, {"dora", "dora"}), (Names{"anna", "dora"}));
  EXPECT_EQ(local.rooms_of(dora), Names{"dora"});
  EXPECT_TRUE(local.leave(anna, "dora"));
  EXPECT_EQ(selected(local, {"dora"}), Names{"dora"});
  EXPECT_EQ(observer.heard, (Names{"anna joins dora", "anna leaves dora"}));
}

TEST_F(OwnRoomTest, may_be_left_and_entered_again) {
  EXPECT_TRUE(local.leave(dora, "dora"));
  EXPECT_FALSE(local.leave(dora, "dora"));
  EXPECT_FALSE(local.exists("dora"));
  EXPECT_EQ(directory.holders("dora"), 0u);
  EXPECT_TRUE(local.join(dora, "dora"));
  EXPECT_EQ(selected(local, {"dora"}), Names{"dora"});
  EXPECT_EQ(observer.heard, (Names{"dora leaves dora", "delete dora", "create dora", "dora joins dora"}));
}

TEST_F(OwnRoomTest, may_stay_with_others_when_its_owner_goes) {
  local.join(ben, "dora");
  local.remove(dora);
  EXPECT_EQ(selected(local, {"dora"}), Names{"ben"});
  EXPECT_EQ(local.rooms_of(ben), Names{"dora"});
  EXPECT_EQ(observer.heard, (Names{"ben joins dora", "dora leaves dora"}));
}

TEST_F(OwnRoomTest, is_left_last) {
  local.join(dora, "red");
  observer.heard.clear();
  local.remove(dora);
  EXPECT_EQ(observer.heard, (Names{"dora leaves red", "delete red", "dora leaves dora", "delete dora"}));
}

TEST_F(LocalRoomsTest, two_loops_share_a_directory_and_nothing_else) {
  LocalRooms other{directory, 2};
  Member dora{"dora"};
  other.add(dora, {});
  other.join(dora, "red");
  local.join(anna, "red");
  EXPECT_EQ(directory.holders("red"), (LoopMask{1} << 7) | (LoopMask{1} << 2));
  EXPECT_EQ(selected(local, {"red"}), Names{"anna"});
  EXPECT_EQ(selected(other, {"red"}), Names{"dora"});
  other.remove(dora);
  EXPECT_EQ(directory.holders("red"), LoopMask{1} << 7);
}

}  // namespace
}  // namespace roomcast::adapter
