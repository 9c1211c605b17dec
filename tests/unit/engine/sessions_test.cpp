// Session ids, which name a loop.
#include <set>

#include <gtest/gtest.h>

#include <engine/sessions.hpp>

namespace roomcast::engine {
namespace {

TEST(Sid, has_20_characters_that_need_no_escaping) {
  for (int i = 0; i < 100; ++i) {
    const std::string sid = make_sid(0x3FFFF, 63);
    EXPECT_EQ(sid.size(), 20U);
    EXPECT_EQ(sid.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"),
              sid.npos);
  }
}

TEST(Sid, names_its_loop) {
  for (unsigned loop = 0; loop < 64; ++loop)
    for (const std::uint32_t tag : {0U, 1U, 0x2AAAAU, 0x3FFFFU})
      EXPECT_EQ(loop_of(make_sid(tag, loop)), static_cast<int>(loop));
}

TEST(Sid, begins_with_its_process) {
  EXPECT_EQ(make_sid(0, 5).substr(0, 3), "AAA");
  EXPECT_EQ(make_sid(0x3FFFF, 5).substr(0, 3), "___");
  EXPECT_EQ(make_sid(0x12345, 1).substr(0, 3), make_sid(0x12345, 2).substr(0, 3));
  EXPECT_EQ(make_sid(0xFFF00000, 0).substr(0, 3), "AAA");
}

TEST(Sid, is_never_the_same) {
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) seen.insert(make_sid(7, 7));
  EXPECT_EQ(seen.size(), 1000U);
}

TEST(Sid, what_cannot_be_one_names_no_loop) {
  for (const std::string_view text :
       {"", "AAAA", "AAA!AAAAAAAAAAAAAAAA", "AAAAAAAAAAAAAAAAAAAAA", "AAAAAAAAAAAAAAAAAAA"})
    EXPECT_EQ(loop_of(text), -1) << text;
}

TEST(CloseReason, has_the_words_of_engine_io) {
  EXPECT_EQ(to_string(CloseReason::transport_close), "transport close");
  EXPECT_EQ(to_string(CloseReason::transport_error), "transport error");
  EXPECT_EQ(to_string(CloseReason::ping_timeout), "ping timeout");
  EXPECT_EQ(to_string(CloseReason::parse_error), "parse error");
  EXPECT_EQ(to_string(CloseReason::forced_close), "forced close");
}

}  // namespace
}  // namespace roomcast::engine
