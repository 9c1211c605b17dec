#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <list>
#include <map>
#include <set>
#include <span>
#include <unordered_map>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <gtest/gtest.h>

#include "packets.hpp"
#include "shapes.hpp"

// Each row of the table in encode.hpp.

namespace roomcast {
namespace {

using Strings = std::vector<std::string>;

TEST(Encode, nothing_is_null) {
  EXPECT_EQ(json_of(nullptr), "null");
  EXPECT_EQ(json_of(std::nullopt), "null");
  EXPECT_EQ(json_of(std::optional<int>()), "null");
  EXPECT_EQ(json_of(std::optional<int>(7)), "7");
  EXPECT_EQ(json_of(Value()), "null");
}

TEST(Encode, booleans_are_words) {
  EXPECT_EQ(json_of(true), "true");
  EXPECT_EQ(json_of(false), "false");
}

TEST(Encode, integers_of_every_width_are_written_whole) {
  EXPECT_EQ(json_of(std::int8_t{-5}), "-5");
  EXPECT_EQ(json_of(std::uint8_t{200}), "200");
  EXPECT_EQ(json_of(std::numeric_limits<std::int64_t>::min()), "-9223372036854775808");
  EXPECT_EQ(json_of(std::numeric_limits<std::uint64_t>::max()), "18446744073709551615");
  EXPECT_EQ(json_of(0), "0");
}

TEST(Encode, floating_point_is_written_as_json_stringify_does) {
  EXPECT_EQ(json_of(1.0), "1");
  EXPECT_EQ(json_of(-0.0), "0");
  EXPECT_EQ(json_of(0.1), "0.1");
  EXPECT_EQ(json_of(0.5f), "0.5");
  EXPECT_EQ(json_of(1e21), "1e+21");
  EXPECT_EQ(json_of(1e-7), "1e-7");
  EXPECT_EQ(json_of(std::nan("")), "null");
  EXPECT_EQ(json_of(std::numeric_limits<double>::infinity()), "null");
}

TEST(Encode, strings_of_every_type_are_strings) {
  EXPECT_EQ(json_of("literal"), R"("literal")");
  EXPECT_EQ(json_of(std::string("owned")), R"("owned")");
  EXPECT_EQ(json_of(std::string_view("viewed")), R"("viewed")");
  const char* pointer = "pointed";
  EXPECT_EQ(json_of(pointer), R"("pointed")");
  EXPECT_EQ(json_of(boost::json::string("theirs")), R"("theirs")");
}

TEST(Encode, strings_escape_what_json_stringify_escapes) {
  EXPECT_EQ(json_of(std::string("a\"b\\c\n\x01\0z", 9)), R"("a\"b\\c\n\u0001\u0000z")");
  EXPECT_EQ(json_of("grüße 🎈"), R"("grüße 🎈")");
}

TEST(Encode, what_is_not_utf8_becomes_replacement_characters) {
  EXPECT_EQ(json_of("a\xFFz"), "\"a\xEF\xBF\xBDz\"");
}

TEST(Encode, bytes_are_an_attachment) {
  const Sent packet = emitted(Bytes("\x01\x02"));
  EXPECT_EQ(packet.text, R"(51-["e",{"_placeholder":true,"num":0}])");
  EXPECT_EQ(packet.attachments, Strings{"\x01\x02"});
}

TEST(Encode, bytes_are_attachments_at_any_depth_in_the_order_of_the_text) {
  const std::map<std::string, std::vector<Bytes>> deep{{"a", {Bytes("1"), Bytes("2")}}, {"b", {Bytes("3")}}};
  const Sent packet = emitted(Bytes("0"), deep, Message{"hi", "me", {}, Bytes("4")});
  EXPECT_EQ(packet.text, R"(55-["e",{"_placeholder":true,"num":0},)"
                         R"({"a":[{"_placeholder":true,"num":1},{"_placeholder":true,"num":2}],)"
                         R"("b":[{"_placeholder":true,"num":3}]},)"
                         R"({"text":"hi","to":"me","tags":[],"picture":{"_placeholder":true,"num":4}}])");
  EXPECT_EQ(packet.attachments, (Strings{"0", "1", "2", "3", "4"}));
}

TEST(Encode, empty_bytes_are_an_attachment_too) {
  const Sent packet = emitted(Bytes());
  EXPECT_EQ(packet.text, R"(51-["e",{"_placeholder":true,"num":0}])");
  EXPECT_EQ(packet.attachments, Strings{""});
}

TEST(Encode, a_value_keeps_the_text_that_was_received) {
  EXPECT_EQ(json_of(Value::parse(R"({"b" : 1.0, "a":"\u00e9"})")), R"({"b" : 1.0, "a":"\u00e9"})");
}

TEST(Encode, relayed_attachments_are_numbered_anew) {
  const Value value =
      received(R"({"x":{"_placeholder":true,"num":1},"y":{"num":0,"_placeholder":true}})", {"zero", "one"});
  const Sent packet = emitted(Bytes("mine"), value);
  EXPECT_EQ(packet.text, R"(53-["e",{"_placeholder":true,"num":0},{"x":{"_placeholder":true,"num":1},)"
                         R"("y":{"_placeholder":true,"num":2}}])");
  EXPECT_EQ(packet.attachments, (Strings{"mine", "one", "zero"}));
}

TEST(Encode, a_relayed_part_takes_only_its_own_attachments_along) {
  const Value value =
      received(R"([{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}])", {"zero", "one"});
  const Sent packet = emitted(value[1], "no binary here");
  EXPECT_EQ(packet.text, R"(51-["e",{"_placeholder":true,"num":0},"no binary here"])");
  EXPECT_EQ(packet.attachments, Strings{"one"});
}

TEST(Encode, a_part_without_binary_needs_no_attachment) {
  const Value value = received(R"([1,{"_placeholder":true,"num":0}])", {"zero"});
  const Sent packet = emitted(value[0]);
  EXPECT_EQ(packet.text, R"(2["e",1])");
  EXPECT_TRUE(packet.attachments.empty());
}

TEST(Encode, args_are_spread_into_arguments) {
  const Args args({Value::of(1), Value::of("two"), Value::of(Bytes("3"))});
  EXPECT_EQ(emitted(args).text, R"(51-["e",1,"two",{"_placeholder":true,"num":0}])");
  EXPECT_EQ(emitted("before", Args(), "after").text, R"(2["e","before","after"])");
}

TEST(Encode, json_library_values_are_written_as_they_are) {
  EXPECT_EQ(json_of(boost::json::value{1, "two", nullptr, 3.0}), R"([1,"two",null,3])");
  EXPECT_EQ(json_of(boost::json::object{{"a", 1}}), R"({"a":1})");
  EXPECT_EQ(json_of(boost::json::array{}), "[]");
}

TEST(Encode, ranges_are_arrays) {
  EXPECT_EQ(json_of(std::vector<int>{1, 2, 3}), "[1,2,3]");
  EXPECT_EQ(json_of(std::vector<int>{}), "[]");
  EXPECT_EQ(json_of(std::vector<bool>{true, false}), "[true,false]");
  EXPECT_EQ(json_of(std::list<std::string>{"a", "b"}), R"(["a","b"])");
  EXPECT_EQ(json_of(std::set<int>{2, 1}), "[1,2]");
  EXPECT_EQ(json_of(std::array<double, 2>{0.5, 1}), "[0.5,1]");
  const int numbers[] = {4, 5};
  EXPECT_EQ(json_of(std::span(numbers)), "[4,5]");
  EXPECT_EQ(json_of(std::vector<std::vector<int>>{{1}, {}}), "[[1],[]]");
}

TEST(Encode, tuples_and_pairs_are_arrays) {
  EXPECT_EQ(json_of(std::tuple(1, "two", 3.5, nullptr)), R"([1,"two",3.5,null])");
  EXPECT_EQ(json_of(std::pair<std::string, int>("a", 1)), R"(["a",1])");
  EXPECT_EQ(json_of(std::tuple<>()), "[]");
}

TEST(Encode, maps_with_string_keys_are_objects) {
  EXPECT_EQ(json_of(std::map<std::string, int>{{"b", 2}, {"a", 1}}), R"({"a":1,"b":2})");
  EXPECT_EQ(json_of(std::unordered_map<std::string, bool>{{"a\"", true}}), R"({"a\"":true})");
  EXPECT_EQ(json_of(std::map<std::string_view, int>{}), "{}");
}

TEST(Encode, maps_with_other_keys_are_arrays_of_pairs) {
  EXPECT_EQ(json_of(std::map<int, std::string>{{1, "a"}, {2, "b"}}), R"([[1,"a"],[2,"b"]])");
}

TEST(Encode, described_structs_are_objects_with_inherited_members_first) {
  EXPECT_EQ(json_of(Point{1, -2}), R"({"x":1,"y":-2})");
  NamedPoint named;
  named.x = 3;
  named.name = "corner";
  EXPECT_EQ(json_of(named), R"({"x":3,"y":0,"name":"corner"})");
  EXPECT_EQ(json_of(Nothing()), "{}");
  EXPECT_EQ(json_of(std::vector<Point>{{1, 2}, {3, 4}}), R"([{"x":1,"y":2},{"x":3,"y":4}])");
}

TEST(Encode, an_empty_optional_member_is_null) {
  EXPECT_EQ(emitted(Message{"hi", std::nullopt, {"a"}, Bytes()}).text,
            R"(51-["e",{"text":"hi","to":null,"tags":["a"],"picture":{"_placeholder":true,"num":0}}])");
}

// ---- packets

TEST(EncodePacket, an_event_without_arguments_is_its_name) { EXPECT_EQ(emitted().text, R"(2["e"])"); }

TEST(EncodePacket, other_namespaces_and_acknowledgements_are_named_in_front) {
  detail::Encoder encoder = detail::Encoder::event("/admin", "e", 12);
  detail::encode_argument(encoder, 1);
  EXPECT_EQ(sent(std::move(encoder)).text, R"(2/admin,12["e",1])");
}

TEST(EncodePacket, an_attachment_count_stands_in_front_of_all) {
  detail::Encoder encoder = detail::Encoder::event("/admin", "e", 12);
  detail::encode_argument(encoder, Bytes("x"));
  EXPECT_EQ(sent(std::move(encoder)).text, R"(51-/admin,12["e",{"_placeholder":true,"num":0}])");
}

TEST(EncodePacket, an_acknowledgement_has_arguments_only) {
  detail::Encoder none = detail::Encoder::ack("/", 3);
  EXPECT_EQ(sent(std::move(none)).text, "33[]");
  detail::Encoder some = detail::Encoder::ack("/admin", 3);
  detail::encode_argument(some, "a");
  detail::encode_argument(some, Bytes("b"));
  EXPECT_EQ(sent(std::move(some)).text, R"(61-/admin,3["a",{"_placeholder":true,"num":0}])");
}

TEST(EncodePacket, an_array_in_front_does_not_eat_the_comma) {
  EXPECT_EQ(emitted(std::vector<int>{}, 1).text, R"(2["e",[],1])");
  EXPECT_EQ(emitted("[", 1).text, R"(2["e","[",1])");
  detail::Encoder ack = detail::Encoder::ack("/", 0);
  detail::encode_argument(ack, std::vector<int>{});
  detail::encode_argument(ack, "[");
  detail::encode_argument(ack, 2);
  EXPECT_EQ(sent(std::move(ack)).text, R"(30[[],"[",2])");
}

TEST(EncodePacket, reserved_names_are_refused) {
  for (const char* name :
       {"connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"})
    EXPECT_THROW(detail::Encoder::event("/", name, std::nullopt), std::invalid_argument) << name;
}

TEST(EncodePacket, names_are_escaped_like_any_string) {
  detail::Encoder encoder = detail::Encoder::event("/", "a \"b\"", std::nullopt);
  EXPECT_EQ(sent(std::move(encoder)).text, R"(2["a \"b\""])");
}

TEST(EncodePacket, more_attachments_than_clients_take_are_refused) {
  const std::vector<Bytes> two{Bytes("1"), Bytes("2")};
  auto packet_with = [&](unsigned limit) {
    detail::Encoder encoder = detail::Encoder::event("/", "e", std::nullopt);
    detail::encode_argument(encoder, two);
    return sent(std::move(encoder), limit);
  };
  EXPECT_EQ(packet_with(2).attachments.size(), 2u);
  EXPECT_THROW(packet_with(1), std::length_error);
}

TEST(EncodePacket, control_packets_have_a_namespace_and_a_payload_when_there_is_one) {
  EXPECT_EQ(core::control_packet('1', "/", {}).payload(), "41");
  EXPECT_EQ(core::control_packet('1', "/admin", {}).payload(), "41/admin,");
  EXPECT_EQ(core::control_packet('0', "/", R"({"sid":"x"})").payload(), R"(40{"sid":"x"})");
}

}  // namespace
}  // namespace roomcast
