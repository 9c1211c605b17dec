#include <gtest/gtest.h>

#include <adapter/foreign_servers.hpp>

namespace roomcast::adapter {
namespace {

using namespace std::chrono_literals;

const loop::TimePoint start{1h};

TEST(ForeignServers, are_all_waited_for_while_little_is_known) {
  ForeignServers foreign(10s);
  EXPECT_EQ(foreign.expected(0, start), 0u);
  EXPECT_EQ(foreign.expected(3, start), 3u);
  foreign.on_census(3, 1, start);
  EXPECT_EQ(foreign.expected(3, start + 9s), 3u);
}

TEST(ForeignServers, that_never_answer_are_not_waited_for_once_the_patience_is_over) {
  ForeignServers foreign(10s);
  for (auto at = start; at <= start + 10s; at += 2500ms) foreign.on_census(3, 1, at);
  EXPECT_EQ(foreign.expected(3, start + 10s), 1u);
  EXPECT_EQ(foreign.expected(1, start + 10s), 1u);
  EXPECT_EQ(foreign.expected(0, start + 10s), 0u);
}

TEST(ForeignServers, that_have_come_since_the_last_census_are_waited_for) {
  ForeignServers foreign(10s);
  for (auto at = start; at <= start + 10s; at += 2500ms) foreign.on_census(3, 1, at);
  EXPECT_EQ(foreign.expected(4, start + 11s), 2u);
}

TEST(ForeignServers, that_answered_lately_are_waited_for_though_they_missed_the_last_census) {
  ForeignServers foreign(10s);
  foreign.on_census(2, 2, start);
  foreign.on_census(2, 0, start + 10s);
  EXPECT_EQ(foreign.expected(2, start + 10s), 2u);
  EXPECT_EQ(foreign.expected(2, start + 10s + 1ms), 0u);
}

TEST(ForeignServers, are_unknown_again_when_no_census_was_held_for_long) {
  ForeignServers foreign(10s);
  foreign.on_census(2, 0, start);
  EXPECT_EQ(foreign.expected(2, start + 1min), 2u);
}

}  // namespace
}  // namespace roomcast::adapter
