#include <string>

#include <gtest/gtest.h>

#include <adapter/classic/broadcast.hpp>
#include <protocol/msgpack/error.hpp>
#include <protocol/msgpack/transcode.hpp>

#include "packed.hpp"

namespace roomcast::adapter::classic {
namespace {

using namespace std::chrono_literals;

std::string text_of(std::string_view data) {
  base::FrameBuilder out;
  std::vector<std::string_view> attachments;
  msgpack::to_json(out, data, attachments).value();
  return std::string(out.view());
}

boost::system::error_code refusal(std::string_view json) { return decode_broadcast(packed(json)).error(); }

TEST(Broadcast, all_of_it_comes_back) {
  const Opts opts{{"r1", "r2"},
                  {"x"},
                  {.volatile_ = true, .compress = false, .expect_single_response = true, .timeout = 1500ms}};
  const std::string_view attachments[] = {std::string_view("\0\xff", 2)};
  const std::string payload =
      encode_broadcast("A1b2C3", "/n", {R"(["e",{"_placeholder":true,"num":0}])", attachments}, opts).value();
  const Broadcast broadcast = decode_broadcast(payload).value();
  EXPECT_EQ(broadcast.uid, "A1b2C3");
  EXPECT_EQ(broadcast.event.nsp, "/n");
  EXPECT_EQ(text_of(broadcast.event.data), R"(["e",{"_placeholder":true,"num":0}])");
  EXPECT_EQ(broadcast.opts.rooms, opts.rooms);
  EXPECT_EQ(broadcast.opts.except, opts.except);
  EXPECT_TRUE(broadcast.opts.flags.volatile_);
  EXPECT_FALSE(broadcast.opts.flags.compress);
  EXPECT_TRUE(broadcast.opts.flags.expect_single_response);
  EXPECT_EQ(broadcast.opts.flags.timeout, 1500ms);
}

TEST(Broadcast, members_may_come_in_any_order_and_unknown_ones_are_skipped) {
  const std::string payload = packed(
      R"(["u",{"nsp":"/","id":5,"data":["e",1],"x":{"y":[1]},"type":5},)"
      R"({"flags":{"local":true,"timeout":2.5,"new":[{}]},"more":1,"except":["a"],"rooms":[7,-3,1.5,"b"]},"extra"])");
  const Broadcast broadcast = decode_broadcast(payload).value();
  EXPECT_EQ(text_of(broadcast.event.data), R"(["e",1])");
  EXPECT_EQ(broadcast.opts.rooms, (std::vector<std::string>{"7", "-3", "1.5", "b"}));
  EXPECT_EQ(broadcast.opts.except, (std::vector<std::string>{"a"}));
  EXPECT_EQ(broadcast.opts.flags.timeout, 2ms);
}

TEST(Broadcast, what_the_official_server_does_without_may_be_missing) {
  const std::string payload =
      packed(R"(["u",{"type":2,"data":["e"]},{"rooms":null,"flags":{"volatile":null}}])");
  const Broadcast broadcast = decode_broadcast(payload).value();
  EXPECT_EQ(broadcast.event.nsp, "/");
  EXPECT_TRUE(broadcast.opts.rooms.empty() && broadcast.opts.except.empty());
  EXPECT_FALSE(broadcast.opts.flags.volatile_);
  EXPECT_TRUE(broadcast.opts.flags.compress);
  EXPECT_FALSE(broadcast.opts.flags.timeout);
}

TEST(Broadcast, absurd_timeouts_are_cut_to_what_a_timer_takes) {
  const auto timeout = [](const std::string& number) {
    return decode_broadcast(packed(R"(["u",{"type":2,"data":["e"]},{"flags":{"timeout":)" + number + "}}]"))
        ->opts.flags.timeout;
  };
  EXPECT_EQ(timeout("1e300"), 2'147'483'647ms);
  EXPECT_EQ(timeout("18446744073709551615"), 2'147'483'647ms);
  EXPECT_EQ(timeout("-5"), 0ms);
  EXPECT_EQ(timeout("1e999"), 2'147'483'647ms);
}

TEST(Broadcast, incomplete_and_wrongly_typed_ones_are_refused) {
  for (const char* const json : {"null",
                                 "{}",
                                 "[]",
                                 R"(["u"])",
                                 R"(["u",{"type":2,"data":["e"]}])",
                                 R"([1,{"type":2,"data":["e"]},{}])",
                                 R"(["u",[],{}])",
                                 R"(["u",{"type":2},{}])",
                                 R"(["u",{"type":"2","data":["e"]},{}])",
                                 R"(["u",{"type":2,"data":["e"],"nsp":1},{}])",
                                 R"(["u",{"type":2,"data":["e"],"nsp":null},{}])",
                                 R"(["u",{"type":2,"data":["e"]},[]])",
                                 R"(["u",{"type":2,"data":["e"]},null])",
                                 R"(["u",{"type":2,"data":["e"]},{"rooms":"r"}])",
                                 R"(["u",{"type":2,"data":["e"]},{"rooms":[null]}])",
                                 R"(["u",{"type":2,"data":["e"]},{"rooms":[["r"]]}])",
                                 R"(["u",{"type":2,"data":["e"]},{"except":{}}])",
                                 R"(["u",{"type":2,"data":["e"]},{"flags":[]}])",
                                 R"(["u",{"type":2,"data":["e"]},{"flags":{"volatile":1}}])",
                                 R"(["u",{"type":2,"data":["e"]},{"flags":{"timeout":"5"}}])"})
    EXPECT_EQ(refusal(json), Error::malformed) << json;
}

TEST(Broadcast, only_events_that_a_client_would_accept_are_let_through) {
  for (const char* const packet :
       {R"({"type":0,"data":["e"]})", R"({"type":3,"data":["e"]})", R"({"type":99,"data":["e"]})",
        R"({"data":["e"]})", R"({"type":2,"data":{}})", R"({"type":2,"data":[]})", R"({"type":2,"data":"e"})",
        R"({"type":2,"data":[null]})", R"({"type":2,"data":[{}]})", R"({"type":2,"data":["disconnect"]})",
        R"({"type":2,"data":["connect",1]})"})
    EXPECT_EQ(refusal(std::string(R"(["u",)") + packet + ",{}]"), Error::unsupported_packet) << packet;
  EXPECT_TRUE(decode_broadcast(packed(R"(["u",{"type":2,"data":[5]},{}])"))) << "a number may be a name";
}

TEST(Broadcast, lists_of_rooms_are_bounded) {
  const std::string payload = encode_broadcast("u", "/", {R"(["e"])"}, {{"a", "b", "c"}, {}, {}}).value();
  EXPECT_TRUE(decode_broadcast(payload, {.max_rooms = 3}));
  EXPECT_EQ(decode_broadcast(payload, {.max_rooms = 2}).error(), Error::too_many_rooms);
}

TEST(Broadcast, a_list_that_claims_to_be_huge_is_not_believed) {
  std::string payload = packed(R"(["u",{"type":2,"data":["e"]}])");
  payload[0] = '\x93';
  EXPECT_EQ(decode_broadcast(payload + "\x81\xa5rooms\xdd\xff\xff\xff\xff").error(), Error::too_many_rooms);
  EXPECT_EQ(decode_broadcast(payload + "\x81\xa5rooms" + std::string("\xdc\xff\x00", 3)).error(),
            msgpack::Error::truncated);
  EXPECT_EQ(decode_broadcast(payload + "\xdf\xff\xff\xff\xff").error(), msgpack::Error::truncated);
}

TEST(Broadcast, data_that_nests_too_deep_is_refused) {
  const std::string text =
      R"(["u",{"type":2,"data":["e",)" + std::string(511, '[') + std::string(511, ']') + "]},{}]";
  EXPECT_TRUE(decode_broadcast(packed(text)));
  EXPECT_EQ(
      refusal(R"(["u",{"type":2,"data":["e",)" + std::string(512, '[') + std::string(512, ']') + "]},{}]"),
      msgpack::Error::too_deep);
}

TEST(Broadcast, our_own_is_told_by_its_first_bytes) {
  const std::string payload = encode_broadcast("A1b2C3", "/", {R"(["e"])"}, {}).value();
  EXPECT_EQ(broadcast_uid(std::string_view(payload).substr(0, 8)).value(), "A1b2C3");
  EXPECT_FALSE(broadcast_uid("").has_value());
  EXPECT_EQ(broadcast_uid("\x80").error(), Error::malformed);
}

TEST(Broadcast, arguments_whose_attachment_is_missing_are_not_sent) {
  const std::string_view attachments[] = {"x"};
  EXPECT_EQ(encode_broadcast("u", "/", {R"(["e",{"_placeholder":true,"num":1}])", attachments}, {}).error(),
            msgpack::Error::bad_placeholder);
}

}  // namespace
}  // namespace roomcast::adapter::classic
