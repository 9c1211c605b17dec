#include <memory>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include <loop/mailbox.hpp>

namespace roomcast::loop {
namespace {

void run_all(Mailbox& mailbox) {
  mailbox.drain([](Mailbox::Task& task) { task.run(); });
}

TEST(Mailbox, runs_tasks_in_the_order_posted) {
  Mailbox mailbox;
  std::vector<int> seen;
  for (int i = 0; i < 5; ++i) mailbox.push([&seen, i] { seen.push_back(i); });
  run_all(mailbox);
  EXPECT_EQ(seen, (std::vector{0, 1, 2, 3, 4}));
}

TEST(Mailbox, asks_for_one_wake_up_per_batch) {
  Mailbox mailbox;
  EXPECT_TRUE(mailbox.push([] {}));
  EXPECT_FALSE(mailbox.push([] {}));
  EXPECT_FALSE(mailbox.push([] {}));
  run_all(mailbox);
  EXPECT_TRUE(mailbox.push([] {}));
}

TEST(Mailbox, a_batch_arrives_whole_in_its_order_and_asks_for_one_wake_up) {
  Mailbox mailbox;
  std::vector<int> seen;
  Mailbox::Batch batch;
  EXPECT_TRUE(batch.empty());
  for (int i = 0; i < 3; ++i) batch.add([&seen, i] { seen.push_back(i); });
  EXPECT_EQ(mailbox.depth(), 0U);
  EXPECT_TRUE(mailbox.push(batch));
  EXPECT_TRUE(batch.empty());
  mailbox.push([&seen] { seen.push_back(3); });
  batch.add([&seen] { seen.push_back(4); });
  EXPECT_FALSE(mailbox.push(batch));
  EXPECT_EQ(mailbox.depth(), 5U);
  run_all(mailbox);
  EXPECT_EQ(seen, (std::vector{0, 1, 2, 3, 4}));
}

TEST(Mailbox, a_batch_that_is_never_pushed_destroys_its_tasks) {
  const auto token = std::make_shared<int>();
  {
    Mailbox::Batch batch;
    batch.add([token] {});
    batch.add([token] {});
    Mailbox::Batch moved(std::move(batch));
    EXPECT_TRUE(batch.empty());  // NOLINT(bugprone-use-after-move): that is what is asked
    EXPECT_EQ(token.use_count(), 3);
  }
  EXPECT_EQ(token.use_count(), 1);
}

TEST(Mailbox, a_task_posted_by_a_task_belongs_to_the_next_batch) {
  Mailbox mailbox;
  int runs = 0;
  bool wake = false;
  mailbox.push([&] { wake = mailbox.push([&runs] { ++runs; }); });
  run_all(mailbox);
  EXPECT_TRUE(wake);
  EXPECT_EQ(runs, 0);
  run_all(mailbox);
  EXPECT_EQ(runs, 1);
}

TEST(Mailbox, keeps_each_senders_order_among_several_senders) {
  constexpr int senders = 4;
  constexpr int tasks = 20'000;
  Mailbox mailbox;
  std::vector<int> next(senders, 0);  // touched by the consumer only
  int out_of_order = 0;
  int ran = 0;
  std::vector<std::thread> threads;
  for (int sender = 0; sender < senders; ++sender) {
    threads.emplace_back([&, sender] {
      for (int i = 0; i < tasks; ++i) {
        mailbox.push([&, sender, i] {
          out_of_order += next[static_cast<std::size_t>(sender)]++ != i;
          ++ran;
        });
      }
    });
  }
  while (ran < senders * tasks) {
    run_all(mailbox);
    std::this_thread::yield();
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(out_of_order, 0);
}

TEST(Mailbox, destroys_what_it_never_ran_and_what_that_posts_in_turn) {
  struct PostsWhenDestroyed {
    ~PostsWhenDestroyed() {
      mailbox.push([token = token] {});
    }
    Mailbox& mailbox;
    std::shared_ptr<int> token;
  };
  const auto token = std::make_shared<int>();
  bool ran = false;
  {
    Mailbox mailbox;
    mailbox.push([&ran, last = std::make_shared<PostsWhenDestroyed>(mailbox, token)] { ran = true; });
    EXPECT_EQ(token.use_count(), 2);
  }
  EXPECT_FALSE(ran);
  EXPECT_EQ(token.use_count(), 1);
}

TEST(Mailbox, takes_tasks_that_cannot_be_copied) {
  Mailbox mailbox;
  int seen = 0;
  mailbox.push([&seen, owned = std::make_unique<int>(7)] { seen = *owned; });
  run_all(mailbox);
  EXPECT_EQ(seen, 7);
}

TEST(Mailbox, its_depth_is_what_waits_or_runs) {
  Mailbox mailbox;
  std::vector<std::uint64_t> depths{mailbox.depth()};
  for (int i = 0; i < 3; ++i) mailbox.push([&] { depths.push_back(mailbox.depth()); });
  depths.push_back(mailbox.depth());
  mailbox.drain([](Mailbox::Task& task) { task.run(); });
  depths.push_back(mailbox.depth());
  EXPECT_EQ(depths, (std::vector<std::uint64_t>{0, 3, 3, 2, 1, 0}));
}

}  // namespace
}  // namespace roomcast::loop
