#include <charconv>
#include <cmath>
#include <cstdint>

#include <protocol/json/reader.hpp>

#include "grammar.hpp"

namespace roomcast::json {
namespace {

/// Whether the valid number is 1 or more, however many digits it has. Asked only of numbers far beyond what
/// a double can hold, to tell the too large from the too small, for which from_chars has one error.
bool is_large(std::string_view number) noexcept {
  constexpr std::int64_t huge = 1'000'000'000'000;  // any exponent beyond this has been decided by its sign
  const char* at = number.data() + (number.front() == '-' ? 1 : 0);
  const char* const end = number.data() + number.size();
  std::int64_t places = 0;  // of the first digit that is not 0: 1 for ones, 2 for tens, 0 for tenths
  bool seen = false;
  for (bool fraction = false; at != end && (*at | 0x20) != 'e'; ++at) {
    if (*at == '.') {
      fraction = true;
    } else if (fraction) {
      seen = seen || *at != '0';
      if (!seen) --places;
    } else {
      seen = seen || *at != '0';
      if (seen) ++places;
    }
  }
  std::int64_t exponent = 0;
  if (at != end) {
    ++at;
    const bool negative = *at == '-';
    if (*at == '-' || *at == '+') ++at;
    for (; at != end && exponent < huge; ++at) exponent = exponent * 10 + (*at - '0');
    if (negative) exponent = -exponent;
  }
  return places + exponent > 0;
}

bool is_number(std::string_view value) noexcept {
  return detail::skip_number(value.data(), value.data() + value.size()) == value.data() + value.size();
}

template <class T>
std::optional<T> read_wide(std::string_view value) noexcept {
  value = trim(value);
  if (!is_number(value)) return std::nullopt;
  T integer{};
  const auto [behind, error] = std::from_chars(value.data(), value.data() + value.size(), integer);
  if (error == std::errc{} && behind == value.data() + value.size()) return integer;
  if (value.find_first_of(".eE") == std::string_view::npos && value != "-0")
    return std::nullopt;  // out of range

  // Both limits are exact as doubles, the upper one being the first value that does not fit.
  constexpr double lower = static_cast<double>(std::numeric_limits<T>::min());
  const double upper = std::ldexp(1.0, std::numeric_limits<T>::digits);
  const std::optional<double> number = read_double(value);
  if (!number || *number < lower || *number >= upper || std::trunc(*number) != *number) return std::nullopt;
  return static_cast<T>(*number);
}

}  // namespace

std::optional<double> read_double(std::string_view value) noexcept {
  value = trim(value);
  if (!is_number(value)) return std::nullopt;
  double number = 0;
  const auto [behind, error] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (error == std::errc::result_out_of_range) {
    number = is_large(value) ? std::numeric_limits<double>::infinity() : 0.0;
    return value.front() == '-' ? -number : number;
  }
  return number;
}

std::optional<std::int64_t> detail::read_signed(std::string_view value) noexcept {
  return read_wide<std::int64_t>(value);
}

std::optional<std::uint64_t> detail::read_unsigned(std::string_view value) noexcept {
  return read_wide<std::uint64_t>(value);
}

}  // namespace roomcast::json
