#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <loop/timer.hpp>

namespace roomcast::loop {
namespace {

using namespace std::chrono_literals;

const TimePoint t0{1000s};

struct TestTimer final : Timer {
  explicit TestTimer(std::function<void()> f) : on_expired(std::move(f)) {}
  void expired(TimePoint) override { on_expired(); }
  std::function<void()> on_expired;
};

TEST(Timers, fire_in_the_order_of_their_deadlines) {
  Timers timers;
  std::string order;
  TestTimer a([&] { order += 'a'; }), b([&] { order += 'b'; }), c([&] { order += 'c'; });
  timers.arm(c, t0 + 3s);
  timers.arm(a, t0 + 1s);
  timers.arm(b, t0 + 2s);
  EXPECT_EQ(timers.next(), t0 + 1s);
  timers.fire(t0 + 2s);
  EXPECT_EQ(order, "ab");
  EXPECT_EQ(timers.next(), t0 + 3s);
  timers.fire(t0 + 10s);
  EXPECT_EQ(order, "abc");
  EXPECT_EQ(timers.next(), TimePoint::max());
}

TEST(Timers, with_one_deadline_fire_in_the_order_armed) {
  Timers timers;
  std::string order;
  TestTimer a([&] { order += 'a'; }), b([&] { order += 'b'; }), c([&] { order += 'c'; });
  for (TestTimer* one : {&b, &a, &c}) timers.arm(*one, t0);
  timers.fire(t0);
  EXPECT_EQ(order, "bac");
}

TEST(Timers, an_armed_timer_is_moved_when_armed_again) {
  Timers timers;
  int fired = 0;
  TestTimer timer([&] { ++fired; });
  timers.arm(timer, t0 + 1s);
  timers.arm(timer, t0 + 5s);
  timers.fire(t0 + 4s);
  EXPECT_EQ(fired, 0);
  timers.fire(t0 + 5s);
  EXPECT_EQ(fired, 1);
}

TEST(Timers, a_cancelled_or_destroyed_timer_does_not_fire) {
  Timers timers;
  int fired = 0;
  TestTimer cancelled([&] { ++fired; });
  auto destroyed = std::make_unique<TestTimer>([&] { ++fired; });
  timers.arm(cancelled, t0);
  timers.arm(*destroyed, t0);
  EXPECT_TRUE(cancelled.armed());
  cancelled.cancel();
  cancelled.cancel();
  EXPECT_FALSE(cancelled.armed());
  destroyed.reset();
  timers.fire(t0);
  EXPECT_EQ(fired, 0);
}

TEST(Timers, one_that_arms_itself_for_now_waits_for_the_next_turn) {
  Timers timers;
  int fired = 0;
  TestTimer timer([&] {
    if (++fired < 3) timers.arm(timer, t0);
  });
  timers.arm(timer, t0);
  timers.fire(t0);
  EXPECT_EQ(fired, 1);
  EXPECT_TRUE(timer.armed());
  timers.fire(t0);
  timers.fire(t0);
  timers.fire(t0);
  EXPECT_EQ(fired, 3);
}

TEST(Timers, one_may_destroy_itself) {
  Timers timers;
  std::unique_ptr<TestTimer> timer;
  timer = std::make_unique<TestTimer>([&] { timer.reset(); });
  timers.arm(*timer, t0);
  timers.fire(t0);
  EXPECT_EQ(timer, nullptr);
}

TEST(Timers, one_may_cancel_destroy_or_move_others_that_are_due_with_it) {
  Timers timers;
  std::string order;
  TestTimer cancelled([&] { order += 'c'; }), moved([&] { order += 'm'; });
  auto destroyed = std::make_unique<TestTimer>([&] { order += 'd'; });
  TestTimer first([&] {
    order += 'f';
    cancelled.cancel();
    destroyed.reset();
    timers.arm(moved, t0 + 1s);
  });
  for (TestTimer* one : {&first, &cancelled, destroyed.get(), &moved}) timers.arm(*one, t0);
  timers.fire(t0);
  EXPECT_EQ(order, "f");
  timers.fire(t0 + 1s);
  EXPECT_EQ(order, "fm");
}

TEST(Timers, one_that_throws_does_not_cost_the_others_their_turn) {
  Timers timers;
  std::string order;
  TestTimer a([&] { order += 'a'; });
  TestTimer thrower([] { throw std::runtime_error("no"); });
  TestTimer b([&] { order += 'b'; }), later([&] { order += 'l'; });
  for (TestTimer* one : {&a, &thrower, &b}) timers.arm(*one, t0);
  timers.arm(later, t0 + 1s);
  EXPECT_THROW(timers.fire(t0), std::runtime_error);
  EXPECT_EQ(timers.next(), t0);
  timers.fire(t0);
  EXPECT_EQ(order, "ab");
  EXPECT_EQ(timers.next(), t0 + 1s);
}

TEST(Timers, clear_forgets_them_all) {
  Timers timers;
  TestTimer timer([] { FAIL(); });
  timers.arm(timer, t0);
  timers.clear();
  EXPECT_FALSE(timer.armed());
  timers.fire(t0);
}

TEST(MemberTimer, calls_its_owner) {
  struct Owner {
    void on_timer(TimePoint now) { fired_at = now; }
    TimePoint fired_at{};
    MemberTimer<Owner, &Owner::on_timer> timer{*this};
  } owner;
  Timers timers;
  timers.arm(owner.timer, t0);
  timers.fire(t0 + 1s);
  EXPECT_EQ(owner.fired_at, t0 + 1s);
}

}  // namespace
}  // namespace roomcast::loop
