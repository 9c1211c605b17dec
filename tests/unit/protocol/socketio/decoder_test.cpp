#include <string>

#include <boost/system/errc.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <protocol/socketio/decoder.hpp>

namespace roomcast::socketio {
namespace {

using testing::ElementsAre;

constexpr const char* one_attachment = R"(51-["bin",{"_placeholder":true,"num":0}])";

boost::system::error_code refusal(std::string_view text, DecoderLimits limits = {}) {
  return Decoder(limits).add_text(text).error();
}

TEST(Decoder, gives_a_plain_packet_as_views_of_its_text) {
  const std::string text = R"(2/admin,456["hello",{"x":1}])";
  Decoder decoder;
  const Packet packet = **decoder.add_text(text);
  EXPECT_EQ(packet.type, PacketType::event);
  EXPECT_EQ(packet.nsp, "/admin");
  EXPECT_EQ(packet.id, 456u);
  EXPECT_EQ(packet.data, R"(["hello",{"x":1}])");
  EXPECT_TRUE(packet.attachments.empty());
  EXPECT_GE(packet.data.data(), text.data());
  EXPECT_LE(packet.data.data() + packet.data.size(), text.data() + text.size());
}

TEST(Decoder, leaves_nothing_of_the_packet_before) {
  Decoder decoder;
  ASSERT_TRUE(decoder.add_text(R"(2/admin,456["hello"])"));
  const Packet packet = **decoder.add_text("3");
  EXPECT_EQ(packet.nsp, "/");
  EXPECT_FALSE(packet.id);
  EXPECT_EQ(packet.data, "");
}

TEST(Decoder, takes_whitespace_off_the_end_of_the_payload) {
  Decoder decoder;
  EXPECT_EQ((**decoder.add_text("2[ \"a\" ] \r\n")).data, "[ \"a\" ]");
}

TEST(Decoder, waits_for_the_attachments_and_keeps_their_bytes) {
  Decoder decoder;
  {
    std::string text = R"(52-/a,7["bin",{"_placeholder":true,"num":1},{"_placeholder":true,"num":0}])";
    std::string bytes = "first";
    EXPECT_FALSE(*decoder.add_text(text));
    EXPECT_TRUE(decoder.waiting());
    EXPECT_FALSE(*decoder.add_binary(bytes));
    text.assign(text.size(), '?');
    bytes.assign(bytes.size(), '?');
  }
  Decoder moved = std::move(decoder);
  const auto result = moved.add_binary("");
  ASSERT_TRUE(result && *result);
  const Packet& packet = **result;
  EXPECT_EQ(packet.type, PacketType::event);
  EXPECT_EQ(packet.nsp, "/a");
  EXPECT_EQ(packet.id, 7u);
  EXPECT_EQ(packet.data, R"(["bin",{"_placeholder":true,"num":1},{"_placeholder":true,"num":0}])");
  EXPECT_THAT(packet.attachments, ElementsAre("first", ""));
  EXPECT_FALSE(moved.waiting());
  moved.release();
  EXPECT_EQ((**moved.add_text("2[\"next\"]")).data, "[\"next\"]");
}

TEST(Decoder, does_not_forget_a_packet_in_progress_when_told_to_release) {
  Decoder decoder;
  ASSERT_TRUE(decoder.add_text(one_attachment));
  decoder.release();
  ASSERT_TRUE(decoder.waiting());
  EXPECT_TRUE(*decoder.add_binary("x"));
}

TEST(Decoder, refuses_text_where_an_attachment_is_due) {
  Decoder decoder;
  ASSERT_TRUE(decoder.add_text(one_attachment));
  EXPECT_EQ(decoder.add_text("2[\"x\"]").error(), Error::unexpected_text);
  EXPECT_FALSE(decoder.waiting());
}

TEST(Decoder, refuses_bytes_that_no_packet_announced) {
  Decoder decoder;
  EXPECT_EQ(decoder.add_binary("x").error(), Error::unexpected_binary);
  ASSERT_TRUE(decoder.add_text(one_attachment));
  ASSERT_TRUE(decoder.add_binary("x"));
  EXPECT_EQ(decoder.add_binary("y").error(), Error::unexpected_binary);
}

TEST(Decoder, names_what_is_wrong_with_a_header) {
  EXPECT_EQ(refusal(""), Error::unknown_type);
  EXPECT_EQ(refusal("7[]"), Error::unknown_type);
  EXPECT_EQ(refusal("5[\"x\"]"), Error::bad_attachment_count);
  EXPECT_EQ(refusal("5-[\"x\"]"), Error::bad_attachment_count);
  EXPECT_EQ(refusal("51"), Error::bad_attachment_count);
  EXPECT_EQ(refusal("51,[\"x\"]"), Error::bad_attachment_count);
  EXPECT_EQ(refusal("50-[\"x\"]"), Error::zero_attachments);
  EXPECT_EQ(refusal("600-[]"), Error::zero_attachments);
  EXPECT_EQ(refusal("511-[\"x\"]"), Error::too_many_attachments);
  EXPECT_EQ(refusal("599999999999999999999-[\"x\"]"), Error::too_many_attachments);
  EXPECT_EQ(refusal("218446744073709551616[\"x\"]"), Error::bad_id);
  EXPECT_EQ(refusal("2 [\"x\"]"), Error::bad_id);
  EXPECT_EQ(refusal("21 [\"x\"]"), Error::bad_id);
  EXPECT_EQ(refusal("0 "), Error::bad_id);
}

TEST(Decoder, takes_an_id_of_64_bits_with_leading_zeros) {
  Decoder decoder;
  EXPECT_EQ((**decoder.add_text("2018446744073709551615[\"x\"]")).id, 18446744073709551615u);
  EXPECT_EQ((**decoder.add_text("300[]")).id, 0u);
}

TEST(Decoder, checks_that_the_payload_fits_the_type) {
  for (const char* text : {"0[]", "0\"x\"", "0null", "1{}", "1[]", "2{}", "2\"x\"", "3{}", "3null", "4[]",
                           "4null", "4true", "51-{}", "61-{}", "2[\"x\"", "2[\"x\"]]"})
    EXPECT_EQ(refusal(text), Error::invalid_payload) << text;
  for (const char* text : {"0", "0{}", "1", "2[\"x\"]", "2[-1.5]", "3[]", "4\"x\"", "4{}", "2", "3", "4"})
    EXPECT_TRUE(Decoder().add_text(text)) << text;
}

TEST(Decoder, refuses_reserved_event_names_in_any_spelling) {
  for (const char* name : {"connect", "connect_error", "disconnect", "disconnecting", "newListener",
                           "removeListener", R"(conn\u0065ct)", R"(\u0064isconnect)"}) {
    EXPECT_EQ(refusal("2[\"" + std::string(name) + "\"]"), Error::invalid_payload) << name;
    EXPECT_EQ(refusal("2[ \"" + std::string(name) + "\" , 1]"), Error::invalid_payload) << name;
    EXPECT_EQ(refusal("51-[\"" + std::string(name) + "\"]"), Error::invalid_payload) << name;
  }
  for (const char* name :
       {"connected", "connec", "", "Connect", "error", "message", R"(connect\u0000)", R"(\"connect\")"})
    EXPECT_TRUE(Decoder().add_text("2[\"" + std::string(name) + "\"]")) << name;
  EXPECT_TRUE(Decoder().add_text("3[\"connect\"]"));  // an ack has no name
}

TEST(Decoder, checks_placeholders_once_the_attachments_are_there) {
  const auto verdict = [](std::string_view arguments) {
    Decoder decoder;
    EXPECT_FALSE(*decoder.add_text("52-[\"b\"," + std::string(arguments) + "]"));
    EXPECT_FALSE(*decoder.add_binary("a"));
    return decoder.add_binary("b").error();
  };
  for (const char* fine :
       {"1", R"({"_placeholder":true,"num":1})", R"({"num":1.0,"_placeholder":true})",
        R"({"_placeholder":false,"num":9})", R"({"_placeholder":"true"})",
        R"({"_placeholder":true,"num":9,"num":1})", R"({"_placeholder":true,"_placeholder":0})",
        R"({"_placeholder":true,"num":0,"x":{"_placeholder":true,"num":9}})",
        R"([{"a":{"_placeholder":true,"num":0}},{"_placeholder":true,"num":0}])"})
    EXPECT_FALSE(verdict(fine)) << fine;
  for (const char* bad :
       {R"({"_placeholder":true})", R"({"_placeholder":true,"num":2})", R"({"_placeholder":true,"num":-1})",
        R"({"_placeholder":true,"num":"0"})", R"({"_placeholder":true,"num":0.5})",
        R"({"_placeholder":true,"num":null})", R"({"_placeholder":true,"num":{}})",
        R"({"_placeholder":true,"num":4294967296})", R"({"\u005fplaceholder":true,"num":7})",
        R"([[[{"x":{"_placeholder":true,"num":2}}]]])"})
    EXPECT_EQ(verdict(bad), Error::bad_placeholder) << bad;
}

// A relay sends one attachment for every placeholder: without a bound, one small packet of a thousand
// placeholders for the same megabyte would become a gigabyte for each recipient.
TEST(Decoder, refuses_more_references_than_attachments_are_allowed) {
  std::string text = "51-[\"b\"";
  for (int i = 0; i < 10; ++i) text += R"(,{"_placeholder":true,"num":0})";
  Decoder decoder;
  ASSERT_TRUE(decoder.add_text(text + "]"));
  EXPECT_TRUE(decoder.add_binary("x"));
  ASSERT_TRUE(decoder.add_text(text + R"(,{"_placeholder":true,"num":0}])"));
  EXPECT_EQ(decoder.add_binary("x").error(), Error::too_many_attachments);
}

TEST(Decoder, takes_a_binary_packet_without_payload) {
  Decoder decoder;
  EXPECT_FALSE(*decoder.add_text("51-"));
  const Packet packet = **decoder.add_binary("x");
  EXPECT_EQ(packet.type, PacketType::event);
  EXPECT_EQ(packet.data, "");
  EXPECT_THAT(packet.attachments, ElementsAre("x"));
}

TEST(Decoder, keeps_to_its_limits) {
  EXPECT_EQ(refusal("2[\"0123456789\"]", {.max_bytes = 14}), Error::too_large);
  EXPECT_FALSE(refusal("2[\"0123456789\"]", {.max_bytes = 15}));
  EXPECT_EQ(refusal("2[\"x\",[]]", {.max_depth = 1}), Error::too_deep);
  EXPECT_FALSE(refusal("2[\"x\",[]]", {.max_depth = 2}));
  EXPECT_EQ(refusal("52-[\"x\"]", {.max_attachments = 1}), Error::too_many_attachments);

  const DecoderLimits limits{.max_bytes = 18};
  Decoder decoder(limits);
  ASSERT_TRUE(decoder.add_text("52-[\"x\"]"));
  ASSERT_TRUE(decoder.add_binary("12345"));
  EXPECT_EQ(decoder.add_binary("123456").error(), Error::too_large);
  EXPECT_FALSE(decoder.waiting());
  ASSERT_TRUE(decoder.add_text("52-[\"x\"]"));
  ASSERT_TRUE(decoder.add_binary("12345"));
  EXPECT_TRUE(decoder.add_binary("12345"));
}

TEST(Decoder, is_small_while_idle) { EXPECT_LE(sizeof(Decoder), 104u); }

TEST(Decoder, sorts_its_errors_into_two_conditions) {
  EXPECT_TRUE(make_error_code(Error::too_large) == boost::system::errc::message_size);
  EXPECT_TRUE(make_error_code(Error::bad_id) == boost::system::errc::protocol_error);
  for (int value = 1; value <= static_cast<int>(Error::too_large); ++value)
    EXPECT_NE(make_error_code(static_cast<Error>(value)).message(), "unknown Socket.IO error");
}

}  // namespace
}  // namespace roomcast::socketio
