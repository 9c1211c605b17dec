#include <gtest/gtest.h>

#include <protocol/engineio/jsonp.hpp>

namespace roomcast::engineio {
namespace {

TEST(Jsonp, the_function_has_a_number) {
  EXPECT_EQ(jsonp_callback("EIO=4&transport=polling"), std::nullopt);
  EXPECT_EQ(jsonp_callback("j=7"), "7");
  EXPECT_EQ(jsonp_callback("j="), "");
  EXPECT_EQ(jsonp_callback("a=b&j=1](alert(2))//"), "12");
  EXPECT_EQ(jsonp_callback("j=1&j=%32"), "2");
}

TEST(Jsonp, an_answer_is_a_script_with_the_body_as_a_string) {
  EXPECT_EQ(jsonp_answer("7", "4hello"), R"(___eio[7]("4hello");)");
  EXPECT_EQ(jsonp_answer("0",
                         "4[\"a\\\n\"]\x1e"
                         "2"),
            R"(___eio[0]("4[\"a\\\n\"]\u001e2");)");
  EXPECT_EQ(jsonp_answer("", ""), R"(___eio[]("");)");
}

TEST(Jsonp, an_answer_has_no_line_separators_that_end_a_string_in_a_script) {
  EXPECT_EQ(jsonp_answer("1", "4\u2028a\u2029\u2027b\u20ac"),
            "___eio[1](\"4\\u2028a\\u2029\u2027b\u20ac\");");
}

TEST(Jsonp, a_form_has_the_body_in_its_field) {
  EXPECT_EQ(jsonp_body("d=4hello"), "4hello");
  EXPECT_EQ(jsonp_body("x=1&d=4a%2Bb+c%26"), "4a+b c&");
  EXPECT_EQ(jsonp_body("d="), "");
  EXPECT_EQ(jsonp_body(""), std::nullopt);
  EXPECT_EQ(jsonp_body("e=4hello"), std::nullopt);
}

TEST(Jsonp, ends_of_lines_are_escaped_in_a_form) {
  EXPECT_EQ(jsonp_body("d=4a%5Cnb"), "4a\nb");
  EXPECT_EQ(jsonp_body("d=4a%5C%5Cnb"), "4a\\nb");
  EXPECT_EQ(jsonp_body("d=4a%5Ctb%5C"), "4a\\tb\\");
  EXPECT_EQ(jsonp_body("d=%5Cn%5C%5Cn%5Cn"), "\n\\n\n");
}

}  // namespace
}  // namespace roomcast::engineio
