// Engine.IO v4, "Upgrade".
#include <gtest/gtest.h>

#include <protocol/engineio/upgrade.hpp>

namespace roomcast::engineio {
namespace {

using namespace std::chrono_literals;
using Action = Upgrade::Action;

const Upgrade::TimePoint t0{1000s};
const Packet probe{PacketType::ping, false, "probe"};
const Packet upgrade{PacketType::upgrade, false, ""};

Upgrade started() { return Upgrade(t0, 10s); }
Upgrade probed() {
  Upgrade machine = started();
  EXPECT_EQ(machine.on_packet(t0, probe), Action::send_probe_reply);
  return machine;
}

TEST(Upgrade, answers_the_probe_and_switches) {
  Upgrade machine = started();
  EXPECT_EQ(machine.on_packet(t0 + 5ms, probe), Action::send_probe_reply);
  EXPECT_FALSE(machine.over());
  EXPECT_EQ(machine.on_packet(t0 + 9ms, upgrade), Action::switch_transport);
  EXPECT_TRUE(machine.over());
  EXPECT_EQ(machine.deadline(), Upgrade::TimePoint::max());
}

TEST(Upgrade, switches_without_a_probe_too) {
  EXPECT_EQ(started().on_packet(t0, upgrade), Action::switch_transport);
}

TEST(Upgrade, releases_a_pending_poll_every_100_ms_after_the_probe_and_never_at_once) {
  Upgrade machine = probed();
  EXPECT_EQ(machine.deadline(), t0 + 100ms);
  EXPECT_EQ(machine.on_timer(t0 + 99ms, true), Action::wait);
  EXPECT_EQ(machine.on_timer(t0 + 100ms, true), Action::release_poll);
  EXPECT_EQ(machine.deadline(), t0 + 200ms);
  EXPECT_EQ(machine.on_timer(t0 + 200ms, false), Action::wait);
  EXPECT_EQ(machine.on_timer(t0 + 300ms, true), Action::release_poll);
}

TEST(Upgrade, leaves_polls_alone_before_the_probe) {
  Upgrade machine = started();
  EXPECT_EQ(machine.deadline(), t0 + 10s);
  EXPECT_EQ(machine.on_timer(t0 + 5s, true), Action::wait);
}

TEST(Upgrade, closes_the_new_transport_on_any_other_packet) {
  const Packet others[] = {{PacketType::ping, false, ""},      {PacketType::ping, false, "probex"},
                           {PacketType::message, false, "x"},  {PacketType::message, true, "2probe"},
                           {PacketType::open, false, ""},      {PacketType::close, false, ""},
                           {PacketType::pong, false, "probe"}, {PacketType::noop, false, ""}};
  for (const Packet& packet : others)
    for (Upgrade machine : {started(), probed()}) {
      EXPECT_EQ(machine.on_packet(t0, packet), Action::close_transport);
      EXPECT_TRUE(machine.over());
    }
}

TEST(Upgrade, closes_the_new_transport_on_junk) {
  EXPECT_EQ(started().on_bad_packet(), Action::close_transport);
  EXPECT_EQ(probed().on_bad_packet(), Action::close_transport);
}

TEST(Upgrade, closes_the_new_transport_when_its_time_is_over) {
  Upgrade silent = started();
  EXPECT_EQ(silent.on_timer(t0 + 10s, true), Action::close_transport);
  EXPECT_TRUE(silent.over());
  Upgrade slow = probed();
  for (auto now = t0 + 100ms; now < t0 + 10s; now += 100ms)
    EXPECT_EQ(slow.on_timer(now, false), Action::wait);
  EXPECT_EQ(slow.on_timer(t0 + 10s, true), Action::close_transport);
}

TEST(Upgrade, repeated_probes_are_answered_but_buy_no_time) {
  Upgrade machine = started();
  for (auto now = t0; now < t0 + 10s; now += 50ms)
    EXPECT_EQ(machine.on_packet(now, probe), Action::send_probe_reply);
  EXPECT_EQ(machine.on_timer(t0 + 10s, false), Action::close_transport);
}

TEST(Upgrade, ends_with_either_transport) {
  Upgrade lost = probed();
  EXPECT_EQ(lost.on_transport_closed(), Action::wait);
  EXPECT_TRUE(lost.over());
  Upgrade orphan = probed();
  EXPECT_EQ(orphan.on_session_closed(), Action::close_transport);
  EXPECT_TRUE(orphan.over());
}

TEST(Upgrade, once_over_answers_nothing_more) {
  Upgrade machine = probed();
  machine.on_packet(t0, upgrade);
  EXPECT_EQ(machine.on_packet(t0, probe), Action::wait);
  EXPECT_EQ(machine.on_bad_packet(), Action::wait);
  EXPECT_EQ(machine.on_timer(t0 + 1h, true), Action::wait);
  EXPECT_EQ(machine.on_session_closed(), Action::wait);
  EXPECT_EQ(machine.on_transport_closed(), Action::wait);
}

}  // namespace
}  // namespace roomcast::engineio
