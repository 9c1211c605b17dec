#include <set>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include <base/event_names.hpp>
#include <base/pair_counts.hpp>

namespace roomcast::base {
namespace {

TEST(EventNames, each_name_keeps_its_number) {
  EventNames names(3);
  EXPECT_EQ(names.number_of("a"), 1U);
  EXPECT_EQ(names.number_of("b"), 2U);
  EXPECT_EQ(names.number_of("a"), 1U);
  EXPECT_EQ(names.names(), (std::vector<std::string>{"other", "a", "b"}));
}

TEST(EventNames, names_past_the_cap_share_other) {
  EventNames names(2);
  for (int i = 0; i < 10'000; ++i) names.number_of("name " + std::to_string(i));
  EXPECT_EQ(names.number_of("name 0"), 1U);
  EXPECT_EQ(names.number_of("name 1"), 2U);
  EXPECT_EQ(names.number_of("name 9999"), 0U);
  EXPECT_EQ(names.names().size(), names.capacity());
}

TEST(EventNames, an_event_that_is_called_other_is_counted_there) {
  EventNames names(2);
  EXPECT_EQ(names.number_of("other"), 0U);
  EXPECT_EQ(names.names().size(), 1U);
}

TEST(EventNames, with_room_for_none_all_are_other) {
  EventNames names(0);
  EXPECT_EQ(names.number_of("a"), 0U);
  EXPECT_EQ(names.number_of(""), 0U);
}

TEST(EventNames, threads_that_ask_together_get_the_same_numbers) {
  EventNames names(64);
  std::vector<std::vector<std::size_t>> seen(4);
  std::vector<std::thread> threads;
  for (auto& mine : seen)
    threads.emplace_back([&names, &mine] {
      for (int i = 0; i < 100; ++i) mine.push_back(names.number_of(std::to_string(i)));
    });
  for (auto& thread : threads) thread.join();
  const auto all = names.names();
  EXPECT_EQ(all.size(), 65U);
  EXPECT_EQ(std::set<std::string>(all.begin(), all.end()).size(), 65U);
  for (int i = 0; i < 100; ++i) {
    const std::size_t number = names.number_of(std::to_string(i));
    EXPECT_EQ(all[number], number == 0 ? "other" : std::to_string(i));
    // Nobody has ever got another number than that; only once all were given out, `other`.
    for (const auto& mine : seen) EXPECT_EQ(mine[static_cast<std::size_t>(i)], number);
  }
}

TEST(PairCounts, count_by_both_words_and_by_other_once_the_table_is_full) {
  PairCounts counts(2);
  counts.add("transport error", "slow consumer");
  counts.add("transport error", "slow consumer");
  counts.add("transport close", "");
  counts.add("transport error", "a new one");
  counts.add("transport error", "another");
  counts.add("transport close", "");
  EXPECT_EQ(counts.counts(), (PairCounts::Counts{{{"transport error", "slow consumer"}, 2},
                                                 {{"transport close", ""}, 2},
                                                 {{"transport error", "other"}, 2}}));
}

}  // namespace
}  // namespace roomcast::base
