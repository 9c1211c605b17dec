#include <cmath>
#include <limits>
#include <string>

#include <gtest/gtest.h>

#include <protocol/msgpack/writer.hpp>

#include "transcoding.hpp"

namespace roomcast::msgpack {
namespace {

template <class Write>
std::string written(Write&& write) {
  std::string out;
  Writer writer(out);
  write(writer);
  return hex(out);
}

TEST(Writer, every_integer_has_the_shortest_form) {
  const auto integer = [](std::int64_t value) {
    return written([&](Writer& writer) { writer.integer(value); });
  };
  EXPECT_EQ(integer(0), "00");
  EXPECT_EQ(integer(127), "7f");
  EXPECT_EQ(integer(128), "cc80");
  EXPECT_EQ(integer(256), "cd0100");
  EXPECT_EQ(integer(65'536), "ce00010000");
  EXPECT_EQ(integer(4'294'967'296), "cf0000000100000000");
  EXPECT_EQ(integer(-1), "ff");
  EXPECT_EQ(integer(-32), "e0");
  EXPECT_EQ(integer(-33), "d0df");
  EXPECT_EQ(integer(-129), "d1ff7f");
  EXPECT_EQ(integer(-32'769), "d2ffff7fff");
  EXPECT_EQ(integer(-2'147'483'649), "d3ffffffff7fffffff");
  EXPECT_EQ(written([](Writer& writer) { writer.natural(std::numeric_limits<std::uint64_t>::max()); }),
            "cfffffffffffffffff");
}

TEST(Writer, a_whole_double_beyond_64_bits_stays_a_double) {
  const auto number = [](double value) { return written([&](Writer& writer) { writer.number(value); }); };
  EXPECT_EQ(number(18446744073709551616.0), "cb43f0000000000000");
  EXPECT_EQ(number(1e21), "cb444b1ae4d6e2ef50");
  EXPECT_EQ(number(-1e21), "cbc44b1ae4d6e2ef50");
  EXPECT_EQ(number(std::nextafter(18446744073709551616.0, 0)), "cffffffffffffff800");
  EXPECT_EQ(number(-9223372036854775808.0), "d38000000000000000");
  EXPECT_EQ(number(-0.0), "00");
}

TEST(Writer, headers_grow_with_what_they_announce) {
  const auto array = [](std::size_t n) { return written([&](Writer& writer) { writer.array(n); }); };
  const auto map = [](std::size_t n) { return written([&](Writer& writer) { writer.map(n); }); };
  EXPECT_EQ(array(15), "9f");
  EXPECT_EQ(array(16), "dc0010");
  EXPECT_EQ(array(65'536), "dd00010000");
  EXPECT_EQ(map(15), "8f");
  EXPECT_EQ(map(16), "de0010");
  EXPECT_EQ(map(65'536), "df00010000");
  EXPECT_THROW(array(std::size_t{1} << 32), std::length_error);
  EXPECT_EQ(written([](Writer& writer) { writer.nil(); }), "c0");
}

}  // namespace
}  // namespace roomcast::msgpack
