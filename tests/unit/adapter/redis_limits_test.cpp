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

}  // namespace
}  // namespace roomcast::adapter
