#include <set>
#include <string>

#include <gtest/gtest.h>

#include <adapter/classic/channels.hpp>

namespace roomcast::adapter::classic {
namespace {

TEST(Channels, are_named_by_key_and_namespace) {
  const Channels channels("socket.io", "/admin");
  EXPECT_EQ(channels.broadcast(), "socket.io#/admin#");
  EXPECT_EQ(channels.pattern(), "socket.io#/admin#*");
  EXPECT_EQ(channels.room("a b"), "socket.io#/admin#a b#");
  EXPECT_EQ(channels.request(), "socket.io-request#/admin#");
  EXPECT_EQ(channels.response(), "socket.io-response#/admin#");
  EXPECT_EQ(channels.response_to("A1b2C3"), "socket.io-response#/admin#A1b2C3#");
}

TEST(Channels, one_room_has_its_own_and_several_share_one) {
  const Channels channels("k", "/");
  EXPECT_EQ(channels.broadcast_to({}), "k#/#");
  EXPECT_EQ(channels.broadcast_to(std::vector<std::string>{"r"}), "k#/#r#");
  EXPECT_EQ(channels.broadcast_to(std::vector<std::string>{"r", "s"}), "k#/#");
}

TEST(Channels, a_room_is_read_from_its_channel) {
  const std::string prefix = "socket.io#/#";
  EXPECT_EQ(room_of("socket.io#/#room1#", prefix), "room1");
  EXPECT_EQ(room_of("socket.io#/#a#b#", prefix), "a#b");
  EXPECT_EQ(room_of("socket.io#/#42#", prefix), "42");
  EXPECT_EQ(room_of("socket.io#/#\xD0\xBA#", prefix), "\xD0\xBA");
  EXPECT_EQ(room_of("socket.io#/#", prefix), "");
  EXPECT_EQ(room_of("socket.io#/##", prefix), "") << "the room with the empty name: the payload tells";
}

TEST(Channels, other_channels_have_no_room) {
  const std::string prefix = "socket.io#/#";
  for (const char* const channel :
       {"", "#", "socket.io#/", "socket.io#/admin#room1#", "other#/#room1#", "socket.io#/#room1"})
    EXPECT_EQ(room_of(channel, prefix), std::nullopt) << channel;
}

TEST(Channels, a_room_reads_back_as_it_was_named) {
  const Channels channels("socket.io", "/chat");
  for (const std::string room : {"r", "#", "##", "a#b#", " ", "*"})
    EXPECT_EQ(room_of(channels.room(room), channels.broadcast()), room);
}

TEST(RandomId, has_6_characters_of_the_official_alphabet_and_differs_each_time) {
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) {
    const std::string id = random_id();
    EXPECT_EQ(id.size(), 6u);
    EXPECT_EQ(id.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"),
              std::string::npos);
    seen.insert(id);
  }
  EXPECT_GT(seen.size(), 990u);
}

}  // namespace
}  // namespace roomcast::adapter::classic
