#include <array>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <net/outbox.hpp>
#include <support/count_allocations.hpp>

namespace roomcast::net {
namespace {

base::Frame frame(std::string_view payload, std::string_view header = "") {
  base::FrameBuilder builder;
  builder.append(payload);
  return std::move(builder).finish(base::FrameKind::text, header);
}

std::string gathered(const Outbox& outbox, std::size_t entries = 64) {
  std::vector<iovec> pieces(entries);
  const std::size_t used = outbox.gather(pieces);
  std::string all;
  for (std::size_t i = 0; i < used; ++i)
    all.append(static_cast<const char*>(pieces[i].iov_base), pieces[i].iov_len);
  return all;
}

TEST(Outbox, is_empty_at_first) {
  Outbox::Pool pool;
  Outbox outbox(pool);
  EXPECT_TRUE(outbox.empty());
  EXPECT_EQ(outbox.bytes(), 0U);
  EXPECT_EQ(gathered(outbox), "");
}

TEST(Outbox, gathers_wire_forms_in_order) {
  Outbox::Pool pool;
  Outbox outbox(pool);
  outbox.push(frame("one", "<"));
  outbox.push(frame("two", "<<"));
  EXPECT_EQ(gathered(outbox), "<one<<two");
  EXPECT_EQ(outbox.bytes(), 9U);
}

TEST(Outbox, gathers_no_more_than_there_is_room_for) {
  Outbox::Pool pool;
  Outbox outbox(pool);
  for (int i = 0; i < 40; ++i) outbox.push(frame(std::string(1, static_cast<char>('0' + i))));
  EXPECT_EQ(gathered(outbox, 0), "");
  EXPECT_EQ(gathered(outbox, 1), "0");
  EXPECT_EQ(gathered(outbox, 3), "012");
  EXPECT_EQ(gathered(outbox, 16), "0123456789:;<=>?");
  EXPECT_EQ(gathered(outbox).size(), 40U);
}

// The kernel may take any number of bytes: what is left must be the rest, whatever the cut.
TEST(Outbox, goes_on_from_every_cut) {
  std::string all;
  std::vector<base::Frame> frames;
  for (int i = 0; i < 33; ++i) {  // more than two chunks
    frames.push_back(
        frame(std::string(static_cast<std::size_t>(1 + i % 4), static_cast<char>('a' + i % 26)), "#"));
    all += frames.back().wire();
  }
  Outbox::Pool pool;
  for (std::size_t cut = 0; cut <= all.size(); ++cut) {
    Outbox outbox(pool);
    for (const base::Frame& one : frames) outbox.push(one);
    outbox.consume(cut);
    ASSERT_EQ(gathered(outbox), all.substr(cut)) << cut;
    ASSERT_EQ(outbox.bytes(), all.size() - cut);
    outbox.push(frame("more"));
    ASSERT_EQ(gathered(outbox), all.substr(cut) + "more") << cut;
    outbox.consume(outbox.bytes());
    ASSERT_TRUE(outbox.empty());
  }
}

TEST(Outbox, goes_on_byte_by_byte) {
  Outbox::Pool pool;
  Outbox outbox(pool);
  std::string all, taken;
  for (int i = 0; i < 50; ++i) {
    outbox.push(frame(std::to_string(i), "|"));
    all += "|" + std::to_string(i);
  }
  while (!outbox.empty()) {
    taken += gathered(outbox).front();
    outbox.consume(1);
  }
  EXPECT_EQ(taken, all);
}

// A frame without a byte would stay at the front for ever.
TEST(Outbox, ignores_a_frame_without_bytes) {
  Outbox::Pool pool;
  Outbox outbox(pool);
  outbox.push(frame(""));
  EXPECT_TRUE(outbox.empty());
}

TEST(Outbox, lets_go_of_a_frame_as_soon_as_it_is_taken) {
  struct Probe {
    Outbox::Pool pool;
    Outbox outbox{pool};
  } probe;
  const base::Frame shared = frame("shared");
  probe.outbox.push(shared);
  probe.outbox.push(shared);
  probe.outbox.consume(shared.wire().size());
  EXPECT_EQ(probe.outbox.bytes(), shared.wire().size());
  probe.outbox.clear();
  EXPECT_TRUE(probe.outbox.empty());
  EXPECT_EQ(probe.outbox.bytes(), 0U);
}

TEST(Outbox, allocates_nothing_once_the_pool_has_its_chunks) {
  Outbox::Pool pool;
  std::vector<std::unique_ptr<Outbox>> outboxes;
  for (int i = 0; i < 100; ++i) outboxes.push_back(std::make_unique<Outbox>(pool));
  const base::Frame shared = frame("broadcast");
  const auto fan_out = [&] {
    for (const auto& outbox : outboxes)
      for (int i = 0; i < 20; ++i) outbox->push(shared);
    for (const auto& outbox : outboxes) outbox->consume(outbox->bytes());
  };
  fan_out();
  const std::size_t before = support::allocations;
  for (int round = 0; round < 10; ++round) fan_out();
  EXPECT_EQ(support::allocations, before);
}

TEST(Outbox, needs_no_chunk_for_one_frame) {
  Outbox::Pool pool;
  Outbox outbox(pool);
  const base::Frame one = frame("alone");
  const std::size_t before = support::allocations;
  for (int i = 0; i < 10; ++i) {
    outbox.push(one);
    outbox.consume(outbox.bytes());
  }
  EXPECT_EQ(support::allocations, before);
}

}  // namespace
}  // namespace roomcast::net
