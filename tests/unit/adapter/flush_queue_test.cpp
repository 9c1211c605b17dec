#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <adapter/flush_queue.hpp>

namespace roomcast::adapter {
namespace {

/// A queue whose flushes write down what they are told: `flush 1: 0 failed`.
class Flushes : public testing::Test {
 public:
  void flush() {
    queue.flush([this, number = ++flushes](const FlushOutcome& outcome) {
      std::string line = std::to_string(number) + ": " + std::to_string(outcome.failed) + " failed";
      if (outcome.failed != 0) line += ", " + outcome.first.text;
      ended.push_back(line);
      return listening;
    });
  }
  static PublishFailure failure(std::string text) { return {RedisErrorCode::error_reply, std::move(text)}; }

  FlushQueue queue;
  std::vector<std::string> ended;
  int flushes = 0;
  bool listening = true;
};

using Ended = std::vector<std::string>;

TEST_F(Flushes, end_at_once_when_nothing_is_on_its_way) {
  flush();
  EXPECT_EQ(ended, Ended({"1: 0 failed"}));
  const auto epoch = queue.sent();
  queue.settled(epoch);
  flush();
  EXPECT_EQ(ended, Ended({"1: 0 failed", "2: 0 failed"}));
}

TEST_F(Flushes, wait_for_what_was_sent_before_and_for_nothing_else) {
  const auto before = queue.sent();
  flush();
  const auto after = queue.sent();
  EXPECT_EQ(queue.pending(), 2u);
  queue.settled(after);
  EXPECT_TRUE(ended.empty());
  queue.settled(before);
  EXPECT_EQ(ended, Ended({"1: 0 failed"}));
  EXPECT_EQ(queue.pending(), 0u);
}

TEST_F(Flushes, end_in_their_order_however_the_messages_are_settled) {
  const auto first = queue.sent();
  flush();
  const auto second = queue.sent();
  flush();
  flush();
  const auto third = queue.sent();
  queue.settled(third);
  queue.settled(second);
  EXPECT_TRUE(ended.empty());
  queue.settled(first);
  EXPECT_EQ(ended, Ended({"1: 0 failed", "2: 0 failed", "3: 0 failed"}));
}

TEST_F(Flushes, are_told_what_has_failed_since_the_one_before) {
  const auto a = queue.sent();
  const auto b = queue.sent();
  const auto c = queue.sent();
  queue.settled(b, failure("first"));
  queue.settled(a, failure("second"));
  flush();
  const auto d = queue.sent();
  queue.settled(c);
  flush();
  queue.settled(d, failure("third"));
  flush();
  EXPECT_EQ(ended, Ended({"1: 2 failed, first", "2: 1 failed, third", "3: 0 failed"}));
}

TEST_F(Flushes, hand_failures_on_to_the_next_when_nobody_listens_any_more) {
  listening = false;
  const auto a = queue.sent();
  flush();
  const auto b = queue.sent();
  queue.settled(b, failure("later"));
  queue.settled(a, failure("first"));
  flush();
  listening = true;
  flush();
  flush();
  EXPECT_EQ(ended, Ended({"1: 1 failed, first", "2: 2 failed, first", "3: 2 failed, first", "4: 0 failed"}));
}

TEST_F(Flushes, may_be_asked_for_by_one_that_ends) {
  const auto epoch = queue.sent();
  queue.flush([this](const FlushOutcome&) {
    flush();
    return true;
  });
  queue.settled(epoch);
  EXPECT_EQ(ended, Ended({"1: 0 failed"}));
}

}  // namespace
}  // namespace roomcast::adapter
