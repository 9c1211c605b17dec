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
  auto build = [&](std::string_view payload) { return ++built, make("form of " + std::string(payload)); };
  EXPECT_EQ(frame.form(WireForm::base64, build).payload(), "form of abc");
  EXPECT_EQ(copy.form(WireForm::base64, build), frame.form(WireForm::base64, build));
  EXPECT_EQ(built, 1);
  EXPECT_NE(copy.form(WireForm::deflated, build), frame.form(WireForm::base64, build));
  EXPECT_EQ(built, 2);
}

TEST(Frame, lends_its_forms_to_others_who_may_keep_them) {
  Frame form;
  {
    const Frame frame = make("abc");
    form = frame.form(WireForm::deflated, [](std::string_view) { return make("shorter"); });
  }
  EXPECT_EQ(form.payload(), "shorter");
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
              frame.form(WireForm::base64, [](std::string_view text) { return make(text); }).payload().data();
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

// Whether a Frame is destroyed, and when, is what the sanitizers see in all of these.

TEST(FrameCopies, copies_outlive_the_scope_and_what_was_not_needed_is_given_back) {
  for (const std::size_t count : {0U, 1U, 4U, 5U, 6U, 1000U, 3000U}) {
    std::vector<Frame> copies;
    {
      const Frame frame = make("payload"), other = make("other");
      const FrameCopies together(frame);
      for (std::size_t i = 0; i < count; ++i) {
        copies.push_back(frame);
        copies.push_back(other);
      }
    }
    for (std::size_t i = 0; i < copies.size(); ++i)
      ASSERT_EQ(copies[i].payload(), i % 2 == 0 ? "payload" : "other");
  }
}

TEST(FrameCopies, one_broadcast_may_cause_another_inside) {
  std::vector<Frame> copies;
  const Frame outer = make("outer");
  const FrameCopies many(outer);
  for (int i = 0; i < 100; ++i) {
    copies.push_back(outer);
    const Frame inner = make("inner");
    const FrameCopies more(inner);
    for (int k = 0; k < 10; ++k) copies.push_back(inner);
    copies.push_back(outer);
  }
  EXPECT_EQ(copies.size(), 1200U);
}

TEST(FrameReleases, frames_live_until_all_are_counted_out) {
  std::vector<Frame> shared, single;
  const Frame kept = make("kept");
  for (int i = 0; i < 300; ++i) {  // more than the table has places
    shared.push_back(make("shared " + std::to_string(i)));
    single.push_back(make("single"));
  }
  std::vector<Frame> copies = shared;
  copies.insert(copies.end(), 100, kept);
  {
    const FrameReleases together;
    copies.clear();
    single.clear();
    for (int i = 0; i < 300; ++i)
      ASSERT_EQ(shared[static_cast<std::size_t>(i)].payload(), "shared " + std::to_string(i));
    shared.clear();  // the last ones: what is owed keeps them to the end
  }
  EXPECT_EQ(kept.payload(), "kept");
}

TEST(FrameReleases, loops_that_share_a_frame_count_it_in_and_out_at_the_same_time) {
  for (int round = 0; round < 100; ++round) {
    std::vector<std::jthread> threads;
    {
      const Frame frame = make("payload");
      for (int n = 0; n < 4; ++n) {
        threads.emplace_back([frame] {
          std::vector<Frame> outboxes;
          {
            const FrameCopies together(frame);
            for (int i = 0; i < 2000; ++i) outboxes.push_back(frame);
          }
          const FrameReleases together;
          outboxes.clear();
        });
      }
    }
  }
}

}  // namespace
}  // namespace roomcast::base
