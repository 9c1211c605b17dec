#include <array>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <redis/format.hpp>

namespace roomcast::resp {
namespace {

TEST(Format, arguments_are_length_prefixed_and_appended) {
  std::string out = "before ";
  append_command(out, std::array<std::string_view, 2>{"GET", "key"});
  EXPECT_EQ(out, "before *2\r\n$3\r\nGET\r\n$3\r\nkey\r\n");
}

TEST(Format, any_byte_may_be_in_an_argument) {
  std::string out;
  append_command(out, std::vector<std::string>{"SET", std::string("a\0\r\n*", 5), ""});
  EXPECT_EQ(out, std::string("*3\r\n$3\r\nSET\r\n$5\r\na\0\r\n*\r\n$0\r\n\r\n", 30));
}

TEST(Format, lengths_of_several_digits) {
  std::string out;
  append_command(out, std::vector<std::string>(12, std::string(1234, 'x')));
  EXPECT_TRUE(out.starts_with("*12\r\n$1234\r\nx"));
  EXPECT_EQ(out.size(), 5 + 12 * (7 + 1234 + 2));
}

}  // namespace
}  // namespace roomcast::resp
