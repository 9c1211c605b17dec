#include <string>

#include <gtest/gtest.h>

#include <protocol/msgpack/reader.hpp>

#include "transcoding.hpp"

namespace roomcast::msgpack {
namespace {

TEST(Reader, walks_a_map_value_by_value) {
  const std::string bytes = unhex("82a16193017fa178a16283c0c0c2c3e0d1fffe07");
  Reader reader(bytes);
  EXPECT_EQ(reader.map().value(), 2u);
  EXPECT_EQ(reader.string().value(), "a");
  EXPECT_EQ(reader.array().value(), 3u);
  EXPECT_EQ(reader.next()->natural, 1u);
  EXPECT_EQ(reader.next()->natural, 127u);
  EXPECT_EQ(reader.string().value(), "x");
  EXPECT_EQ(reader.string().value(), "b");
  EXPECT_EQ(hex(reader.skip().value()), "83c0c0c2c3e0d1fffe");
  EXPECT_FALSE(reader.at_end());
  EXPECT_EQ(reader.expect_end().error(), Error::trailing_bytes);
  EXPECT_EQ(reader.rest(), "\x07");
}

TEST(Reader, another_type_than_the_wanted_one_is_an_error) {
  const std::string number = unhex("01");
  EXPECT_EQ(Reader(number).string().error(), Error::wrong_type);
  EXPECT_EQ(Reader(number).array().error(), Error::wrong_type);
  EXPECT_EQ(Reader(number).map().error(), Error::wrong_type);
}

TEST(Reader, views_lie_in_the_input) {
  const std::string bytes = unhex("92a3616263c40201ff");
  Reader reader(bytes);
  ASSERT_TRUE(reader.array());
  EXPECT_EQ(reader.string()->data(), bytes.data() + 2);
  EXPECT_EQ(reader.next()->bytes.data(), bytes.data() + 7);
  EXPECT_TRUE(reader.expect_end());
}

TEST(Reader, a_length_is_not_believed_before_the_bytes_are_there) {
  for (const char* const digits : {"dbffffffff61", "c6ffffffff61", "c9ffffffff0061", "d9ff61", "c8ffff0061"})
    EXPECT_EQ(Reader(unhex(digits)).skip().error(), Error::truncated) << digits;
  // 4 thousand million elements are announced; the reader looks for the first of them.
  for (const char* const digits : {"ddffffffff", "dfffffffff", "ddffffffffc0"})
    EXPECT_EQ(Reader(unhex(digits)).skip().error(), Error::truncated) << digits;
}

TEST(Reader, skipping_goes_as_deep_as_allowed_and_no_deeper) {
  const std::string deep = std::string(512, '\x91') + '\xc0';
  EXPECT_TRUE(Reader(deep).skip());
  EXPECT_EQ(Reader('\x91' + deep).skip().error(), Error::too_deep);
  EXPECT_TRUE(Reader('\x91' + deep).skip(513));
  EXPECT_EQ(Reader(std::string(100'000, '\x91')).skip(1'000'000).error(), Error::too_deep);
}

TEST(Reader, all_errors_are_protocol_errors) {
  for (int value = 1; value <= static_cast<int>(Error::bad_placeholder); ++value) {
    const boost::system::error_code error = make_error_code(static_cast<Error>(value));
    EXPECT_EQ(error, boost::system::errc::protocol_error);
    EXPECT_NE(error.message(), "unknown MessagePack error");
  }
}

}  // namespace
}  // namespace roomcast::msgpack
