#include <stdexcept>

#include <gtest/gtest.h>

#include <core/readiness.hpp>

namespace roomcast::core {
namespace {

TEST(Readiness, without_checks_it_is_ready) {
  const Readiness readiness;
  EXPECT_TRUE(readiness.report().ready);
  EXPECT_EQ(readiness.report().json(), R"({"status":"ready","checks":{}})");
}

TEST(Readiness, one_failed_check_is_enough_and_says_why) {
  Readiness readiness;
  readiness.add("store", [] { return std::string(); });
  readiness.add("redis", [] { return std::string("no answer for \"5 s\""); });
  EXPECT_FALSE(readiness.report().ready);
  EXPECT_EQ(readiness.report().json(),
            R"({"status":"not ready","checks":{"store":"ok","redis":"no answer for \"5 s\""}})");
}

TEST(Readiness, a_check_is_asked_each_time_and_replaced_by_one_of_its_name) {
  Readiness readiness;
  std::string wrong = "not yet";
  readiness.add("store", [&] { return wrong; });
  EXPECT_FALSE(readiness.report().ready);
  wrong.clear();
  EXPECT_TRUE(readiness.report().ready);
  readiness.add("store", [] { return std::string("replaced"); });
  EXPECT_EQ(readiness.report().json(), R"({"status":"not ready","checks":{"store":"replaced"}})");
}

TEST(Readiness, a_check_that_throws_has_failed) {
  Readiness readiness;
  readiness.add("a", []() -> std::string { throw std::runtime_error("boom"); });
  readiness.add("b", []() -> std::string { throw 1; });
  EXPECT_EQ(readiness.report().json(),
            R"({"status":"not ready","checks":{"a":"the check failed: boom","b":"the check failed"}})");
}

}  // namespace
}  // namespace roomcast::core
