#include <atomic>
#include <latch>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include <adapter/room_directory.hpp>

namespace roomcast::adapter {
namespace {

constexpr LoopMask bit(unsigned loop) { return LoopMask{1} << loop; }

TEST(RoomDirectory, a_room_that_nobody_is_in_has_no_holders) {
  const RoomDirectory directory;
  EXPECT_EQ(directory.holders("nobody"), 0u);
  EXPECT_EQ(directory.size(), 0u);
}

TEST(RoomDirectory, each_loop_is_a_bit_of_its_own) {
  RoomDirectory directory;
  directory.add("room", 0);
  directory.add("room", 5);
  directory.add("room", 63);
  EXPECT_EQ(directory.holders("room"), bit(0) | bit(5) | bit(63));
  directory.remove("room", 5);
  EXPECT_EQ(directory.holders("room"), bit(0) | bit(63));
}

TEST(RoomDirectory, a_loop_is_counted_once_however_often_it_is_added) {
  RoomDirectory directory;
  directory.add("room", 3);
  directory.add("room", 3);
  directory.remove("room", 3);
  EXPECT_EQ(directory.holders("room"), 0u);
}

TEST(RoomDirectory, forgets_a_room_with_its_last_holder) {
  RoomDirectory directory;
  directory.add("a", 1);
  directory.add("b", 1);
  EXPECT_EQ(directory.size(), 2u);
  directory.remove("a", 1);
  EXPECT_EQ(directory.size(), 1u);
  directory.remove("b", 1);
  EXPECT_EQ(directory.size(), 0u);
}

TEST(RoomDirectory, removing_what_is_not_there_changes_nothing) {
  RoomDirectory directory;
  directory.add("room", 1);
  directory.remove("room", 2);
  directory.remove("other", 1);
  EXPECT_EQ(directory.holders("room"), bit(1));
}

TEST(RoomDirectory, an_announced_room_has_holders_before_it_exists) {
  RoomDirectory directory;
  directory.announce("soon", 0b110);
  EXPECT_EQ(directory.holders("soon"), 0b110u);
  EXPECT_EQ(directory.size(), 0u);
  EXPECT_TRUE(directory.names().empty());
  directory.add("soon", 1);
  directory.withdraw("soon", 1);
  directory.withdraw("soon", 2);  // nobody joined there after all
  EXPECT_EQ(directory.holders("soon"), 0b10u);
  EXPECT_EQ(directory.names(), std::vector<std::string>{"soon"});
}

TEST(RoomDirectory, what_is_announced_to_no_loop_is_not_announced) {
  RoomDirectory directory;
  directory.announce("never", 0);
  EXPECT_EQ(directory.holders("never"), 0u);
  directory.withdraw("never", 0);
}

TEST(RoomDirectory, keeps_rooms_apart_in_whichever_stripe_they_are) {
  RoomDirectory directory;
  for (unsigned i = 0; i < 1000; ++i) directory.add("room " + std::to_string(i), i % 64);
  EXPECT_EQ(directory.size(), 1000u);
  for (unsigned i = 0; i < 1000; ++i) EXPECT_EQ(directory.holders("room " + std::to_string(i)), bit(i % 64));
}

TEST(RoomDirectory, an_empty_name_and_one_with_zero_bytes_are_names_like_others) {
  using namespace std::string_view_literals;
  RoomDirectory directory;
  directory.add("", 1);
  directory.add("a\0b"sv, 2);
  EXPECT_EQ(directory.holders(""), bit(1));
  EXPECT_EQ(directory.holders("a\0b"sv), bit(2));
  EXPECT_EQ(directory.holders("a"), 0u);
}

TEST(RoomDirectory, knows_which_loops_have_any_socket_at_all) {
  RoomDirectory directory;
  EXPECT_EQ(directory.anybody(), 0u);
  directory.add_sockets(0);
  directory.add_sockets(63);
  EXPECT_EQ(directory.anybody(), bit(0) | bit(63));
  directory.remove_sockets(0);
  EXPECT_EQ(directory.anybody(), bit(63));
  EXPECT_EQ(directory.size(), 0u);
}

TEST(RoomDirectory, every_loop_finds_its_own_bit_while_others_change_theirs) {
  RoomDirectory directory;
  constexpr unsigned loops = 4;
  const std::vector<std::string> rooms{"a", "b", "c", "d", "e", "f", "g", "h"};
  std::atomic<unsigned> wrong{0};
  std::latch start(loops);
  std::vector<std::thread> threads;
  for (unsigned loop = 0; loop < loops; ++loop) {
    threads.emplace_back([&, loop] {
      start.arrive_and_wait();
      for (int round = 0; round < 500; ++round) {
        for (const std::string& room : rooms) {
          directory.add(room, loop);
          if ((directory.holders(room) & bit(loop)) == 0) ++wrong;
        }
        directory.add_sockets(loop);
        if ((directory.anybody() & bit(loop)) == 0) ++wrong;
        for (const std::string& room : rooms) {
          directory.remove(room, loop);
          if ((directory.holders(room) & bit(loop)) != 0) ++wrong;
        }
        directory.remove_sockets(loop);
        if ((directory.anybody() & bit(loop)) != 0) ++wrong;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0u);
  EXPECT_EQ(directory.size(), 0u);
  EXPECT_EQ(directory.anybody(), 0u);
}

}  // namespace
}  // namespace roomcast::adapter
