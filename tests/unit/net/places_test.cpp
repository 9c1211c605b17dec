#include <vector>

#include <gtest/gtest.h>

#include <net/places.hpp>

namespace roomcast::net {
namespace {

using Verdict = Places::Verdict;

TEST(Places, without_limits_everybody_is_welcome_and_nobody_counts) {
  Places places(0, 0);
  auto [verdict, place] = places.enter("1.2.3.4");
  EXPECT_EQ(verdict, Verdict::welcome);
  EXPECT_FALSE(place);
  EXPECT_TRUE(place.count_for("1.2.3.4"));
}

TEST(Places, an_ipv6_address_counts_by_its_network_and_ipv4_by_itself) {
  EXPECT_EQ(Places::counted_as("1.2.3.4"), "1.2.3.4");
  EXPECT_EQ(Places::counted_as("::ffff:1.2.3.4"), "1.2.3.4");
  EXPECT_EQ(Places::counted_as("2001:db8:0:1:2:3:4:5"), "2001:db8:0:1::/64");
  EXPECT_EQ(Places::counted_as("2001:db8:0:1::"), "2001:db8:0:1::/64");
  EXPECT_EQ(Places::counted_as("2001:db8:0:2::"), "2001:db8:0:2::/64");
  EXPECT_EQ(Places::counted_as("::1"), "::/64");
  EXPECT_EQ(Places::counted_as("unknown"), "unknown");
}

TEST(Places, one_network_takes_no_places_from_another) {
  Places places(0, 2);
  std::vector<Places::Place> held;
  for (const char* address : {"2001:db8::1", "2001:db8::2", "2001:db8:0:1::1", "::ffff:1.2.3.4", "1.2.3.4"}) {
    auto [verdict, place] = places.enter(address);
    EXPECT_EQ(verdict, Verdict::welcome) << address;
    held.push_back(std::move(place));
  }
  EXPECT_EQ(places.enter("2001:db8::3").first, Verdict::too_many_of_address);
  EXPECT_EQ(places.enter("1.2.3.4").first, Verdict::too_many_of_address);
  EXPECT_EQ(places.enter("2001:db8:0:1::2").first, Verdict::welcome);
  held.erase(held.begin());
  EXPECT_EQ(places.enter("2001:db8::3").first, Verdict::welcome);
}

TEST(Places, a_place_without_an_address_counts_in_all_until_it_gets_one) {
  Places places(3, 1);
  auto first = places.enter("").second, second = places.enter("").second;
  EXPECT_TRUE(first.count_for("a"));
  EXPECT_FALSE(second.count_for("a"));
  EXPECT_EQ(places.enter("a").first, Verdict::too_many_of_address);
  EXPECT_TRUE(second.count_for("b"));
  EXPECT_EQ(places.enter("b").first, Verdict::too_many_of_address);
  const auto third = places.enter("");
  EXPECT_EQ(places.enter("").first, Verdict::too_many);
  first = Places::Place();
  EXPECT_EQ(places.enter("a").first, Verdict::welcome);
}

TEST(Places, moving_a_place_neither_gives_it_back_nor_takes_another) {
  Places places(1, 1);
  auto place = places.enter("a").second;
  const Places::Place moved(std::move(place));
  EXPECT_FALSE(place);  // NOLINT(bugprone-use-after-move): that is what is asked
  EXPECT_TRUE(moved);
  EXPECT_EQ(places.enter("b").first, Verdict::too_many);
}

}  // namespace
}  // namespace roomcast::net
