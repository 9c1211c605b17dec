// Engine.IO v4, "Heartbeat".
#include <gtest/gtest.h>

#include <protocol/engineio/heartbeat.hpp>

namespace roomcast::engineio {
namespace {

using namespace std::chrono_literals;
using Action = Heartbeat::Action;

const HeartbeatTiming timing{.ping_interval = 25s, .ping_timeout = 20s};
const Heartbeat::TimePoint t0{1000s};

TEST(Heartbeat, pings_an_interval_after_the_opening_and_after_each_pong) {
  Heartbeat heartbeat(timing, t0);
  EXPECT_EQ(heartbeat.deadline(), t0 + 25s);
  EXPECT_EQ(heartbeat.on_timer(t0 + 25s), Action::send_ping);
  EXPECT_EQ(heartbeat.on_packet(t0 + 30s, PacketType::pong), Action::wait);
  EXPECT_EQ(heartbeat.deadline(), t0 + 55s);
  EXPECT_EQ(heartbeat.on_timer(t0 + 55s), Action::send_ping);
}

TEST(Heartbeat, gives_up_when_no_pong_comes_in_time) {
  Heartbeat heartbeat(timing, t0);
  heartbeat.on_timer(t0 + 25s);
  EXPECT_EQ(heartbeat.deadline(), t0 + 45s);
  EXPECT_EQ(heartbeat.on_timer(t0 + 45s), Action::give_up);
}

TEST(Heartbeat, does_nothing_when_the_timer_fires_early) {
  Heartbeat heartbeat(timing, t0);
  EXPECT_EQ(heartbeat.on_timer(t0 + 25s - 1ns), Action::wait);
  EXPECT_EQ(heartbeat.on_timer(t0 + 25s), Action::send_ping);
  EXPECT_EQ(heartbeat.on_timer(t0 + 45s - 1ns), Action::wait);
  EXPECT_EQ(heartbeat.deadline(), t0 + 45s);
}

TEST(Heartbeat, other_packets_do_not_put_off_a_ping) {
  Heartbeat heartbeat(timing, t0);
  heartbeat.on_packet(t0 + 24s, PacketType::message);
  EXPECT_EQ(heartbeat.deadline(), t0 + 25s);
}

TEST(Heartbeat, the_first_other_packet_restarts_the_wait_for_a_pong_once) {
  Heartbeat heartbeat(timing, t0);
  heartbeat.on_timer(t0 + 25s);
  heartbeat.on_packet(t0 + 35s, PacketType::message);
  EXPECT_EQ(heartbeat.deadline(), t0 + 55s);
  heartbeat.on_packet(t0 + 40s, PacketType::message);
  EXPECT_EQ(heartbeat.deadline(), t0 + 55s);
  EXPECT_EQ(heartbeat.on_timer(t0 + 55s), Action::give_up);
}

TEST(Heartbeat, the_wait_may_be_restarted_again_for_the_next_ping) {
  Heartbeat heartbeat(timing, t0);
  heartbeat.on_timer(t0 + 25s);
  heartbeat.on_packet(t0 + 35s, PacketType::message);
  heartbeat.on_packet(t0 + 36s, PacketType::pong);
  EXPECT_EQ(heartbeat.on_timer(t0 + 61s), Action::send_ping);
  heartbeat.on_packet(t0 + 70s, PacketType::noop);
  EXPECT_EQ(heartbeat.deadline(), t0 + 90s);
}

// The official server never pings a client that sends a pong within every interval; here that is bounded.
TEST(Heartbeat, spare_pongs_put_off_a_ping_but_not_for_ever) {
  Heartbeat heartbeat(timing, t0);
  heartbeat.on_packet(t0 + 10s, PacketType::pong);
  EXPECT_EQ(heartbeat.deadline(), t0 + 35s);
  for (auto now = t0 + 15s; now < t0 + 50s; now += 5s) heartbeat.on_packet(now, PacketType::pong);
  EXPECT_EQ(heartbeat.deadline(), t0 + 50s);
  EXPECT_EQ(heartbeat.on_timer(t0 + 50s), Action::send_ping);
  heartbeat.on_packet(t0 + 51s, PacketType::pong);
  for (auto now = t0 + 52s; now < t0 + 100s; now += 1s) heartbeat.on_packet(now, PacketType::pong);
  EXPECT_EQ(heartbeat.deadline(), t0 + 100s);
}

TEST(Heartbeat, a_late_pong_counts_as_long_as_it_was_not_given_up) {
  const HeartbeatTiming patient{.ping_interval = 1s, .ping_timeout = 60s};
  Heartbeat heartbeat(patient, t0);
  heartbeat.on_timer(t0 + 1s);
  heartbeat.on_packet(t0 + 50s, PacketType::pong);
  EXPECT_EQ(heartbeat.deadline(), t0 + 51s);
  heartbeat.on_packet(t0 + 50s + 1ms, PacketType::pong);  // spare: never brings the ping forward
  EXPECT_EQ(heartbeat.deadline(), t0 + 51s);
}

TEST(Heartbeat, refuses_a_ping_from_the_client) {
  Heartbeat heartbeat(timing, t0);
  EXPECT_EQ(heartbeat.on_packet(t0 + 1s, PacketType::ping), Action::refuse);
}

// A handler that blocked the loop must not cost the clients their sessions: their pongs lie unread.
TEST(Heartbeat, grants_one_more_interval_after_a_stall) {
  Heartbeat heartbeat(timing, t0);
  heartbeat.on_timer(t0 + 25s);
  EXPECT_EQ(heartbeat.on_timer(t0 + 75s), Action::wait);
  EXPECT_EQ(heartbeat.deadline(), t0 + 100s);
  EXPECT_EQ(heartbeat.on_packet(t0 + 75s, PacketType::pong), Action::wait);
  EXPECT_EQ(heartbeat.on_timer(t0 + 100s), Action::send_ping);
}

TEST(Heartbeat, grants_it_once_per_ping) {
  Heartbeat heartbeat(timing, t0);
  heartbeat.on_timer(t0 + 25s);
  EXPECT_EQ(heartbeat.on_timer(t0 + 75s), Action::wait);
  EXPECT_EQ(heartbeat.on_timer(t0 + 130s), Action::give_up);
}

TEST(Heartbeat, a_timer_that_is_a_little_late_is_no_stall) {
  Heartbeat heartbeat(timing, t0);
  heartbeat.on_timer(t0 + 25s);
  EXPECT_EQ(heartbeat.on_timer(t0 + 46s), Action::give_up);
}

// Ten thousand pongs are not read in the moment in which a stall ends, and the next deadlines are near.
TEST(Heartbeat, grants_it_to_whoever_was_pinged_before_a_stall_ended) {
  Heartbeat heartbeat(timing, t0);
  heartbeat.on_timer(t0 + 25s);
  EXPECT_EQ(heartbeat.on_timer(t0 + 45s, t0 + 44s), Action::wait);
  EXPECT_EQ(heartbeat.deadline(), t0 + 70s);
  EXPECT_EQ(heartbeat.on_timer(t0 + 70s, t0 + 44s), Action::give_up);
}

TEST(Heartbeat, a_stall_before_the_ping_is_no_excuse) {
  Heartbeat heartbeat(timing, t0);
  heartbeat.on_timer(t0 + 25s, t0 + 24s);
  EXPECT_EQ(heartbeat.on_timer(t0 + 45s, t0 + 24s), Action::give_up);
}

TEST(Heartbeat, is_small) { EXPECT_LE(sizeof(Heartbeat), 32u); }

// ---- Engine.IO 3: the client pings

constexpr auto by_client = Heartbeat::Pings::by_client;

TEST(ClientHeartbeat, answers_every_ping_and_never_sends_one) {
  Heartbeat heartbeat(timing, t0, by_client);
  EXPECT_EQ(heartbeat.on_timer(t0 + 25s), Action::wait);
  EXPECT_EQ(heartbeat.on_packet(t0 + 25s, PacketType::ping), Action::send_pong);
  EXPECT_EQ(heartbeat.on_packet(t0 + 26s, PacketType::ping), Action::send_pong);
  EXPECT_EQ(heartbeat.on_packet(t0 + 27s, PacketType::message), Action::wait);
}

TEST(ClientHeartbeat, gives_up_an_interval_and_a_timeout_after_the_last_ping) {
  Heartbeat heartbeat(timing, t0, by_client);
  EXPECT_EQ(heartbeat.deadline(), t0 + 45s);
  heartbeat.on_packet(t0 + 30s, PacketType::ping);
  EXPECT_EQ(heartbeat.deadline(), t0 + 75s);
  heartbeat.on_packet(t0 + 60s, PacketType::message);
  EXPECT_EQ(heartbeat.deadline(), t0 + 75s);
  EXPECT_EQ(heartbeat.on_timer(t0 + 75s), Action::give_up);
}

TEST(ClientHeartbeat, refuses_a_pong) {
  Heartbeat heartbeat(timing, t0, by_client);
  EXPECT_EQ(heartbeat.on_packet(t0 + 1s, PacketType::pong), Action::refuse);
}

TEST(ClientHeartbeat, waits_an_interval_longer_when_this_process_was_deaf) {
  Heartbeat late(timing, t0, by_client);
  EXPECT_EQ(late.on_timer(t0 + 47s), Action::wait);
  EXPECT_EQ(late.deadline(), t0 + 72s);
  EXPECT_EQ(late.on_timer(t0 + 72s), Action::give_up);

  Heartbeat deaf(timing, t0, by_client);
  deaf.on_packet(t0 + 10s, PacketType::ping);
  EXPECT_EQ(deaf.on_timer(t0 + 55s, t0 + 40s), Action::wait);
  // A ping in time makes everything as before.
  deaf.on_packet(t0 + 56s, PacketType::ping);
  EXPECT_EQ(deaf.on_timer(t0 + 101s, t0 + 40s), Action::give_up);
}

}  // namespace
}  // namespace roomcast::engineio
