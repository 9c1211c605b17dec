#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include <base/frame.hpp>

namespace roomcast::base {
namespace {

Frame make(std::string_view payload, std::string_view header = "H") {
  FrameBuilder builder(1);
  builder.append(payload);
  return std::move(builder).finish(FrameKind::text, header);
}

TEST(Frame, has_its_header_directly_in_front_of_the_payload) {
  const Frame frame = make("payload", "\x81\x07");
  EXPECT_EQ(frame.payload(), "payload");
  EXPECT_EQ(frame.wire(), "\x81\x07payload");
}

TEST(Frame, keeps_the_bytes_while_any_copy_lives) {
  Frame kept;
  {
    const Frame first = make(std::string(100'000, 'x'));
    kept = first;
    EXPECT_EQ(kept, first);
  }
  EXPECT_EQ(kept.payload(), std::string(100'000, 'x'));
}

TEST(Frame, builds_a_further_form_once_for_all_its_copies) {
  const Frame frame = make("abc");
  const Frame copy = frame;
  int built = 0;
  auto build = [&](std::string_view payload) { return ++built, "form of " + std::string(payload); };
  EXPECT_EQ(frame.form(WireForm::base64, build), "form of abc");
  EXPECT_EQ(copy.form(WireForm::base64, build).data(), frame.form(WireForm::base64, build).data());
  EXPECT_EQ(built, 1);
}

TEST(Frame, gives_every_thread_the_same_form) {
  for (int round = 0; round < 200; ++round) {
    const Frame frame = make("abc");
    std::vector<const char*> seen(4);
    {
      std::vector<std::jthread> threads;
      for (const char*& place : seen)
        threads.emplace_back([&place, frame] {
          place =
              frame.form(WireForm::base64, [](std::string_view text) { return std::string(text); }).data();
        });
    }
    EXPECT_EQ(seen, std::vector<const char*>(4, seen[0]));
  }
}

TEST(FrameBuilder, grows_from_any_size_without_losing_bytes) {
  FrameBuilder builder(1);
  std::string expected;
  for (int i = 0; i < 5000; ++i) {
    builder.append(static_cast<char>('a' + i % 26));
    builder.append("-");
    expected += static_cast<char>('a' + i % 26);
    expected += '-';
  }
  EXPECT_EQ(builder.view(), expected);
  EXPECT_EQ(std::move(builder).finish(FrameKind::binary, "").payload(), expected);
}

TEST(FrameBuilder, truncates_to_a_mark) {
  FrameBuilder builder;
  builder.append("kept");
  const std::size_t mark = builder.size();
  builder.append(" dropped");
  builder.truncate(mark);
  EXPECT_EQ(builder.view(), "kept");
}

}  // namespace
}  // namespace roomcast::base
