#include <gtest/gtest.h>

#include <adapter/redis_limits.hpp>

namespace roomcast::adapter {
namespace {

const std::string usual = "normal 0 0 0 slave 268435456 67108864 60 pubsub 33554432 8388608 60";

TEST(RedisLimits, are_fine_when_the_largest_message_fits) {
  EXPECT_EQ(pubsub_limit_warning(usual, 8 * 1024 * 1024), "");
  EXPECT_EQ(pubsub_limit_warning(usual, 32 * 1024 * 1024), "");
  EXPECT_EQ(pubsub_limit_warning("normal 0 0 0 pubsub 0 0 0", 1 << 30), "");
}

TEST(RedisLimits, below_ours_are_named_with_both_numbers) {
  const std::string warning = pubsub_limit_warning(usual, 33'554'433);
  EXPECT_NE(warning.find("33554432"), std::string::npos) << warning;
  EXPECT_NE(warning.find("33554433"), std::string::npos) << warning;
  EXPECT_NE(warning.find("max_publish_bytes"), std::string::npos) << warning;
}

TEST(RedisLimits, that_cannot_be_read_are_no_reason_to_warn) {
  for (const char* text :
       {"", "pubsub", "pubsub ", "pubsub x", "normal 1 1 1", "pubsub 99999999999999999999"})
    EXPECT_EQ(pubsub_limit_warning(text, 1 << 30), "") << text;
}

TEST(RefusedCommand, that_is_not_there_is_named_with_what_to_do) {
  for (const std::string_view error : {"ERR unknown command 'PSUBSCRIBE', with args beginning with: 'a' ",
                                       "ERR unknown command `PSUBSCRIBE`, with args beginning with: `a`, "}) {
    const std::string why = refused_command("PSUBSCRIBE", error);
    EXPECT_TRUE(why.starts_with("the adapter needs the command PSUBSCRIBE, which this Redis does not have"));
    EXPECT_NE(why.find("rename-command"), std::string::npos);
    EXPECT_EQ(why.find("args"), std::string::npos);  // what was to be published
  }
}

TEST(RefusedCommand, that_the_user_may_not_run_comes_with_the_rule_that_allows_it) {
  for (const std::string_view error :
       {"NOPERM User x has no permissions to run the 'pubsub|numsub' command",
        "NOPERM this user has no permissions to run the 'pubsub' command or its subcommand"})
    EXPECT_TRUE(refused_command("PUBSUB", error).ends_with("give it ACL SETUSER … +pubsub"));
  EXPECT_TRUE(refused_command("SUBSCRIBE", "NOPERM No permissions to access a channel")
                  .ends_with("give it ACL SETUSER … allchannels"));
}

TEST(RefusedCommand, is_not_said_of_what_passes) {
  for (const std::string_view error : {"LOADING Redis is loading the dataset in memory", "ERR something else",
                                       "NOAUTH Authentication required."})
    EXPECT_EQ(refused_command("SUBSCRIBE", error), "");
}

}  // namespace
}  // namespace roomcast::adapter
