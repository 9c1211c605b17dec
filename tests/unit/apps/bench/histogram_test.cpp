#include <cstdint>

#include <bench/histogram.hpp>
#include <bench/pacer.hpp>
#include <gtest/gtest.h>

namespace roomcast::app::bench {
namespace {

TEST(BenchHistogram, has_no_times_at_first) {
  const Histogram none;
  EXPECT_EQ(none.count(), 0U);
  EXPECT_EQ(none.max(), 0U);
  EXPECT_EQ(none.quantile(0.5), 0U);
}

TEST(BenchHistogram, is_exact_for_short_times) {
  Histogram times;
  for (std::uint64_t i = 1; i <= 100; ++i) times.add(i % 50);
  EXPECT_EQ(times.count(), 100U);
  EXPECT_EQ(times.quantile(0), 0U);
  EXPECT_EQ(times.quantile(0.5), 24U);
  EXPECT_EQ(times.quantile(1), 49U);
}

TEST(BenchHistogram, is_at_most_1_6_percent_above_the_quantile) {
  Histogram times;
  for (std::uint64_t i = 1; i <= 100'000; ++i) times.add(i * 1'000);
  for (const double share : {0.01, 0.1, 0.5, 0.9, 0.99, 0.999}) {
    const double exact = share * 1e8;
    EXPECT_GE(static_cast<double>(times.quantile(share)), exact);
    EXPECT_LE(static_cast<double>(times.quantile(share)), exact * 1.016);
  }
  EXPECT_EQ(times.quantile(1), 100'000'000U) << "never above the longest";
  EXPECT_EQ(times.max(), 100'000'000U);
}

TEST(BenchHistogram, takes_any_time) {
  Histogram times;
  for (int bit = 0; bit < 64; ++bit) times.add(std::uint64_t{1} << bit);
  times.add(~std::uint64_t{0});
  EXPECT_EQ(times.count(), 65U);
  EXPECT_EQ(times.quantile(1), ~std::uint64_t{0});
}

TEST(BenchPacer, is_due_at_a_steady_rate_however_late_it_is_asked) {
  Pacer pacer(3, 1'000);
  EXPECT_EQ(pacer.due(), 1'000U);
  for (int i = 0; i < 3'000'000; ++i) pacer.advance();
  EXPECT_EQ(pacer.due(), 1'000U + 1'000'000'000'000'000U) << "no rounding adds up";
}

}  // namespace
}  // namespace roomcast::app::bench
