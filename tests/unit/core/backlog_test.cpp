#include <algorithm>
#include <random>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <core/backlog.hpp>

namespace roomcast::core {
namespace {

using Strings = std::vector<std::string>;

base::Frame frame(std::string_view text) {
  base::FrameBuilder out(text.size());
  out.append(text);
  return std::move(out).finish(base::FrameKind::text, "");
}

EncodedPacket packet(std::string_view text) { return {frame(text), {}}; }

BackpressureRule rule(Overflow overflow, std::size_t max_bytes) {
  return std::make_shared<const Backpressure>(Backpressure{.overflow = overflow, .max_bytes = max_bytes});
}

Strings all_of(Backlog& backlog) {
  Strings all;
  while (!backlog.empty()) all.emplace_back(backlog.pop().head.payload());
  EXPECT_EQ(backlog.bytes(), 0U);
  return all;
}

TEST(Backlog, gives_packets_in_the_order_of_arrival_whatever_their_rules) {
  Backlog backlog(1000);
  const BackpressureRule one = rule(Overflow::drop_oldest, 0), other = rule(Overflow::keep_latest, 0);
  backlog.push(packet("a"), one, {});
  backlog.push(packet("b"), nullptr, {});
  backlog.push(packet("c"), other, "key");
  backlog.push(packet("d"), one, {});
  backlog.push(packet("e"), nullptr, {});
  EXPECT_EQ(all_of(backlog), (Strings{"a", "b", "c", "d", "e"}));
}

TEST(Backlog, drops_the_oldest_of_a_rule_that_is_past_its_limit_and_of_no_other) {
  Backlog backlog(1000);
  const BackpressureRule ten = rule(Overflow::drop_oldest, 10), other = rule(Overflow::drop_oldest, 0);
  backlog.push(packet("kept"), nullptr, {});
  backlog.push(packet("other"), other, {});
  std::uint32_t dropped = 0;
  for (const char c : {'1', '2', '3', '4'})
    dropped += backlog.push(packet(std::string(4, c)), ten, {}).oldest;
  EXPECT_EQ(dropped, 2U);
  EXPECT_EQ(backlog.bytes(), 4U + 5U + 8U);
  EXPECT_EQ(backlog.kept_bytes(), 4U);
  EXPECT_EQ(all_of(backlog), (Strings{"kept", "other", "3333", "4444"}));
}

TEST(Backlog, a_packet_longer_than_its_rules_limit_is_the_only_one_that_is_left) {
  Backlog backlog(1000);
  const BackpressureRule ten = rule(Overflow::drop_oldest, 10);
  backlog.push(packet("short"), ten, {});
  EXPECT_EQ(backlog.push(packet("twenty characters  !"), ten, {}).oldest, 1U);
  EXPECT_EQ(all_of(backlog), (Strings{"twenty characters  !"}));
}

TEST(Backlog, a_rule_without_a_limit_has_that_of_the_connection) {
  Backlog backlog(10);
  const BackpressureRule none = rule(Overflow::drop_oldest, 0);
  for (const char c : {'1', '2', '3'}) backlog.push(packet(std::string(4, c)), none, {});
  EXPECT_EQ(all_of(backlog), (Strings{"2222", "3333"}));
}

TEST(Backlog, keeps_the_latest_of_each_key_in_the_place_where_it_came) {
  Backlog backlog(1000);
  const BackpressureRule latest = rule(Overflow::keep_latest, 0);
  std::uint32_t replaced = 0;
  for (const auto& [key, text] : {std::pair("x", "x1"), {"y", "y1"}, {"x", "x2"}, {"z", "z1"}, {"y", "y2"}})
    replaced += backlog.push(packet(text), latest, key).replaced;
  EXPECT_EQ(replaced, 2U);
  EXPECT_EQ(all_of(backlog), (Strings{"x2", "z1", "y2"}));
}

TEST(Backlog, the_keys_of_one_rule_are_not_those_of_another) {
  Backlog backlog(1000);
  const BackpressureRule one = rule(Overflow::keep_latest, 0), other = rule(Overflow::keep_latest, 0);
  backlog.push(packet("one"), one, "key");
  backlog.push(packet("other"), other, "key");
  EXPECT_EQ(all_of(backlog), (Strings{"one", "other"}));
}

TEST(Backlog, too_many_keys_are_dropped_from_the_oldest_on) {
  Backlog backlog(1000);
  const BackpressureRule latest = rule(Overflow::keep_latest, 6);
  for (const char c : {'a', 'b', 'c', 'd'})
    backlog.push(packet(std::string(2, c)), latest, std::string(1, c));
  backlog.push(packet("b!"), latest, "b");
  EXPECT_EQ(all_of(backlog), (Strings{"cc", "dd", "b!"}));
}

TEST(Backlog, attachments_go_with_their_packet_and_count) {
  Backlog backlog(1000);
  const BackpressureRule ten = rule(Overflow::drop_oldest, 10);
  backlog.push({frame("head"), {frame("one"), frame("two")}}, ten, {});
  EXPECT_EQ(backlog.bytes(), 10U);
  backlog.push({frame("next"), {frame("x")}}, ten, {});
  EXPECT_EQ(backlog.bytes(), 5U);
  const EncodedPacket left = backlog.pop();
  EXPECT_EQ(left.head.payload(), "next");
  EXPECT_EQ(left.attachments.size(), 1U);
}

// The same by a list that is searched from end to end.
class Model {
 public:
  void push(const std::string& text, const BackpressureRule& by, const std::string& key) {
    const bool latest = by && by->overflow == Overflow::keep_latest;
    if (latest) std::erase_if(waiting_, [&](const Entry& one) { return one.by == by && one.key == key; });
    waiting_.push_back({text, by, key});
    while (by && bytes_of(by) > by->max_bytes && count_of(by) > 1)
      waiting_.erase(std::ranges::find(waiting_, by, &Entry::by));
  }
  Strings pop(std::size_t n) {
    Strings all;
    for (; n > 0 && !waiting_.empty(); --n) {
      all.push_back(waiting_.front().text);
      waiting_.erase(waiting_.begin());
    }
    return all;
  }
  std::size_t bytes_of(const BackpressureRule& by) const {
    std::size_t sum = 0;
    for (const Entry& one : waiting_) sum += one.by == by ? one.text.size() : 0;
    return sum;
  }

 private:
  struct Entry {
    std::string text;
    BackpressureRule by;
    std::string key;
  };
  std::ptrdiff_t count_of(const BackpressureRule& by) const {
    return std::ranges::count(waiting_, by, &Entry::by);
  }
  std::vector<Entry> waiting_;
};

TEST(Backlog, does_what_a_plain_list_would_do) {
  std::mt19937 random(20261130);
  auto below = [&random](unsigned n) { return random() % n; };
  const std::vector<BackpressureRule> rules{nullptr, rule(Overflow::drop_oldest, 30),
                                            rule(Overflow::keep_latest, 40), rule(Overflow::keep_latest, 15)};
  for (int round = 0; round < 200; ++round) {
    Backlog backlog(1000);
    Model model;
    for (int step = 0; step < 200; ++step) {
      if (below(10) == 0) {
        const std::size_t n = below(8);
        Strings ours;
        while (ours.size() < n && !backlog.empty()) ours.emplace_back(backlog.pop().head.payload());
        ASSERT_EQ(ours, model.pop(n));
      } else {
        const std::string text = std::to_string(step) + std::string(below(9), '.');
        const std::string key(1, static_cast<char>('a' + below(6)));
        const BackpressureRule& by = rules[below(static_cast<unsigned>(rules.size()))];
        backlog.push(packet(text), by, key);
        model.push(text, by, key);
      }
      ASSERT_EQ(backlog.kept_bytes(), model.bytes_of(nullptr));
    }
    ASSERT_EQ(all_of(backlog), model.pop(1000));
  }
}

TEST(BackpressureRules, a_rooms_rule_comes_before_the_general_one) {
  BackpressureRules rules;
  EXPECT_EQ(rules.find({}), nullptr);
  rules.set({}, {.overflow = Overflow::drop_volatile});
  rules.set("a", {.overflow = Overflow::drop_oldest});
  rules.set("b", {.overflow = Overflow::keep_latest});
  auto of = [&rules](const Strings& rooms) { return rules.find(rooms)->overflow; };
  EXPECT_EQ(of({}), Overflow::drop_volatile);
  EXPECT_EQ(of({"c"}), Overflow::drop_volatile);
  EXPECT_EQ(of({"c", "b", "a"}), Overflow::keep_latest);
}

TEST(BackpressureRules, a_rule_that_is_none_takes_away_what_was_there) {
  BackpressureRules rules;
  const Strings room{"a"};
  rules.set("a", {.overflow = Overflow::drop_oldest});
  rules.set({}, {.max_bytes = 5});
  rules.set("a", {});
  EXPECT_EQ(rules.find(room)->max_bytes, 5U);
  rules.set({}, {});
  EXPECT_EQ(rules.find(room), nullptr);
}

TEST(BackpressureRules, a_key_needs_something_to_decide) {
  BackpressureRules rules;
  const auto key = [](const std::string& event, const Args&) { return event; };
  EXPECT_THROW(rules.set({}, {.overflow = Overflow::drop_oldest, .key = key}), std::invalid_argument);
  EXPECT_NO_THROW(rules.set({}, {.overflow = Overflow::keep_latest, .key = key}));
}

}  // namespace
}  // namespace roomcast::core
