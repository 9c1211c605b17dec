#include <utility>

#include <gtest/gtest.h>

#include <redis/reconnect.hpp>

namespace roomcast::resp {
namespace {

using std::chrono::milliseconds;

constexpr std::uint32_t least = 0, most = 0xFFFFFFFF;

class ReconnectTest : public testing::Test {
 protected:
  /// Dials now and fails at once. @return the pause.
  milliseconds fail(std::uint32_t random) {
    reconnect_.dialled(now_);
    const Reconnect::TimePoint next = reconnect_.failed(now_, random);
    const auto pause = std::chrono::round<milliseconds>(next - now_);
    now_ = next;
    return pause;
  }

  Reconnect reconnect_{Reconnect::Options()};
  Reconnect::TimePoint now_{std::chrono::hours(1)};
};

TEST_F(ReconnectTest, the_pause_doubles_up_to_a_second) {
  for (const int expected : {50, 100, 200, 400, 800, 1000, 1000, 1000})
    EXPECT_EQ(fail(most).count(), expected);
}

TEST_F(ReconnectTest, the_pause_is_jittered_down_to_half) {
  for (const int expected : {25, 50, 100, 200, 400, 500, 500}) EXPECT_EQ(fail(least).count(), expected);
}

TEST_F(ReconnectTest, it_never_gives_up) {
  for (int n = 0; n < 100'000; ++n) {
    const milliseconds pause = fail(most);
    ASSERT_GT(pause.count(), 0);
    ASSERT_LE(pause.count(), 1000);
  }
  EXPECT_EQ(reconnect_.attempts(), 100'000u);
}

TEST_F(ReconnectTest, a_dial_that_took_long_has_waited_enough) {
  for (int n = 0; n < 10; ++n) fail(most);
  for (const auto& [took, pause] : {std::pair(300, 1000), std::pair(2000, 2000)}) {
    reconnect_.dialled(now_);
    const Reconnect::TimePoint next = reconnect_.failed(now_ + milliseconds(took), most);
    EXPECT_EQ(std::chrono::round<milliseconds>(next - now_).count(), pause);
  }
}

TEST_F(ReconnectTest, ten_seconds_of_health_start_it_from_the_beginning) {
  for (int n = 0; n < 10; ++n) fail(most);
  reconnect_.dialled(now_);
  reconnect_.connected(now_);
  now_ += milliseconds(10'000);
  EXPECT_EQ(std::chrono::round<milliseconds>(reconnect_.failed(now_, most) - now_).count(), 50);
}

TEST_F(ReconnectTest, a_connection_that_opens_and_dies_is_not_dialled_in_a_tight_loop) {
  milliseconds pause{};
  for (int n = 0; n < 10; ++n) {
    reconnect_.dialled(now_);
    reconnect_.connected(now_);
    now_ += milliseconds(9'999);
    const Reconnect::TimePoint next = reconnect_.failed(now_, most);
    pause = std::chrono::round<milliseconds>(next - now_);
    now_ = next;
  }
  EXPECT_EQ(pause.count(), 1000);
}

TEST_F(ReconnectTest, the_outage_lasts_from_the_loss_to_the_next_connection) {
  const Reconnect::TimePoint began = now_;
  EXPECT_TRUE(reconnect_.away());
  fail(most);
  fail(most);
  EXPECT_EQ(reconnect_.away_since(), began);
  EXPECT_EQ(reconnect_.attempts(), 2u);
  EXPECT_FALSE(reconnect_.ever_connected());
  reconnect_.dialled(now_);
  reconnect_.connected(now_);
  EXPECT_FALSE(reconnect_.away());
  EXPECT_TRUE(reconnect_.ever_connected());
  now_ += milliseconds(60'000);
  reconnect_.failed(now_, most);
  EXPECT_TRUE(reconnect_.away());
  EXPECT_EQ(reconnect_.away_since(), now_);
  EXPECT_EQ(reconnect_.attempts(), 0u);
}

}  // namespace
}  // namespace roomcast::resp
