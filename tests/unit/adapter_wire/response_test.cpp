#include <string>

#include <gtest/gtest.h>

#include <adapter/classic/response.hpp>
#include <protocol/msgpack/error.hpp>

#include "packed.hpp"

namespace roomcast::adapter::classic {
namespace {

TEST(Response, sockets_come_back_with_the_json_of_their_handshake_and_data) {
  const RemoteSocket sockets[] = {{"s1", R"({"url":"/"})", {"s1", "r"}, R"({"user":[1]})"},
                                  {"s2", {}, {}, {}}};
  const std::string payload = encode_sockets("q", sockets);
  EXPECT_EQ(
      payload,
      R"({"requestId":"q","sockets":[{"id":"s1","handshake":{"url":"/"},"rooms":["s1","r"],"data":{"user":[1]}},)"
      R"({"id":"s2","rooms":[]}]})");
  const Response response = decode_response(payload).value();
  const auto& read = std::get<Sockets>(response.body).sockets;
  ASSERT_EQ(read.size(), 2u);
  EXPECT_EQ(read[0].handshake, R"({"url":"/"})");
  EXPECT_EQ(read[0].data, R"({"user":[1]})");
  EXPECT_EQ(read[0].rooms, (std::vector<std::string>{"s1", "r"}));
  EXPECT_TRUE(read[1].handshake.empty() && read[1].data.empty() && read[1].rooms.empty());
}

TEST(Response, empty_answers_are_answers) {
  EXPECT_TRUE(std::get<Sockets>(decode_response(encode_sockets("q", {}))->body).sockets.empty());
  EXPECT_TRUE(std::get<Rooms>(decode_response(encode_rooms("q", {}))->body).rooms.empty());
  EXPECT_TRUE(std::holds_alternative<Done>(decode_response(encode_done("q"))->body));
  const std::string no_argument = encode_emit_answer("q", {});
  EXPECT_EQ(no_argument, R"({"type":6,"requestId":"q"})");
  EXPECT_TRUE(std::get<EmitAnswer>(decode_response(no_argument)->body).data.empty());
}

TEST(Response, an_acknowledgement_without_argument_is_null) {
  const std::string payload = encode_ack_answer("q", {}).value();
  EXPECT_EQ(payload, packed(R"({"type":9,"requestId":"q"})"));
  EXPECT_EQ(std::get<AckAnswer>(decode_response(payload)->body).packet, "\xc0");
}

TEST(Response, binary_answers_travel_as_they_are_or_degrade) {
  const std::string_view attachments[] = {"\x07"};
  const Payload answer{R"({"_placeholder":true,"num":0})", attachments};
  EXPECT_EQ(encode_emit_answer("q", answer),
            R"({"type":6,"requestId":"q","data":{"type":"Buffer","data":[7]}})");
  EXPECT_TRUE(encode_ack_answer("q", answer)->ends_with("\xa6packet\xc4\x01\x07"));
}

TEST(Response, incomplete_and_wrongly_typed_ones_are_refused) {
  for (const char* const json :
       {"{}", R"({"requestId":5})", R"({"type":8,"clientCount":1})", R"({"type":8,"requestId":"q"})",
        R"({"type":8,"requestId":"q","clientCount":-1})", R"({"type":8,"requestId":"q","clientCount":1.5})",
        R"({"type":"8","requestId":"q","clientCount":1})", R"({"requestId":"q","sockets":{}})",
        R"({"requestId":"q","sockets":null})", R"({"requestId":"q","sockets":[null]})",
        R"({"requestId":"q","sockets":[{}]})", R"({"requestId":"q","sockets":[{"id":1}]})",
        R"({"requestId":"q","sockets":[{"id":"s","rooms":"r"}]})", R"({"requestId":"q","sockets":["s",{}]})",
        R"({"requestId":"q","sockets":[{"id":"s"},"s"]})", R"({"requestId":"q","rooms":"r"})",
        R"({"requestId":"q","rooms":[true]})"})
    EXPECT_EQ(decode_response(json).error(), Error::malformed) << json;
  for (const char* const json : {"[]", "9", "{}", R"({"type":9})", R"({"requestId":"q"})",
                                 R"({"type":9,"requestId":1})", R"({"type":null,"requestId":"q"})"})
    EXPECT_EQ(decode_response(packed(json)).error(), Error::malformed) << json;
}

TEST(Response, unknown_types_are_refused) {
  EXPECT_EQ(decode_response(R"({"requestId":"q","type":9})").error(), Error::unknown_type);
  EXPECT_EQ(decode_response(R"({"requestId":"q","type":7})").error(), Error::unknown_type);
  EXPECT_EQ(decode_response(packed(R"({"requestId":"q","type":8,"clientCount":1})")).error(),
            Error::unknown_type);
}

TEST(Response, lists_are_bounded) {
  EXPECT_EQ(decode_response(R"({"requestId":"q","rooms":["a","b"]})", {.max_answers = 1}).error(),
            Error::too_many_rooms);
  EXPECT_EQ(decode_response(R"({"requestId":"q","sockets":["a","b"]})", {.max_answers = 1}).error(),
            Error::too_many_rooms);
  EXPECT_EQ(
      decode_response(R"({"requestId":"q","sockets":[{"id":"a"},{"id":"b"}]})", {.max_answers = 1}).error(),
      Error::too_many_rooms);
}

TEST(Response, its_id_is_found_without_judging_the_rest) {
  EXPECT_EQ(response_id(R"({"type":8,"requestId":"q","clientCount":)"), std::nullopt) << "not an object";
  EXPECT_EQ(response_id(R"({"type":8,"requestId":"q","clientCount":})"), "q");
  EXPECT_EQ(response_id(R"({"type":8})"), std::nullopt);
  EXPECT_EQ(response_id(R"({"requestId":8})"), std::nullopt);
  EXPECT_EQ(response_id(packed(R"({"type":9,"requestId":"q","packet":1})")), "q");
  EXPECT_EQ(response_id(packed(R"({"type":9})")), std::nullopt);
  EXPECT_EQ(response_id(""), std::nullopt);
}

TEST(Response, all_errors_are_protocol_errors) {
  for (int value = 1; value <= static_cast<int>(Error::not_utf8); ++value) {
    const boost::system::error_code error = make_error_code(static_cast<Error>(value));
    EXPECT_EQ(error, boost::system::errc::protocol_error);
    EXPECT_NE(error.message(), "unknown error of the classic adapter");
  }
}

}  // namespace
}  // namespace roomcast::adapter::classic
