#include <vector>

#include <gtest/gtest.h>

#include <engine/message.hpp>

namespace roomcast::engine {
namespace {

TEST(Message, text_carries_its_type_and_its_websocket_header) {
  const base::Frame frame = text_message("hi");
  EXPECT_FALSE(frame.binary());
  EXPECT_EQ(frame.payload(), "4hi");
  EXPECT_EQ(frame.wire(),
            "\x81\x03"
            "4hi");
  EXPECT_EQ(polling_form(frame), "4hi");
}

TEST(Message, binary_is_bare_on_a_websocket_and_base64_when_polled) {
  const base::Frame frame = binary_message(std::string_view("\x01\x02\x03\x04", 4));
  EXPECT_TRUE(frame.binary());
  EXPECT_EQ(frame.wire(), std::string_view("\x82\x04\x01\x02\x03\x04", 6));
  EXPECT_EQ(polling_form(frame), "bAQIDBA==");
}

TEST(Message, several_can_be_joined_to_what_a_websocket_sends_for_them) {
  const std::vector<base::Frame> frames{text_message("hi"), binary_message("b"), text_message("")};
  EXPECT_EQ(joined(frames).wire(),
            "\x81\x03"
            "4hi"
            "\x82\x01"
            "b"
            "\x81\x01"
            "4");
}

TEST(Message, joined_ones_are_for_a_websocket_that_compresses_if_it_would_compress_none) {
  const base::Frame large = text_message(std::string(100, 'x'));
  auto builder = message_builder();
  builder.append(std::string(100, 'x'));
  builder.set_compressible(false);
  const base::Frame spared = finish_message(std::move(builder));
  EXPECT_FALSE(joined(std::vector{large}).compressible());
  EXPECT_TRUE(joined(std::vector{text_message("hi"), large}, 101).compressible());
  EXPECT_FALSE(joined(std::vector{text_message("hi"), large}, 102).compressible());
  EXPECT_FALSE(joined(std::vector{spared}, 1).compressible());
}

TEST(Message, the_compressed_form_is_made_once_and_only_where_it_is_shorter) {
  websocket::Deflater deflater(1);
  base::Metrics metrics;
  const base::Frame frame = binary_message(std::string(100, 'x'));
  const base::Frame form = deflated_form(frame, deflater, metrics);
  EXPECT_EQ(form.wire().front(), '\xC2');
  EXPECT_LT(form.wire().size(), 20U);
  EXPECT_EQ(deflated_form(base::Frame(frame), deflater, metrics), form);
  EXPECT_EQ(metrics.deflated_from_bytes.value(), 100U);
  EXPECT_EQ(metrics.deflated_to_bytes.value(), form.payload().size());
  const base::Frame tiny = text_message("a");
  EXPECT_EQ(deflated_form(tiny, deflater, metrics), tiny);
  EXPECT_EQ(deflated_form(tiny, deflater, metrics), tiny);
  EXPECT_EQ(metrics.deflated_from_bytes.value(), 102U);
}

TEST(Message, may_be_empty) {
  EXPECT_EQ(text_message("").wire(),
            "\x81\x01"
            "4");
  EXPECT_EQ(binary_message("").wire(), std::string_view("\x82\x00", 2));
  EXPECT_EQ(polling_form(binary_message("")), "b");
}

TEST(Message, other_packets_travel_as_they_are) {
  EXPECT_EQ(packet_frame("3probe").wire(),
            "\x81\x06"
            "3probe");
}

TEST(Message, long_ones_have_a_longer_header) {
  EXPECT_EQ(text_message(std::string(65'536, 'x')).wire().substr(0, 11),
            std::string_view("\x81\x7f\0\0\0\0\0\x01\0\x01"
                             "4",
                             11));
}

TEST(Message, the_polling_form_is_made_once) {
  const base::Frame frame = binary_message("x");
  EXPECT_EQ(polling_form(frame).data(), polling_form(base::Frame(frame)).data());
}

}  // namespace
}  // namespace roomcast::engine
