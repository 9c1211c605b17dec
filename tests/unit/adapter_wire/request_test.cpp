#include <string>

#include <gtest/gtest.h>

#include <adapter/classic/request.hpp>
#include <protocol/json/error.hpp>
#include <protocol/msgpack/error.hpp>

#include "packed.hpp"

namespace roomcast::adapter::classic {
namespace {

TEST(Request, the_old_forms_name_one_socket) {
  const Request join = decode_request(R"({"requestId":"q","type":2,"sid":"s","room":"r"})").value();
  EXPECT_EQ(std::get<JoinOne>(join.body).sid, "s");
  EXPECT_EQ(std::get<JoinOne>(join.body).room, "r");
  const Request leave = decode_request(R"({"requestId":"q","type":3,"sid":"s","room":"r"})").value();
  EXPECT_EQ(std::get<LeaveOne>(leave.body).room, "r");
  const Request disconnect = decode_request(R"({"requestId":"q","type":4,"sid":"s","close":true})").value();
  EXPECT_TRUE(std::get<DisconnectOne>(disconnect.body).close);
}

TEST(Request, whitespace_escapes_and_numeric_rooms_are_understood) {
  const Request request = decode_request(
                              "{ \"\\u0074ype\" : 2.0 , \"opts\" : { \"rooms\" : [ 42 , 1e21 ] } , \"rooms\" "
                              ": [ \"\\u0061\" ] , \"x\" : {} }")
                              .value();
  const Join& join = std::get<Join>(request.body);
  EXPECT_EQ(join.opts.rooms, (std::vector<std::string>{"42", "1e+21"}));
  EXPECT_TRUE(join.opts.except.empty());
  EXPECT_EQ(join.rooms, (std::vector<std::string>{"a"}));
  EXPECT_TRUE(request.uid.empty() && request.request_id.empty());
}

TEST(Request, incomplete_and_wrongly_typed_ones_are_refused) {
  for (const char* const json : {"{}",
                                 R"({"type":null})",
                                 R"({"type":"2"})",
                                 R"({"type":5})",
                                 R"({"type":5,"requestId":"q"})",
                                 R"({"type":5,"opts":{}})",
                                 R"({"type":5,"requestId":7,"opts":{}})",
                                 R"({"type":5,"requestId":"q","opts":[]})",
                                 R"({"type":5,"requestId":"q","opts":{"rooms":"r"}})",
                                 R"({"type":5,"requestId":"q","opts":{"rooms":[{}]}})",
                                 R"({"type":1})",
                                 R"({"type":0,"rooms":[]})",
                                 R"({"type":0,"requestId":"q"})",
                                 R"({"type":2})",
                                 R"({"type":2,"opts":{}})",
                                 R"({"type":2,"opts":{},"rooms":"r"})",
                                 R"({"type":2,"opts":null,"rooms":[]})",
                                 R"({"type":2,"sid":"s"})",
                                 R"({"type":3,"sid":1,"room":"r"})",
                                 R"({"type":4})",
                                 R"({"type":4,"opts":{},"close":1})",
                                 R"({"type":6})",
                                 R"({"type":6,"data":{}})",
                                 R"({"type":6,"data":[]})",
                                 R"({"type":6,"data":[1]})",
                                 R"({"type":1,"requestId":"q","uid":1})"})
    EXPECT_EQ(decode_request(json).error(), Error::malformed) << json;
}

TEST(Request, unknown_types_are_refused) {
  for (const char* const json : {R"({"type":7,"requestId":"q"})", R"({"type":8})", R"({"type":-1})",
                                 R"({"type":1.5})", R"({"type":99999999999999999999})"})
    EXPECT_EQ(decode_request(json).error(), Error::unknown_type) << json;
  EXPECT_EQ(decode_request(packed(R"({"type":5,"requestId":"q","opts":{}})")).error(), Error::unknown_type);
}

TEST(Request, a_broadcast_with_ack_needs_everything_but_the_uid) {
  const std::string whole =
      R"("requestId":"q","packet":{"type":2,"data":["e"],"nsp":"/"},"opts":{"rooms":["r"]})";
  const std::string payload = packed(R"({"type":7,"other":[1],)" + whole + "}");
  const Request request = decode_request(payload).value();
  EXPECT_EQ(request.request_id, "q");
  EXPECT_EQ(std::get<BroadcastWithAck>(request.body).opts.rooms, (std::vector<std::string>{"r"}));
  for (const char* const json : {R"({"type":7})", R"({"type":7,"requestId":"q","opts":{}})",
                                 R"({"type":7,"requestId":"q","packet":{"type":2,"data":["e"]}})",
                                 R"({"type":7,"packet":{"type":2,"data":["e"]},"opts":{}})",
                                 R"({"requestId":"q"})", R"({"type":"7"})", "[]", "7"})
    EXPECT_EQ(decode_request(packed(json)).error(), Error::malformed) << json;
}

TEST(Request, keys_of_other_types_are_skipped) {
  std::string payload = packed(R"({"type":7,"requestId":"q","packet":{"type":2,"data":["e"]},"opts":{}})");
  payload[0] = '\x85';
  EXPECT_TRUE(decode_request(payload + "\x93\x01\x02\x03" + "\x81\x01\x02"));
}

TEST(Request, text_that_is_no_json_or_no_utf8_is_refused) {
  EXPECT_EQ(decode_request("{").error(), json::Error::syntax);
  EXPECT_EQ(decode_request("{} {}").error(), json::Error::syntax);
  EXPECT_EQ(decode_request("{\"type\":1,\"requestId\":\"\xff\"}").error(), Error::not_utf8);
  EXPECT_EQ(decode_request("{\"x\":" + std::string(600, '[') + std::string(600, ']') + "}").error(),
            json::Error::too_deep);
  EXPECT_EQ(decode_request("").error(), msgpack::Error::truncated);
}

TEST(Request, lists_of_rooms_are_bounded) {
  EXPECT_EQ(decode_request(R"({"type":2,"opts":{},"rooms":["a","b"]})", {.max_rooms = 1}).error(),
            Error::too_many_rooms);
  EXPECT_EQ(decode_request(R"({"type":2,"opts":{"except":[1,2]},"rooms":[]})", {.max_rooms = 1}).error(),
            Error::too_many_rooms);
}

TEST(Request, binary_data_of_a_server_side_emit_degrades_to_what_json_makes_of_a_buffer) {
  const std::string_view attachments[] = {std::string_view("\x01\x00\xff", 3), ""};
  const Payload arguments{
      R"(["ping",{"_placeholder":true,"num":0},{"k":[{"_placeholder":true,"num":1},{"_placeholder":true,"num":9}]}])",
      attachments};
  EXPECT_EQ(
      encode_server_side_emit("u", "", arguments),
      R"({"uid":"u","type":6,"data":["ping",{"type":"Buffer","data":[1,0,255]},{"k":[{"type":"Buffer","data":[]},null]}]})");
}

}  // namespace
}  // namespace roomcast::adapter::classic
