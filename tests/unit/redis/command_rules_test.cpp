#include <gtest/gtest.h>

#include <redis/command_rules.hpp>

namespace roomcast::resp {
namespace {

TEST(CommandRules, what_changes_or_blocks_the_connection_is_refused_in_any_case) {
  for (const char* name :
       {"SUBSCRIBE", "subscribe", "PSubscribe", "SSUBSCRIBE", "UNSUBSCRIBE", "PUNSUBSCRIBE", "MONITOR",
        "SELECT", "auth", "HELLO", "RESET", "QUIT", "MULTI", "EXEC", "WATCH", "BLPOP", "BZMPOP", "WAIT"})
    EXPECT_TRUE(spoils_shared_connection(name)) << name;
}

TEST(CommandRules, everything_else_may_be_sent) {
  for (const char* name :
       {"GET", "PUBLISH", "EVAL", "CLIENT", "CONFIG", "XREAD", "PUBSUB", "WAITING", "", "SUBSCRIBER", "SUB"})
    EXPECT_FALSE(spoils_shared_connection(name)) << name;
}

TEST(CommandRules, publishing_is_recognised) {
  EXPECT_TRUE(publishes("PUBLISH"));
  EXPECT_TRUE(publishes("spublish"));
  EXPECT_FALSE(publishes("PUBSUB"));
  EXPECT_FALSE(publishes("PUBLISHED"));
}

}  // namespace
}  // namespace roomcast::resp
