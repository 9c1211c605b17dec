#include <algorithm>
#include <limits>
#include <string>
#include <string_view>

#include <gtest/gtest.h>
#include <spdlog/sinks/ostream_sink.h>

#include <base/log.hpp>

namespace roomcast::base::log {
namespace {

constexpr std::string_view time_shape = "dddd-dd-ddTdd:dd:dd.ddd";

bool has_time(std::string_view text) {
  return std::ranges::equal(
      text, time_shape, [](char c, char shape) { return shape == 'd' ? c >= '0' && c <= '9' : c == shape; });
}

/// The library's logger writes into a string while this lives.
class LogFormatTest : public testing::Test {
 protected:
  LogFormatTest() {
    get().sinks() = {std::make_shared<spdlog::sinks::ostream_sink_mt>(lines_)};
    get().set_level(spdlog::level::debug);
  }
  ~LogFormatTest() override {
    get().sinks() = before_;
    get().set_level(spdlog::level::warn);
  }
  void use(LogFormat format) { get().set_formatter(make_formatter(format)); }
  /// What was written, with every time as `T`.
  std::string lines() const {
    std::string text = lines_.str();
    for (std::size_t at = 0; at + time_shape.size() <= text.size(); ++at)
      if (has_time(std::string_view(text).substr(at, time_shape.size())))
        text.replace(at, time_shape.size(), "T");
    return text;
  }

 private:
  std::vector<spdlog::sink_ptr> before_ = get().sinks();
  std::ostringstream lines_;
};

TEST_F(LogFormatTest, a_line_of_text_has_time_level_text_and_fields) {
  use(LogFormat::text);
  info("{} and {}", 1, "two");
  write(spdlog::level::warn, "closed", {{"session", "abc"}, {"cause", "slow consumer"}, {"bytes", 5}});
  debug("x", {{"empty", ""}, {"yes", true}, {"half", 0.5}, {"minus", -3}});
  EXPECT_EQ(lines(),
            "T info 1 and two\n"
            "T warn closed session=abc cause=\"slow consumer\" bytes=5\n"
            "T debug x empty=\"\" yes=true half=0.5 minus=-3\n");
}

TEST_F(LogFormatTest, a_line_of_json_is_one_object) {
  use(LogFormat::json);
  error("it \"broke\"");
  write(
      spdlog::level::info, "closed",
      {{"session", "a\\b"}, {"bytes", 5U}, {"ok", false}, {"nan", std::numeric_limits<double>::quiet_NaN()}});
  EXPECT_EQ(lines(),
            "{\"time\":\"TZ\",\"level\":\"error\",\"message\":\"it \\\"broke\\\"\"}\n"
            "{\"time\":\"TZ\",\"level\":\"info\",\"message\":\"closed\",\"session\":\"a\\\\b\",\"bytes\":5,"
            "\"ok\":false,\"nan\":null}\n");
}

TEST_F(LogFormatTest, what_peers_send_cannot_break_a_line_or_reach_the_terminal) {
  const std::string evil = "a\nb\r\x1b[31m\xFF\x7f";
  use(LogFormat::text);
  warn("{}", evil);
  write(spdlog::level::warn, "f", {{"what", evil}});
  use(LogFormat::json);
  warn("{}", evil);
  EXPECT_EQ(lines(),
            "T warn a\\nb\\r\\u001b[31m\xEF\xBF\xBD\\u007f\n"
            "T warn f what=\"a\\nb\\r\\u001b[31m\xEF\xBF\xBD\\u007f\"\n"
            "{\"time\":\"TZ\",\"level\":\"warn\",\"message\":\"a\\nb\\r\\u001b[31m\xEF\xBF\xBD\\u007f\"}\n");
}

TEST_F(LogFormatTest, a_line_below_the_level_is_not_written) {
  use(LogFormat::text);
  get().set_level(spdlog::level::warn);
  debug("no {}", 1);
  debug("no", {{"a", 1}});
  info("no", {{"a", 1}});
  warn("yes");
  EXPECT_EQ(lines(), "T warn yes\n");
}

}  // namespace
}  // namespace roomcast::base::log
