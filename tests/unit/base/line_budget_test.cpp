#include <gtest/gtest.h>

#include <base/line_budget.hpp>

namespace roomcast::base {
namespace {

using namespace std::chrono_literals;

TEST(LineBudget, leaves_out_what_is_too_much_for_a_second_and_tells_how_much_that_was) {
  LineBudget budget;
  const LineBudget::TimePoint start{1h};
  for (unsigned i = 0; i < LineBudget::lines_per_second; ++i)
    EXPECT_EQ(budget.take(start + i * 10ms), std::uint64_t{0});
  for (int i = 0; i < 5; ++i) EXPECT_EQ(budget.take(start + 999ms), std::nullopt);
  EXPECT_EQ(budget.take(start + 1s), std::uint64_t{5});
  EXPECT_EQ(budget.take(start + 1s), std::uint64_t{0});
}

}  // namespace
}  // namespace roomcast::base
