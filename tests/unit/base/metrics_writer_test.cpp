#include <limits>
#include <stdexcept>

#include <gtest/gtest.h>

#include <roomcast/metrics.hpp>

namespace roomcast {
namespace {

TEST(MetricsWriter, writes_help_type_and_samples) {
  MetricsWriter out;
  out.gauge("rooms", "How many rooms there are.");
  out.sample(3, {{"namespace", "/"}});
  out.sample(0, {{"namespace", "/admin"}, {"loop", "1"}});
  out.counter("bytes_total", "Bytes.", std::uint64_t{5});
  EXPECT_EQ(out.text(),
            "# HELP rooms How many rooms there are.\n# TYPE rooms gauge\n"
            "rooms{namespace=\"/\"} 3\nrooms{namespace=\"/admin\",loop=\"1\"} 0\n"
            "# HELP bytes_total Bytes.\n# TYPE bytes_total counter\nbytes_total 5\n");
}

TEST(MetricsWriter, a_label_may_hold_any_text) {
  MetricsWriter out;
  out.counter("events_total", "a \\ and a \"quote\"\nand a line");
  out.sample(1, {{"event", "a\"b\\c\nd"}});
  out.sample(1, {{"event", "\xFF"}});
  EXPECT_EQ(out.text(),
            "# HELP events_total a \\\\ and a \"quote\"\\nand a line\n# TYPE events_total counter\n"
            "events_total{event=\"a\\\"b\\\\c\\nd\"} 1\nevents_total{event=\"\xEF\xBF\xBD\"} 1\n");
}

TEST(MetricsWriter, integers_keep_all_their_digits_and_doubles_are_as_short_as_they_can_be) {
  MetricsWriter out;
  out.gauge("g", "");
  const std::size_t start = out.text().size();
  out.sample(std::numeric_limits<std::uint64_t>::max());
  out.sample(-7);
  out.sample(true);
  out.sample(0.1);
  out.sample(1e300);
  out.sample(std::numeric_limits<double>::quiet_NaN());
  out.sample(std::numeric_limits<double>::infinity());
  out.sample(-std::numeric_limits<double>::infinity());
  EXPECT_EQ(out.text().substr(start),
            "g 18446744073709551615\ng -7\ng 1\ng 0.1\ng 1e+300\ng NaN\ng +Inf\ng -Inf\n");
}

TEST(MetricsWriter, refuses_what_a_scraper_would_refuse) {
  MetricsWriter out;
  EXPECT_THROW(out.sample(1), std::logic_error);
  EXPECT_THROW(out.gauge("", "help"), std::invalid_argument);
  EXPECT_THROW(out.gauge("1st", "help"), std::invalid_argument);
  EXPECT_THROW(out.gauge("a-b", "help"), std::invalid_argument);
  EXPECT_THROW(out.gauge("a\n", "help"), std::invalid_argument);
  out.gauge("a:b_1", "help");
  EXPECT_THROW(out.counter("a:b_1", "again"), std::invalid_argument);
  EXPECT_THROW(out.sample(1, {{"a:b", "colons are for metrics"}}), std::invalid_argument);
  EXPECT_THROW(out.sample(1, {{"", "no name"}}), std::invalid_argument);
  EXPECT_EQ(out.text(), "# HELP a:b_1 help\n# TYPE a:b_1 gauge\n");
}

}  // namespace
}  // namespace roomcast
