#include "run.hpp"

#include <string>

#include <gtest/gtest.h>

namespace roomcast::json::detail {
namespace {

template <class Stop>
std::size_t find_one_by_one(const std::string& text, std::size_t from) {
  while (from < text.size() && !Stop::one(static_cast<unsigned char>(text[from]))) ++from;
  return from;
}

// Every byte value at every place of every short text, with a stop before it that must not count and one
// behind it that must not be reached.
template <class Stop>
void agrees_with_one_by_one() {
  for (unsigned value = 0; value < 256; ++value) {
    for (std::size_t size = 1; size < 40; ++size) {
      for (std::size_t place = 0; place < size; ++place) {
        std::string text = "\"" + std::string(size, 'a') + "\"";
        text[1 + place] = static_cast<char>(value);
        const char* const found = find<Stop>(text.data() + 1, text.data() + 1 + size);
        ASSERT_EQ(static_cast<std::size_t>(found - text.data()),
                  std::min(find_one_by_one<Stop>(text, 1), size + 1))
            << "byte " << value << " at " << place << " of " << size;
      }
    }
  }
}

TEST(Run, of_string_bytes_ends_where_a_loop_would_end_it) { agrees_with_one_by_one<StringStop>(); }
TEST(Run, of_ascii_string_bytes_ends_where_a_loop_would_end_it) { agrees_with_one_by_one<AsciiStringStop>(); }
TEST(Run, between_brackets_ends_where_a_loop_would_end_it) { agrees_with_one_by_one<NestingStop>(); }

TEST(Run, ends_at_the_first_of_several_stops) {
  for (std::size_t first = 0; first < 32; ++first) {
    for (std::size_t second = first; second < 32; ++second) {
      std::string text(32, '\x7f');
      text[second] = '"';
      text[first] = '\\';
      EXPECT_EQ(find<StringStop>(text.data(), text.data() + text.size()), text.data() + first);
    }
  }
}

}  // namespace
}  // namespace roomcast::json::detail
