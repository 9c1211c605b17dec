#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <adapter/classic/broadcast.hpp>
#include <adapter/classic/request.hpp>
#include <adapter/classic/response.hpp>
#include <base/base64.hpp>
#include <support/vectors.hpp>

namespace roomcast::adapter::classic {
namespace {

/// How many of the three decoders take the bytes. Every call gets a copy, so that a read past the end is
/// seen.
int accepted(std::string_view bytes) {
  const std::string copy(bytes);
  response_id(copy);
  return int{decode_broadcast(copy).has_value()} + int{decode_request(copy).has_value()} +
         int{decode_response(copy).has_value()};
}

std::vector<std::string> all_payloads() {
  std::vector<std::string> payloads;
  for (const char* const file : {"redis-classic.json", "redis-classic-options.json", "redis-emitter.json"}) {
    const boost::json::value vectors = support::load_vectors(file);
    for (const boost::json::value& item : vectors.at("cases").as_array())
      for (const boost::json::value& command : item.at("commands").as_array())
        if (command.at("command").as_string() == "PUBLISH")
          payloads.push_back(base::base64_decode_lenient(command.at("args").at(1).at("b64").as_string()));
  }
  return payloads;
}

TEST(Robustness, a_message_cut_anywhere_is_an_error_to_every_decoder) {
  for (const std::string& payload : all_payloads()) {
    ASSERT_GE(accepted(payload), 1);
    for (std::size_t size = 0; size < payload.size(); ++size)
      ASSERT_EQ(accepted(std::string_view(payload).substr(0, size)), 0) << payload << " cut at " << size;
    EXPECT_EQ(accepted(payload + "\x01"), 0);
  }
}

TEST(Robustness, a_message_with_any_byte_changed_is_read_or_refused) {
  for (std::string payload : all_payloads())
    for (char& byte : payload) {
      const char before = byte;
      for (const int other : {0x00, 0x7f, 0x80, 0xc1, 0xdd, 0xdf, 0xff, before ^ 1}) {
        byte = static_cast<char>(other);
        accepted(payload);
      }
      byte = before;
    }
}

RC_GTEST_PROP(Robustness, any_bytes_are_read_or_refused, (const std::string& bytes)) {
  accepted(bytes);
  accepted("{" + bytes);
  accepted(
      "\x93\xa1u\x82\xa4type\x02\xa4"
      "data" +
      bytes);
}

TEST(Robustness, mountains_of_nothing_are_refused) {
  for (const char byte : {'\x91', '\x81', '\x80', '\xdd', '\xff', '{', '[', '\0'})
    EXPECT_EQ(accepted(std::string(1'000'000, byte)), 0);
}

}  // namespace
}  // namespace roomcast::adapter::classic
