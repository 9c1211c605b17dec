#include <atomic>
#include <latch>
#include <stdexcept>
#include <vector>

#include <gtest/gtest.h>
#include <pthread.h>

#include <loop/loop_pool.hpp>

namespace roomcast::loop {
namespace {

TEST(LoopPool, has_between_1_and_64_loops) {
  EXPECT_THROW(LoopPool(0), std::invalid_argument);
  EXPECT_THROW(LoopPool(65), std::invalid_argument);
  EXPECT_EQ(LoopPool(64).size(), 64U);
}

TEST(LoopPool, runs_each_loop_on_a_named_thread_of_its_own) {
  LoopPool pool(3);
  std::latch done(3);
  std::vector<std::string> names(3);
  pool.start();
  pool.for_each([&](Loop& loop) {
    loop.post([&] {
      char name[16];
      pthread_getname_np(pthread_self(), name, sizeof name);
      names[Loop::current()->id()] = name;
      done.count_down();
    });
  });
  done.wait();
  EXPECT_EQ(names, (std::vector<std::string>{"roomcast/0", "roomcast/1", "roomcast/2"}));
}

TEST(LoopPool, stops_after_what_was_posted_before) {
  std::atomic<int> ran{0};
  LoopPool pool(2);
  pool.start();
  for (int i = 0; i < 1000; ++i) pool[static_cast<unsigned>(i % 2)].post([&] { ++ran; });
  pool.stop_and_join();
  EXPECT_EQ(ran, 1000);
  pool.stop_and_join();
}

TEST(LoopPool, loops_that_post_to_each_other_all_get_everything) {
  LoopPool pool(3);
  std::atomic<int> left{3 * 2000};
  std::latch done(1);
  pool.start();
  pool.for_each([&](Loop& from) {
    from.post([&] {
      for (unsigned i = 0; i < 2000; ++i) {
        pool[i % 3].post([&] {
          if (--left == 0) done.count_down();
        });
      }
    });
  });
  done.wait();
}

TEST(LoopPool, may_be_destroyed_without_having_been_started) { LoopPool pool(2); }

}  // namespace
}  // namespace roomcast::loop
