#include <string>

#include <bench/ledger.hpp>
#include <bench/message.hpp>
#include <gtest/gtest.h>

namespace roomcast::app::bench {
namespace {

const MessageFormat format(10, "run");
const Message plain{.sender = 3, .number = 41, .sent_at = 123'456'789};
const Message to_room{.sender = 0, .number = 0, .sent_at = 1, .room = 77, .has_room = true};

std::string written(const Message& message) {
  std::string out;
  format.write(out, message);
  return out;
}

TEST(BenchMessage, is_read_as_it_was_written) {
  EXPECT_EQ(written(plain), R"({"c":3,"n":41,"t":123456789,"p":"stuvwxyzab"})");
  EXPECT_EQ(written(to_room), R"({"to":"run:77","c":0,"n":0,"t":1,"p":"abcdefghij"})");
  EXPECT_EQ(format.read(written(plain)), plain);
  EXPECT_EQ(format.read(written(to_room)), to_room);
}

TEST(BenchMessage, may_have_its_members_in_another_order) {
  EXPECT_EQ(format.read(R"({"p":"stuvwxyzab","t":123456789,"n":41,"c":3})"), plain);
  EXPECT_EQ(format.read(R"({"c":0,"n":0,"p":"abcdefghij","t":1,"to":"run:77"})"), to_room);
}

TEST(BenchMessage, is_corrupt_when_any_byte_of_its_identity_or_payload_has_changed) {
  for (const Message& message : {plain, to_room}) {
    const std::string good = written(message);
    for (std::size_t i = 0; i < good.size(); ++i) {
      std::string bad = good;
      bad[i] = '!';
      EXPECT_EQ(format.read(bad), std::nullopt) << bad;
      bad = good;
      bad.erase(i, 1);
      const auto read = format.read(bad);
      EXPECT_FALSE(read == message) << bad;
      // A digit less is another number; only the sending time is not told by anything else.
      if (read) {
        EXPECT_NE(read->sent_at == message.sent_at, read->room == message.room) << bad;
      }
    }
  }
}

TEST(BenchMessage, is_corrupt_when_something_is_missing_twice_or_too_much) {
  for (const char* bad :
       {"", "{}", "null", R"({"c":3,"n":41,"t":5})", R"({"c":3,"n":41,"p":"stuvwxyzab"})",
        R"({"c":3,"c":3,"n":41,"t":5,"p":"stuvwxyzab"})", R"({"c":3,"n":41,"t":5,"p":"stuvwxyzab","x":1})",
        R"({"c":3,"n":41,"t":5,"p":"stuvwxyzab"}})", R"({"c":3,"n":41,"t":5,"p":"stuvwxyza"})",
        R"({"c":3,"n":41,"t":5,"p":"stuvwxyzabc"})", R"({"c":-3,"n":41,"t":5,"p":"stuvwxyzab"})",
        R"({"to":"other:1","c":3,"n":41,"t":5,"p":"stuvwxyzab"})", R"({"c":3,"n":41,"t":5,"p":"stuvwxyzab)"})
    EXPECT_EQ(format.read(bad), std::nullopt) << bad;
}

TEST(BenchMessage, with_the_payload_of_another_message_is_corrupt) {
  std::string mixed = written(plain);
  mixed.replace(mixed.find("\"n\":41"), 6, "\"n\":42");
  EXPECT_EQ(format.read(mixed), std::nullopt);
}

TEST(BenchOutstanding, takes_each_number_once_in_any_order) {
  Outstanding out;
  EXPECT_EQ(out.take(0), Verdict::never_sent);
  for (std::uint64_t i = 0; i < 1000; ++i) EXPECT_EQ(out.add(), i);
  EXPECT_EQ(out.size(), 1000U);
  for (std::uint64_t i = 1000; i-- > 0;) EXPECT_EQ(out.take(i), Verdict::expected);
  for (std::uint64_t i = 0; i < 1000; ++i) EXPECT_EQ(out.take(i), Verdict::duplicated);
  EXPECT_EQ(out.take(1000), Verdict::never_sent);
  EXPECT_EQ(out.size(), 0U);
}

TEST(BenchOutstanding, remembers_one_that_is_missing_however_many_follow) {
  Outstanding out;
  for (std::uint64_t i = 0; i < 100'000; ++i) {
    EXPECT_EQ(out.add(), i);
    if (i != 70) {
      ASSERT_EQ(out.take(i), Verdict::expected);
    }
  }
  EXPECT_EQ(out.size(), 1U);
  EXPECT_EQ(out.take(69), Verdict::duplicated);
  EXPECT_EQ(out.take(99'999), Verdict::duplicated);
  EXPECT_EQ(out.take(70), Verdict::expected);
  EXPECT_EQ(out.take(70), Verdict::duplicated);
  EXPECT_EQ(out.size(), 0U);
  EXPECT_EQ(out.add(), 100'000U);
  EXPECT_EQ(out.take(100'000), Verdict::expected);
}

TEST(BenchStreams, count_what_is_passed_over) {
  Streams streams(2, 2);
  EXPECT_EQ(streams.take(1, 1, 0, 10).verdict, Verdict::expected);
  const Streams::Arrival later = streams.take(1, 1, 4, 10);
  EXPECT_EQ(later.verdict, Verdict::expected);
  EXPECT_EQ(later.first, 1U) << "1, 2 and 3 are lost";
  EXPECT_EQ(streams.take(1, 1, 4, 10).verdict, Verdict::duplicated);
  EXPECT_EQ(streams.take(1, 1, 2, 10).verdict, Verdict::duplicated) << "it is too late";
  EXPECT_EQ(streams.take(1, 1, 10, 10).verdict, Verdict::never_sent);
  EXPECT_EQ(streams.take(0, 1, 0, 10).verdict, Verdict::expected) << "each recipient by itself";
  EXPECT_EQ(streams.take(1, 0, 0, 10).verdict, Verdict::expected) << "each sender by itself";
}

}  // namespace
}  // namespace roomcast::app::bench
