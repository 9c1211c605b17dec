#include <string>

#include <gtest/gtest.h>

#include <protocol/json/scanner.hpp>

#include "transcoding.hpp"

namespace roomcast::msgpack {
namespace {

std::string json_of_hex(std::string_view digits) { return json_of(unhex(digits)); }

TEST(ToJson, binary_values_become_placeholders_in_order) {
  const std::string bytes = unhex(
      "93a178c4020102"
      "81a16bc4010a");
  const auto json = to_json(bytes).value();
  EXPECT_EQ(json.text, R"(["x",{"_placeholder":true,"num":0},{"k":{"_placeholder":true,"num":1}}])");
  EXPECT_EQ(json.attachments, (Attachments{"\x01\x02", "\x0a"}));
  EXPECT_EQ(json.attachments[1].data(), bytes.data() + bytes.size() - 1);
}

TEST(ToJson, placeholders_go_on_counting_where_the_caller_has_some) {
  base::FrameBuilder out;
  out.append("42");
  Attachments attachments{"first"};
  ASSERT_TRUE(to_json(out, unhex("c400"), attachments));
  EXPECT_EQ(out.view(), R"(42{"_placeholder":true,"num":1})");
  EXPECT_EQ(attachments.size(), 2u);
}

TEST(ToJson, more_binary_values_than_allowed_are_refused) {
  EXPECT_EQ(to_json(unhex("93c400c400c400"), {.max_attachments = 3})->attachments.size(), 3u);
  EXPECT_EQ(to_json(unhex("93c400c400c400"), {.max_attachments = 2}).error(), Error::too_many_attachments);
}

TEST(ToJson, after_an_error_everything_is_as_before) {
  base::FrameBuilder out;
  out.append("before");
  Attachments attachments{"kept"};
  EXPECT_EQ(to_json(out, unhex("92c40100c1"), attachments).error(), Error::unknown_format);
  EXPECT_EQ(out.view(), "before");
  EXPECT_EQ(attachments, (Attachments{"kept"}));
}

TEST(ToJson, undefined_is_null_in_arrays_and_nothing_in_maps) {
  EXPECT_EQ(json_of_hex("d40000"), "null");
  EXPECT_EQ(json_of_hex("92d40000d40000"), "[null,null]");
  EXPECT_EQ(json_of_hex("83a161d40000a16201a163d40000"), R"({"b":1})");
  EXPECT_EQ(json_of_hex("83a16101a162d40000a16302"), R"({"a":1,"c":2})");
  EXPECT_EQ(json_of_hex("81a161d40000"), "{}");
}

TEST(ToJson, dates_are_iso_texts) {
  EXPECT_EQ(json_of_hex("d6ff00000000"), R"("1970-01-01T00:00:00.000Z")");
  EXPECT_EQ(json_of_hex("d7ff1d5353006553f100"), R"("2023-11-14T22:13:20.123Z")");
  EXPECT_EQ(json_of_hex("c70cff3b8b87c0ffffffffffffffff"), R"("1969-12-31T23:59:59.999Z")");
  EXPECT_EQ(json_of_hex("c70cff000000000000003afff44180"), R"("+010000-01-01T00:00:00.000Z")");
  EXPECT_EQ(json_of_hex("d700000000000000ea60"), R"("1970-01-01T00:01:00.000Z")");
  EXPECT_EQ(json_of_hex("d700fffffffffffffffe"), R"("1969-12-31T23:59:59.998Z")");
  EXPECT_EQ(json_of_hex("d700ffffc77590fba000"), R"("0000-01-01T00:00:00.000Z")");
  EXPECT_EQ(json_of_hex("d700ffffc7758bd54400"), R"("-000001-12-31T00:00:00.000Z")");
  EXPECT_EQ(json_of_hex("d700000000dd9fcd3bff"), R"("2000-02-29T23:59:59.999Z")");
  EXPECT_EQ(json_of_hex("d700fffffdfeddd90fff"), R"("1900-02-28T23:59:59.999Z")");
  EXPECT_EQ(json_of_hex("d7000000e677d21fdbff"), R"("9999-12-31T23:59:59.999Z")");
}

TEST(ToJson, the_last_and_first_date_of_javascript_and_what_is_beyond) {
  EXPECT_EQ(json_of_hex("d700001eb208c2dc0000"), R"("+275760-09-13T00:00:00.000Z")");
  EXPECT_EQ(json_of_hex("d700ffe14df73d240000"), R"("-271821-04-20T00:00:00.000Z")");
  EXPECT_EQ(json_of_hex("d700001eb208c2dc0001"), "null");
  EXPECT_EQ(json_of_hex("c70cff000000007fffffffffffffff"), "null");
  EXPECT_EQ(json_of_hex("c70cff000000008000000000000000"), "null");
}

TEST(ToJson, extension_0_with_a_length_is_bytes_and_others_are_unknown) {
  EXPECT_EQ(to_json(unhex("c7020001ff"))->attachments.size(), 1u);
  EXPECT_EQ(to_json(unhex("c708000000000000000000"))->attachments.size(), 1u);
  for (const char* const digits :
       {"c7020501ff", "d501aabb", "d801000102030405060708090a0b0c0d0e0f", "d4ff00"})
    EXPECT_EQ(to_json(unhex(digits)).error(), Error::unknown_extension) << digits;
}

TEST(ToJson, keys_are_what_string_makes_of_them) {
  EXPECT_EQ(json_of_hex("81c001"), R"({"null":1})");
  EXPECT_EQ(json_of_hex("81c301"), R"({"true":1})");
  EXPECT_EQ(json_of_hex("81c201"), R"({"false":1})");
  EXPECT_EQ(json_of_hex("810501"), R"({"5":1})");
  EXPECT_EQ(json_of_hex("81ff01"), R"({"-1":1})");
  EXPECT_EQ(json_of_hex("81cb3ff800000000000001"), R"({"1.5":1})");
  EXPECT_EQ(json_of_hex("81c4016101"), R"({"a":1})");
  EXPECT_EQ(json_of_hex("81cb7ff800000000000001"), R"({"NaN":1})");
  EXPECT_EQ(json_of_hex("81cb7ff000000000000001"), R"({"Infinity":1})");
  EXPECT_EQ(json_of_hex("81cbfff000000000000001"), R"({"-Infinity":1})");
  EXPECT_EQ(json_of_hex("81d4000001"), R"({"undefined":1})");
  EXPECT_EQ(json_of_hex("81cfffffffffffffffff01"), R"({"18446744073709552000":1})");
}

TEST(ToJson, keys_without_a_string_form_are_refused) {
  for (const char* const digits : {"819001", "818001", "81d6ff0000000101"})
    EXPECT_EQ(to_json(unhex(digits)).error(), Error::bad_key) << digits;
}

TEST(ToJson, what_is_not_utf8_becomes_a_replacement_character) {
  EXPECT_EQ(json_of_hex("a2ff41"),
            "\"\xEF\xBF\xBD"
            "A\"");
  EXPECT_EQ(json_of_hex("81a2ff4101"),
            "{\"\xEF\xBF\xBD"
            "A\":1}");
  EXPECT_EQ(json_of_hex("a561f09081a2"), "\"a\xF0\x90\x81\xA2\"") << "notepack's idea of a lone surrogate";
}

TEST(ToJson, floats_are_written_as_the_doubles_they_are) {
  EXPECT_EQ(json_of_hex("ca3fc00000"), "1.5");
  EXPECT_EQ(json_of_hex("ca3dcccccd"), "0.10000000149011612");
  EXPECT_EQ(json_of_hex("ca7fc00000"), "null");
  EXPECT_EQ(json_of_hex("cb7ff0000000000000"), "null");
  EXPECT_EQ(json_of_hex("cb8000000000000000"), "0");
}

TEST(ToJson, a_map_that_would_pass_for_a_binary_value_is_refused) {
  const std::string forged = "82ac5f706c616365686f6c646572c3a36e756d";  // {_placeholder: true, num: …}
  EXPECT_EQ(json_of_hex(forged + "00"), R"({"_placeholder":true,"num":0})") << "nothing to pass for";
  EXPECT_EQ(to_json(unhex("92c400" + forged + "00")).error(), Error::bad_placeholder);
  EXPECT_EQ(to_json(unhex("92" + forged + "07c400")).error(), Error::bad_placeholder);
  EXPECT_TRUE(to_json(unhex("92c40081ac5f706c616365686f6c646572c2"))) << "false";
  EXPECT_TRUE(to_json(unhex("92c40081ac5f706c616365686f6c64657291c3"))) << "an array";
}

TEST(ToJson, the_text_nests_no_deeper_than_allowed_placeholders_included) {
  const std::string deep(512, '\x91');
  const auto nil = to_json(deep + '\xc0').value();
  EXPECT_TRUE(json::validate(nil.text));
  EXPECT_EQ(to_json(deep + '\x90').error(), Error::too_deep);
  EXPECT_EQ(to_json(deep + '\x80').error(), Error::too_deep);
  EXPECT_EQ(to_json(deep + std::string("\xc4\x00", 2)).error(), Error::too_deep);
  EXPECT_EQ(to_json(std::string(1'000'000, '\x91')).error(), Error::too_deep);
  EXPECT_EQ(to_json(std::string(2'000, '\x91'), {.max_depth = 1'000'000}).error(), Error::too_deep);
}

TEST(ToJson, a_value_cut_anywhere_is_an_error) {
  const std::string whole = unhex(
      "dc0012"
      "c0c2c3"
      "01e0"
      "ccff"
      "cdffff"
      "ceffffffff"
      "cfffffffffffffffff"
      "d08f"
      "d18000"
      "ca3fc00000"
      "cb3ff8000000000000"
      "d6ff00000001"
      "d40000"
      "c40101"
      "83a16101d90162a163da0001640192c0c0");
  ASSERT_TRUE(to_json(whole)) << to_json(whole).error().message();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    // A copy of its own, so that a read past the end is seen.
    EXPECT_EQ(to_json(std::string(whole, 0, size)).error(), Error::truncated) << size;
  }
  EXPECT_EQ(to_json(whole + '\0').error(), Error::trailing_bytes);
}

}  // namespace
}  // namespace roomcast::msgpack
