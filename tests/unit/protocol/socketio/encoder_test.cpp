#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <protocol/socketio/encoder.hpp>

namespace roomcast::socketio {
namespace {

using testing::ElementsAre;

template <class Write>
std::string written(Write&& write) {
  base::FrameBuilder out(1);
  write(out);
  return std::string(out.view());
}

std::string header(PacketType type, std::string_view nsp, std::optional<std::uint64_t> id = {},
                   unsigned attachments = 0) {
  return written([&](base::FrameBuilder& out) { write_header(out, type, nsp, id, attachments); });
}

TEST(WriteHeader, leaves_out_the_main_namespace) {
  EXPECT_EQ(header(PacketType::connect, "/"), "0");
  EXPECT_EQ(header(PacketType::connect, ""), "0");
  EXPECT_EQ(header(PacketType::disconnect, "/admin"), "1/admin,");
  EXPECT_EQ(header(PacketType::connect_error, "/admin"), "4/admin,");
}

TEST(WriteHeader, writes_an_id_when_there_is_one_zero_included) {
  EXPECT_EQ(header(PacketType::event, "/", 0), "20");
  EXPECT_EQ(header(PacketType::ack, "/admin", 18446744073709551615u), "3/admin,18446744073709551615");
}

TEST(WriteHeader, makes_an_event_or_ack_with_attachments_binary) {
  EXPECT_EQ(header(PacketType::event, "/", {}, 1), "51-");
  EXPECT_EQ(header(PacketType::ack, "/admin", 3, 12), "612-/admin,3");
  EXPECT_EQ(header(PacketType::binary_event, "/", 7, 2), "52-7");
}

TEST(MakeBinary, inserts_the_count_behind_the_type_wherever_the_packet_starts) {
  EXPECT_EQ(written([](base::FrameBuilder& out) {
              out.append('4');
              const std::size_t start = out.size();
              write_header(out, PacketType::event, "/admin", 7);
              out.append("[\"bin\",");
              write_placeholder(out, 0);
              out.append(']');
              make_binary(out, start, 1);
            }),
            R"(451-/admin,7["bin",{"_placeholder":true,"num":0}])");
  EXPECT_EQ(written([](base::FrameBuilder& out) {
              write_header(out, PacketType::ack, "/", 3);
              make_binary(out, 0, 123);
            }),
            "6123-3");
}

struct Relayed {
  std::string text;
  std::vector<unsigned> used;
};

Relayed relayed(std::string_view raw_json, unsigned first = 0) {
  Relayed result;
  result.text = written([&](base::FrameBuilder& out) { relay(out, raw_json, first, result.used); });
  return result;
}

TEST(Relay, copies_an_argument_without_placeholders_byte_for_byte) {
  for (const char* raw : {"1", R"({"a" : [1, 2.50]})", R"("_placeholder")", R"("\u005fplaceholder")",
                          R"({"_placeholder":false,"num":0})", R"(["_placeholder",true])"}) {
    EXPECT_EQ(relayed(raw).text, raw);
    EXPECT_THAT(relayed(raw).used, ElementsAre());
  }
}

TEST(Relay, numbers_placeholders_from_the_first_on_in_the_order_of_the_text) {
  const Relayed result = relayed(
      R"([ {"_placeholder":true,"num":2}, {"x": {"num":0,"_placeholder":true} }, {"_placeholder":true,"num":2}])",
      5);
  EXPECT_EQ(
      result.text,
      R"([ {"_placeholder":true,"num":5}, {"x": {"_placeholder":true,"num":6} }, {"_placeholder":true,"num":7}])");
  EXPECT_THAT(result.used, ElementsAre(2, 0, 2));
}

TEST(Relay, appends_to_what_earlier_arguments_have_used) {
  base::FrameBuilder out;
  std::vector<unsigned> used;
  for (const char* argument : {R"({"_placeholder":true,"num":1})", "2", R"({"_placeholder":true,"num":0})"})
    relay(out, argument, static_cast<unsigned>(used.size()), used);
  EXPECT_EQ(out.view(), R"({"_placeholder":true,"num":0}2{"_placeholder":true,"num":1})");
  EXPECT_THAT(used, ElementsAre(1, 0));
}

TEST(Relay, drops_what_else_is_inside_a_placeholder) {
  const Relayed result = relayed(
      R"({"a":1,"_placeholder":true,"b":{"_placeholder":true,"num":7},"num":3,"c":[{"_placeholder":true}]})");
  EXPECT_EQ(result.text, R"({"_placeholder":true,"num":0})");
  EXPECT_THAT(result.used, ElementsAre(3));
}

TEST(ReservedEvent, is_exactly_one_of_six_names) {
  for (const char* name :
       {"connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"})
    EXPECT_TRUE(reserved_event(name)) << name;
  for (const char* name : {"", "connec", "connects", "Connect", "error", "message", "connection"})
    EXPECT_FALSE(reserved_event(name)) << name;
}

}  // namespace
}  // namespace roomcast::socketio
