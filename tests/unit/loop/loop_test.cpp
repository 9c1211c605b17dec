#include <functional>
#include <future>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>

#include <boost/asio/post.hpp>
#include <gtest/gtest.h>

#include <loop/loop.hpp>
#include <support/loop_steps.hpp>
#include <support/loop_thread.hpp>

namespace roomcast::loop {
namespace {

using namespace std::chrono_literals;
using support::LoopThread;
using support::turn;

struct TestFlushable : Flushable {
  explicit TestFlushable(std::function<void()> f) : on_flush(std::move(f)) {}
  void flush() override { on_flush(); }
  std::function<void()> on_flush;
};

struct TestTimer final : Timer {
  explicit TestTimer(std::function<void()> f) : on_expired(std::move(f)) {}
  void expired(TimePoint) override { on_expired(); }
  std::function<void()> on_expired;
};

TEST(Loop, runs_what_is_posted_on_its_own_thread) {
  LoopThread thread;
  EXPECT_NE(thread.run([] { return std::this_thread::get_id(); }), std::this_thread::get_id());
  EXPECT_EQ(thread.run([] { return Loop::current(); }), &thread.loop());
  EXPECT_TRUE(thread.run([&] { return thread.loop().here(); }));
  EXPECT_FALSE(thread.loop().here());
  EXPECT_EQ(Loop::current(), nullptr);
}

TEST(Loop, dispatch_runs_at_once_at_home_and_posts_from_elsewhere) {
  Loop loop(0);
  std::string order;
  loop.dispatch([&] { order += 'e'; });
  EXPECT_EQ(order, "");
  turn(loop, [&] {
    loop.post([&] { order += 'p'; });
    loop.dispatch([&] { order += 'd'; });
    order += '.';
  });
  turn(loop);
  EXPECT_EQ(order, "ed.p");
}

TEST(Loop, what_a_turn_posts_to_a_neighbour_leaves_at_its_end_in_the_order_posted) {
  Loop one(0), other(1), stranger(2);
  Loop::introduce(one, other);
  std::string order;
  std::uint64_t during = 0, at_flush = 0, at_stranger = 0;
  TestFlushable flushable([&] { at_flush = other.mailbox_depth(); });
  turn(one, [&] {
    for (const char c : {'a', 'b', 'c'}) other.post([&order, c] { order += c; });
    stranger.post([] {});
    one.mark_dirty(flushable);
    during = other.mailbox_depth();
    at_stranger = stranger.mailbox_depth();
  });
  EXPECT_EQ(during, 0U);
  EXPECT_EQ(at_flush, 3U);  // handed over before this loop begins to write
  EXPECT_EQ(at_stranger, 1U);
  turn(other);
  EXPECT_EQ(order, "abc");
}

struct TestDeferred : Deferred {
  explicit TestDeferred(std::function<void()> f) : on_settle(std::move(f)) {}
  void settle() override { on_settle(); }
  std::function<void()> on_settle;
};

TEST(Loop, what_is_deferred_is_settled_once_before_the_turn_flushes) {
  Loop loop(0);
  std::string order;
  TestFlushable flushable([&] { order += 'f'; });
  TestDeferred deferred([&] { order += 'd'; });
  turn(loop, [&] {
    loop.mark_dirty(flushable);
    loop.defer(deferred);
    loop.defer(deferred);
    order += '.';
  });
  turn(loop);
  EXPECT_EQ(order, ".df");
}

TEST(Loop, what_is_deferred_is_settled_by_hand_or_by_something_else_that_is_deferred) {
  Loop loop(0);
  std::string order;
  TestDeferred one([&] { order += '1'; }), two([&] { order += '2'; });
  turn(loop, [&] {
    loop.settle();
    loop.defer(one);
    loop.settle();
    order += '.';
    loop.defer(one);
    loop.defer(two);
    order += '.';
  });
  EXPECT_EQ(order, "1.1.2");
}

TEST(Loop, what_a_flush_or_a_settling_defers_belongs_to_the_same_turn) {
  Loop loop(0);
  std::string order;
  TestDeferred second([&] { order += '2'; });
  TestDeferred first([&] {
    order += '1';
    loop.defer(second);
  });
  TestFlushable flushable([&] {
    order += 'f';
    loop.defer(first);
  });
  turn(loop, [&] { loop.mark_dirty(flushable); });
  EXPECT_EQ(order, "f12");
}

TEST(Loop, something_deferred_that_throws_costs_the_others_nothing) {
  Loop loop(0);
  std::string order;
  TestFlushable flushable([&] { order += 'f'; });
  TestDeferred deferred([] { throw std::runtime_error("no"); });
  turn(loop, [&] {
    loop.defer(deferred);
    loop.mark_dirty(flushable);
  });
  EXPECT_EQ(order, "f");
}

TEST(Loop, what_flushes_timers_and_the_graveyard_post_to_a_neighbour_leaves_in_the_same_turn) {
  Loop one(0), other(1);
  Loop::introduce(one, other);
  std::string order;
  TestFlushable flushable([&] { other.post([&order] { order += 'f'; }); });
  TestTimer timer([&] { other.post([&order] { order += 't'; }); });
  struct PostsWhenDestroyed {
    ~PostsWhenDestroyed() {
      loop.post([&order = order] { order += 'g'; });
    }
    Loop& loop;
    std::string& order;
  };
  turn(one, [&] {
    one.mark_dirty(flushable);
    one.timers().arm(timer, one.now());
    one.bury(std::unique_ptr<PostsWhenDestroyed>(new PostsWhenDestroyed{other, order}));
  });
  EXPECT_EQ(other.mailbox_depth(), 3U);
  turn(other);
  EXPECT_EQ(order, "ftg");
}

TEST(Loop, what_is_posted_by_another_thread_does_not_wait_for_a_neighbours_turn) {
  Loop one(0), other(1);
  Loop::introduce(one, other);
  std::thread thread([&one] { one.run(); });
  std::promise<void> blocks, go_on;
  one.post([&] {
    blocks.set_value();
    go_on.get_future().wait();
  });
  blocks.get_future().wait();
  bool ran = false;
  other.post([&ran] { ran = true; });
  turn(other);
  EXPECT_TRUE(ran);
  go_on.set_value();
  one.stop();
  thread.join();
}

TEST(Loop, flushes_each_dirty_one_once_at_the_end_of_the_turn) {
  Loop loop(0);
  std::string order;
  TestFlushable a([&] { order += 'a'; }), b([&] { order += 'b'; });
  turn(loop, [&] {
    loop.mark_dirty(b);
    loop.mark_dirty(a);
    loop.mark_dirty(b);
    order += '.';
    // Ready in the same turn, so it comes before the flush.
    boost::asio::post(loop.io(), [&] {
      loop.mark_dirty(a);
      order += '.';
    });
  });
  EXPECT_EQ(order, "..ba");
  turn(loop);
  EXPECT_EQ(order, "..ba");
}

TEST(Loop, a_flush_may_mark_others_and_itself) {
  Loop loop(0);
  std::string order;
  TestFlushable b([&] { order += 'b'; });
  int rounds = 0;
  TestFlushable a([&] {
    order += 'a';
    loop.mark_dirty(b);
    if (++rounds < 3) loop.mark_dirty(a);
  });
  turn(loop, [&] { loop.mark_dirty(a); });
  EXPECT_EQ(order, "ababab");
}

TEST(Loop, one_that_is_unmarked_in_time_is_not_flushed) {
  Loop loop(0);
  std::string order;
  auto doomed = std::make_unique<TestFlushable>([&] { order += 'd'; });
  TestFlushable killer([&] {
    order += 'k';
    loop.unmark(*doomed);
    doomed.reset();
  });
  turn(loop, [&] {
    loop.mark_dirty(killer);
    loop.mark_dirty(*doomed);
  });
  EXPECT_EQ(order, "k");
}

TEST(Loop, fires_timers_behind_the_flush_and_flushes_what_they_made_dirty) {
  Loop loop(0);
  std::string order;
  TestFlushable dirty([&] { order += 'f'; });
  TestTimer timer([&] {
    order += 't';
    loop.mark_dirty(dirty);
  });
  turn(loop, [&] {
    loop.timers().arm(timer, loop.now());
    loop.mark_dirty(dirty);
  });
  EXPECT_EQ(order, "ftf");
}

TEST(Loop, a_timer_armed_for_now_by_a_timer_waits_for_the_next_turn) {
  Loop loop(0);
  int fired = 0;
  TestTimer timer([&] {
    ++fired;
    loop.timers().arm(timer, loop.now());
  });
  turn(loop, [&] { loop.timers().arm(timer, loop.now()); });
  EXPECT_EQ(fired, 1);
  turn(loop);
  EXPECT_EQ(fired, 2);
}

TEST(Loop, wakes_up_for_a_timer) {
  LoopThread thread;
  std::promise<TimePoint> fired;
  TestTimer timer([&] { fired.set_value(Clock::now()); });
  const TimePoint due = thread.run([&] {
    const TimePoint at = thread.loop().now() + 5ms;
    thread.loop().timers().arm(timer, at);
    return at;
  });
  EXPECT_GE(fired.get_future().get(), due);
}

TEST(Loop, was_deaf_until_a_timer_fired_much_too_late) {
  Loop loop(0);
  TestTimer timer([] {});
  turn(loop, [&] { loop.timers().arm(timer, loop.now() - 500ms); });
  EXPECT_EQ(loop.deaf_until(), TimePoint{});
  const TimePoint before = Clock::now();
  turn(loop, [&] { loop.timers().arm(timer, loop.now() - 1500ms); });
  EXPECT_GE(loop.deaf_until(), before);
}

// A loop that had been idle for a minute told its first handler the time of a minute ago, and deadlines that
// were armed then had already passed.
TEST(Loop, the_first_handler_of_a_turn_is_told_the_time_of_this_turn) {
  Loop loop(0);
  TimePoint first;
  turn(loop, [&] { first = loop.now(); });
  while (Clock::now() == first) {
  }
  const TimePoint before = Clock::now();
  turn(loop, [&] { EXPECT_GE(loop.now(), before); });
}

TEST(Loop, the_time_stands_still_within_a_turn) {
  Loop loop(0);
  turn(loop, [&] {
    const TimePoint now = loop.now();
    while (Clock::now() == now) {
    }
    EXPECT_EQ(loop.now(), now);
  });
}

TEST(Loop, the_buried_die_at_the_end_of_the_turn_with_those_they_bury) {
  struct Body {
    ~Body() {
      order += name;
      loop.bury(std::move(next));
    }
    Loop& loop;
    std::string& order;
    char name;
    std::unique_ptr<Body> next;
  };
  std::string order;
  Loop loop(0);
  TestFlushable dirty([&] { order += 'f'; });
  turn(loop, [&] {
    auto second = std::unique_ptr<Body>(new Body{loop, order, '2', nullptr});
    loop.bury(std::unique_ptr<Body>(new Body{loop, order, '1', std::move(second)}));
    loop.bury(std::unique_ptr<Body>());
    loop.mark_dirty(dirty);
    order += '.';
  });
  EXPECT_EQ(order, ".f12");
}

TEST(Loop, buries_what_is_given_up_while_it_does_not_run) {
  const auto token = std::make_shared<int>();
  {
    Loop loop(0);
    loop.bury(std::make_unique<std::shared_ptr<int>>(token));
    EXPECT_EQ(token.use_count(), 2);
  }
  EXPECT_EQ(token.use_count(), 1);
}

TEST(Loop, outlives_exceptions_of_tasks_handlers_flushes_and_timers) {
  Loop loop(0);
  std::string order;
  TestFlushable bad_flush([]() { throw std::runtime_error("flush"); }), good_flush([&] { order += 'f'; });
  TestTimer bad_timer([] { throw 42; }), good_timer([&] { order += 't'; });
  turn(loop, [&] {
    loop.post([] { throw std::runtime_error("task"); });
    boost::asio::post(loop.io(), [] { throw std::runtime_error("handler"); });
    loop.mark_dirty(bad_flush);
    loop.mark_dirty(good_flush);
    loop.timers().arm(bad_timer, loop.now());
    loop.timers().arm(good_timer, loop.now());
    throw std::runtime_error("first task");
  });
  turn(loop);
  turn(loop, [&] { order += '.'; });
  EXPECT_EQ(order, "ft.");
}

TEST(Loop, what_is_posted_before_it_runs_waits_for_it) {
  Loop loop(0);
  bool ran = false;
  loop.post([&] { ran = true; });
  EXPECT_FALSE(ran);
  turn(loop);
  EXPECT_TRUE(ran);
}

TEST(Loop, destroys_what_is_posted_after_its_end_without_running_it) {
  const auto token = std::make_shared<int>();
  bool ran = false;
  {
    LoopThread thread;
    thread.stop();
    thread.loop().post([&ran, token] { ran = true; });
    EXPECT_EQ(token.use_count(), 2);
  }
  EXPECT_FALSE(ran);
  EXPECT_EQ(token.use_count(), 1);
}

TEST(Loop, a_task_that_posts_itself_for_ever_starves_neither_flush_nor_timers) {
  Loop loop(0);
  bool done = false;
  TestTimer timer([&] {
    done = true;
    loop.stop();
  });
  std::function<void()> again = [&] {
    if (!done) loop.post(again);
  };
  loop.post([&] { loop.timers().arm(timer, loop.now() + 1ms); });
  loop.post(again);
  loop.run();
  EXPECT_TRUE(done);
}

}  // namespace
}  // namespace roomcast::loop
