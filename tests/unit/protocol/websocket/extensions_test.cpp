// What offers of extensions lead to: RFC6455§9.1 and RFC7692§5, §7.1. Each row was asked of npm's ws 8.21,
// whose answer stands beside ours where the two differ.
#include <chrono>
#include <string>

#include <gtest/gtest.h>

#include <protocol/websocket/extensions.hpp>

namespace roomcast::websocket {
namespace {

constexpr std::string_view deflate =
    "permessage-deflate; server_no_context_takeover; client_no_context_takeover";

/// The answer's header, "" for none, or "refused".
std::string answer_to(std::string_view offers, bool may_deflate = true) {
  const auto agreed = negotiate(offers, may_deflate);
  return agreed ? std::string(agreed->answer()) : "refused";
}

TEST(Extensions, offers_that_are_accepted) {
  for (const std::string_view offers : {
           "permessage-deflate",
           "permessage-deflate; client_max_window_bits",
           "permessage-deflate; client_max_window_bits=10",  // ws repeats it
           "permessage-deflate;client_max_window_bits=8",
           "permessage-deflate; client_max_window_bits=\"15\"",
           "permessage-deflate; client_max_window_bits=\"\\1\\5\"",
           "permessage-deflate; server_no_context_takeover",
           "permessage-deflate ;\tclient_no_context_takeover",
           "permessage-deflate; server_no_context_takeover; client_no_context_takeover; "
           "client_max_window_bits",
           "x-webkit-deflate-frame, permessage-deflate",
           "permessage-deflate , foo; bar; bar=1; baz=\"q\"",
           "permessage-deflate, permessage-deflate",
       })
    EXPECT_EQ(answer_to(offers), deflate) << offers;
}

// RFC7692§7.1.2.1: the window is agreed by repeating it.
TEST(Extensions, the_whole_window_may_be_named) {
  EXPECT_EQ(answer_to("permessage-deflate; server_max_window_bits=15"),
            std::string(deflate) + "; server_max_window_bits=15");
}

// ws compresses with the smaller window; here one compressed form serves all recipients.
TEST(Extensions, a_smaller_window_for_the_server_is_declined) {
  for (const std::string bits : {"8", "9", "10", "14"})
    EXPECT_EQ(answer_to("permessage-deflate; server_max_window_bits=" + bits), "") << bits;
}

// RFC7692§5: offers stand in the order of preference.
TEST(Extensions, the_first_offer_that_can_be_accepted_is) {
  EXPECT_EQ(answer_to("permessage-deflate; server_max_window_bits=10, permessage-deflate"), deflate);
  EXPECT_EQ(answer_to("permessage-deflate; server_max_window_bits=15, permessage-deflate"),
            std::string(deflate) + "; server_max_window_bits=15");
  EXPECT_EQ(answer_to("permessage-deflate, permessage-deflate; server_max_window_bits=15"), deflate);
}

TEST(Extensions, others_are_declined) {
  for (const std::string_view offers :
       {"foo", "x-webkit-deflate-frame", "foo; a=1; a=2, bar", "Permessage-Deflate", "permessage-deflate2"})
    EXPECT_EQ(answer_to(offers), "") << offers;
}

// RFC7692§7.1: unknown, repeated and invalid parameters.
TEST(Extensions, bad_parameters_are_refused) {
  for (const std::string_view offers : {
           "permessage-deflate; foo",
           "permessage-deflate; foo=1",
           "permessage-deflate; server_no_context_takeover=true",
           "permessage-deflate; client_no_context_takeover=\"1\"",
           "permessage-deflate; server_no_context_takeover; server_no_context_takeover",
           "permessage-deflate; client_no_context_takeover; client_no_context_takeover",
           "permessage-deflate; client_max_window_bits; client_max_window_bits=10",
           "permessage-deflate; server_max_window_bits=15; server_max_window_bits=15",
           "permessage-deflate; server_max_window_bits",
           "permessage-deflate; server_max_window_bits=7",
           "permessage-deflate; server_max_window_bits=16",
           "permessage-deflate; server_max_window_bits=ten",
           "permessage-deflate; server_max_window_bits=-8",
           "permessage-deflate; client_max_window_bits=7",
           "permessage-deflate; client_max_window_bits=16",
           "permessage-deflate; client_max_window_bits=1.5",
           "permessage-deflate; client_max_window_bits=010",   // ws reads 10
           "permessage-deflate; client_max_window_bits=0xa",   // ws reads 10
           "permessage-deflate; client_max_window_bits=1e1",   // ws reads 10
           "permessage-deflate; client_max_window_bits=10.0",  // ws reads 10
           "permessage-deflate, permessage-deflate; foo",
           "permessage-deflate; server_max_window_bits=16, permessage-deflate",
       })
    EXPECT_EQ(answer_to(offers), "refused") << offers;
}

// RFC6455§9.1: "the recipient of such malformed data MUST immediately _Fail the WebSocket Connection_".
TEST(Extensions, what_breaks_the_grammar_is_refused) {
  for (const std::string_view offers : {
           "",
           ",",
           ";",
           "foo,",
           "foo;",
           "foo, ,bar",
           ",foo",
           "foo bar",
           "foo; a b",
           "foo; =1",
           "foo; a=",
           "foo; a =1",
           "foo; a= 1",
           "foo; a=\"\"",
           "foo; a=\"b",
           "foo; a=\"b c\"",
           "foo; a=\"b\"c",
           "foo; a=\"b\\",
           "foo; a=\"b\\\"\"",
           "foo; a==1",
           "fo\xC3\xB6",
           "foo@bar",
           "permessage-deflate; client_max_window_bits=",
       }) {
    EXPECT_EQ(answer_to(offers), "refused") << offers;
    EXPECT_EQ(answer_to(offers, false), "refused") << offers;
  }
}

TEST(Extensions, nothing_is_agreed_where_deflate_is_off_and_its_parameters_are_not_looked_at) {
  EXPECT_EQ(answer_to("permessage-deflate; client_max_window_bits", false), "");
  EXPECT_EQ(answer_to("permessage-deflate; foo; foo", false), "");
}

TEST(Extensions, long_lists_are_read_once) {
  std::string offers = "foo";
  while (offers.size() < 4'000'000)
    offers += "; a=\"b\\c\", permessage-deflate; server_max_window_bits=9, foo";
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(answer_to(offers), "");
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(5));
}

}  // namespace
}  // namespace roomcast::websocket
