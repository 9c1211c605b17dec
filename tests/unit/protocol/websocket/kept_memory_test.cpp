// What a decoder holds while a message is unfinished: bounded by what arrived. RFC6455§10.4.
#include <support/count_allocations.hpp>

#include "decoding.hpp"

namespace roomcast::websocket {
namespace {

using support::ClientFrame;

constexpr std::size_t constant = 1024;  // the state of an unfinished message, and the allocator's rounding

std::size_t in_use() { return support::allocated_bytes; }

void feed_in_place(FrameDecoder& decoder, std::span<char> input) {
  while (!input.empty()) ASSERT_TRUE(decoder.next(input));
}

TEST(KeptMemory, follows_one_byte_fragments) {
  const std::string frame =
      ClientFrame{.opcode = Opcode::continuation, .payload = "x", .final = false}.bytes();
  std::string start = ClientFrame{.opcode = Opcode::binary, .payload = "x", .final = false}.bytes();
  FrameDecoder decoder(1'000'000);
  const std::size_t before = in_use();
  feed_in_place(decoder, start);
  for (std::size_t size = 2; size <= 300'000; ++size) {
    char buffer[16];
    feed_in_place(decoder, {buffer, frame.copy(buffer, sizeof buffer)});
    if (size % 1000 == 0) {
      ASSERT_LE(in_use() - before, 2 * size + constant) << size;
    }
  }
}

TEST(KeptMemory, does_not_believe_a_declared_length) {
  std::string wire = ClientFrame{.opcode = Opcode::binary, .payload = std::string(900'000, 'x')}.bytes();
  FrameDecoder decoder(1'000'000);
  const std::size_t before = in_use();
  feed_in_place(decoder, std::span(wire).first(20));
  EXPECT_LE(in_use() - before, constant);
  feed_in_place(decoder, std::span(wire).subspan(20, 10'000));
  EXPECT_LE(in_use() - before, 2 * 10'000 + constant);
}

TEST(KeptMemory, is_given_back_after_each_message) {
  FrameDecoder decoder(1'000'000);
  const std::size_t before = in_use();
  for (int round = 0; round < 10; ++round) {
    std::string wire = support::client_text("cut") + support::client_ping("cut") +
                       ClientFrame{.payload = "a", .final = false}.bytes() +
                       ClientFrame{.opcode = Opcode::continuation, .payload = "b"}.bytes();
    const std::size_t with_wire = in_use();
    for (std::size_t i = 0; i < wire.size(); ++i) {
      std::span<char> input = std::span(wire).subspan(i, 1);
      for (;;) {
        const auto event = decoder.next(input);
        ASSERT_TRUE(event);
        if (!*event) break;
      }
    }
    EXPECT_FALSE(decoder.in_message());
    EXPECT_EQ(in_use(), with_wire);
  }
  EXPECT_EQ(in_use(), before);
}

}  // namespace
}  // namespace roomcast::websocket
