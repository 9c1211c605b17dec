#include <string>
#include <utility>
#include <vector>

#include <bench/frame.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace roomcast::app::bench {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

struct Frames final : FrameReader::Sink {
  bool on_frame(FrameType type, std::string_view payload) override {
    all.emplace_back(type, payload);
    return all.size() < stop_after;
  }
  std::vector<std::pair<FrameType, std::string>> all;
  std::size_t stop_after = 1000;
};

std::string frame(int first, std::string_view payload) {
  std::string out(1, static_cast<char>(first));
  const auto append_length = [&](int width) {
    for (int i = width - 1; i >= 0; --i) out += static_cast<char>(payload.size() >> 8 * i);
  };
  if (payload.size() < 126) {
    append_length(1);
  } else {
    out += static_cast<char>(payload.size() < 65536 ? 126 : 127);
    append_length(payload.size() < 65536 ? 2 : 8);
  }
  return out.append(payload);
}

const std::string medium(300, 'm');
const std::string large(70'000, 'l');

std::string stream_of_all_kinds() {
  return frame(0x81, "hello") + frame(0x89, "ping") + frame(0x81, "") + frame(0x81, medium) +
         frame(0x82, large) + frame(0x01, "in ") + frame(0x8A, "pong") + frame(0x00, "three ") +
         frame(0x80, "parts") + frame(0x88, "");
}

const auto what_it_says =
    ElementsAre(Pair(FrameType::text, "hello"), Pair(FrameType::ping, "ping"), Pair(FrameType::text, ""),
                Pair(FrameType::text, medium), Pair(FrameType::binary, large), Pair(FrameType::pong, "pong"),
                Pair(FrameType::text, "in three parts"), Pair(FrameType::close, ""));

TEST(BenchFrameReader, reads_every_kind_of_frame_at_once) {
  FrameReader reader;
  Frames frames;
  EXPECT_EQ(reader.read(stream_of_all_kinds(), frames), "");
  EXPECT_THAT(frames.all, what_it_says);
}

TEST(BenchFrameReader, reads_the_same_byte_by_byte) {
  FrameReader reader;
  Frames frames;
  for (const char byte : stream_of_all_kinds()) ASSERT_EQ(reader.read({&byte, 1}, frames), "");
  EXPECT_THAT(frames.all, what_it_says);
}

TEST(BenchFrameReader, reads_the_same_in_pieces_of_any_size) {
  const std::string stream = stream_of_all_kinds();
  for (std::size_t size = 2; size < 400; size += 7) {
    FrameReader reader;
    Frames frames;
    for (std::size_t at = 0; at < stream.size(); at += size)
      ASSERT_EQ(reader.read(std::string_view(stream).substr(at, size), frames), "");
    EXPECT_THAT(frames.all, what_it_says) << "pieces of " << size;
  }
}

TEST(BenchFrameReader, names_what_a_server_must_not_send) {
  const std::vector<std::pair<std::string, std::string_view>> bad{
      {frame(0xC1, "x"), "a frame with reserved bits"},
      {std::string("\x81\x81\0\0\0\0x", 7), "a masked frame"},
      {frame(0x83, "x"), "a frame of an unknown type"},
      {frame(0x80, "x"), "a fragment out of place"},
      {frame(0x01, "x") + frame(0x81, "y"), "a fragment out of place"},
      {frame(0x09, "x"), "a malformed control frame"},
      {frame(0x8B, "x"), "a malformed control frame"},
      {frame(0x89, medium), "a malformed control frame"},
      {std::string("\x81\x7F\x7F\xFF\xFF\xFF\xFF\xFF\xFF\xFF", 10), "a frame of more than 256 MiB"},
  };
  for (const auto& [bytes, why] : bad) {
    FrameReader whole, pieces;
    Frames frames;
    EXPECT_EQ(whole.read(bytes, frames), why);
    std::string_view said;
    for (const char byte : bytes) said = pieces.read({&byte, 1}, frames);
    EXPECT_EQ(said, why);
    EXPECT_EQ(pieces.read(frame(0x81, "good"), frames), why) << "an error stays";
    EXPECT_THAT(frames.all, IsEmpty());
  }
}

TEST(BenchFrameReader, stops_when_its_reader_does_and_begins_anew) {
  FrameReader reader;
  Frames frames;
  frames.stop_after = 2;
  EXPECT_EQ(reader.read(frame(0x81, "1") + frame(0x81, "2") + frame(0x81, "3"), frames), "");
  EXPECT_THAT(frames.all, ElementsAre(Pair(FrameType::text, "1"), Pair(FrameType::text, "2")));
  frames.stop_after = 1000;
  EXPECT_EQ(reader.read(frame(0x81, "4"), frames), "");
  EXPECT_THAT(frames.all.back(), Pair(FrameType::text, "4"));
}

TEST(BenchFrame, is_masked_and_has_the_shortest_length) {
  std::string out;
  append_frame(out, FrameType::text, "Hello",
               0x3D21FA37);  // the example of RFC6455§5.7, in this machine's order
  EXPECT_EQ(out, "\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58");
  for (const auto& [size, head] : {std::pair{125, 2}, {126, 4}, {65'535, 4}, {65'536, 10}}) {
    out.clear();
    const std::string payload(static_cast<std::size_t>(size), 'x');
    append_frame(out, FrameType::text, payload, 0);
    EXPECT_EQ(out.size(), payload.size() + static_cast<std::size_t>(head) + 4);
    EXPECT_TRUE(out.ends_with(payload));
  }
}

}  // namespace
}  // namespace roomcast::app::bench
