#include <string>

#include <gtest/gtest.h>

#include "transcoding.hpp"

namespace roomcast::msgpack {
namespace {

TEST(FromJson, whitespace_and_escapes_leave_no_trace) {
  EXPECT_EQ(hex(from_json(" [ \"a\\u0062\\n\" , { \"k\\\"\" : -0 } ] ")), "92a361620a81a26b2200");
}

TEST(FromJson, numbers_are_read_as_javascript_reads_them) {
  EXPECT_EQ(hex(from_json("[1.0,1e3,-0,-0.0,1.5]")), "9501cd03e80000cb3ff8000000000000");
  EXPECT_EQ(hex(from_json("1e400")), "cb7ff0000000000000");
  EXPECT_EQ(hex(from_json("-1e400")), "cbfff0000000000000");
  EXPECT_EQ(hex(from_json("1e-400")), "00");
}

TEST(FromJson, integers_of_64_bits_keep_their_digits) {
  EXPECT_EQ(hex(from_json("9007199254740993")), "cf0020000000000001");
  EXPECT_EQ(hex(from_json("18446744073709551615")), "cfffffffffffffffff");
  EXPECT_EQ(hex(from_json("-9223372036854775808")), "d38000000000000000");
  EXPECT_EQ(hex(from_json("18446744073709551616")), "cb43f0000000000000");
}

TEST(FromJson, a_lone_surrogate_becomes_a_character_that_every_reader_takes) {
  EXPECT_EQ(hex(from_json(R"("a\ud800b")")), "a561efbfbd62");
  EXPECT_EQ(hex(from_json(R"("\ud83d\ude00")")), "a4f09f9880");
}

TEST(FromJson, placeholders_become_their_bytes) {
  const std::string text = R"(["x",{"_placeholder":true,"num":1},{"k":[{"num":0,"_placeholder":true}]},2])";
  EXPECT_EQ(hex(from_json(text, {"\x01\x02", "\x03"})), "94a178c4010381a16b91c402010202");
  EXPECT_EQ(hex(from_json(R"({"_placeholder":true,"num":0})", {"\x09"})), "c40109");
}

TEST(FromJson, without_attachments_a_placeholder_is_an_ordinary_object) {
  EXPECT_EQ(hex(from_json(R"({"_placeholder":true,"num":0})")), "82ac5f706c616365686f6c646572c3a36e756d00");
}

TEST(FromJson, a_placeholder_without_its_attachment_is_refused) {
  const std::string_view attachments[] = {"x"};
  for (const char* const text : {R"([{"_placeholder":true,"num":1}])", R"([{"_placeholder":true}])",
                                 R"([{"_placeholder":true,"num":-1}])"}) {
    std::string out = "before";
    EXPECT_EQ(from_json(out, text, attachments).error(), Error::bad_placeholder) << text;
    EXPECT_EQ(out, "before");
  }
}

TEST(FromJson, long_arrays_and_maps_get_long_headers_wherever_they_stand) {
  const auto array = [](int elements, const std::string& element) {
    std::string text = "[";
    for (int i = 0; i < elements; ++i) text += (i != 0 ? "," : "") + element;
    return text + "]";
  };
  EXPECT_EQ(hex(from_json(array(16, "1"))), "dc0010" + hex(std::string(16, '\1')));
  const std::string inner = "dc0010" + hex(std::string(16, '\2'));
  std::string expected = "dc0011";
  for (int i = 0; i < 17; ++i) expected += inner;
  EXPECT_EQ(hex(from_json(array(17, array(16, "2")))), expected);
  const std::string huge = from_json("[0," + array(70'000, "[]") + ",3]");
  EXPECT_EQ(hex(huge.substr(0, 8)), "9300dd0001117090");
  EXPECT_EQ(huge.size(), 2u + 5 + 70'000 + 1);

  std::string object = "{";
  for (int i = 0; i < 16; ++i)
    object += (i != 0 ? ",\"" : "\"") + std::string(1, static_cast<char>('a' + i)) + "\":[]";
  EXPECT_EQ(hex(from_json(object + "}")).substr(0, 12), "de0010a16190");
}

TEST(FromJson, appends_to_what_is_there) {
  std::string out = "x";
  ASSERT_TRUE(from_json(out, "[" + std::string(40, ' ') + "]"));
  EXPECT_EQ(out, "x\x90");
}

TEST(FromJson, text_nested_deeper_than_any_validated_text_is_refused) {
  const std::string text = std::string(1025, '[') + std::string(1025, ']');
  std::string out;
  EXPECT_EQ(from_json(out, text).error(), Error::too_deep);
  EXPECT_TRUE(from_json(out, std::string_view(text).substr(1, 2048)));
}

}  // namespace
}  // namespace roomcast::msgpack
