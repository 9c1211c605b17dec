#include <algorithm>
#include <charconv>
#include <cmath>
#include <string_view>

#include <protocol/json/writer.hpp>

namespace roomcast::json {
namespace {

/// The shortest digits that read back as `number` (d1 d2 d3 …), and the power of ten that makes d1.d2d3… of
/// them.
struct Decimal {
  char digits[17];
  std::size_t count = 0;
  int exponent = 0;

  explicit Decimal(double number) noexcept {  // positive and finite
    char text[32];
    const char* const end =
        std::to_chars(text, text + sizeof text, number, std::chars_format::scientific).ptr;
    const char* at = text;
    for (; *at != 'e'; ++at)
      if (*at != '.') digits[count++] = *at;
    at += at[1] == '+' ? 2 : 1;  // from_chars takes a minus, but no plus
    std::from_chars(at, end, exponent);
  }
};

template <class T>
void write_integer(base::FrameBuilder& out, T number) {
  char text[24];
  const char* const end = std::to_chars(text, text + sizeof text, number).ptr;
  out.append({text, static_cast<std::size_t>(end - text)});
}

void write_zeros(base::FrameBuilder& out, int count) {
  if (count > 0) std::fill_n(out.extend(static_cast<std::size_t>(count)), count, '0');
}

/// ECMA-262 §6.1.6.1.20, Number::toString, for the numbers that are not small integers.
void write_decimal(base::FrameBuilder& out, const Decimal& decimal) {
  const std::string_view digits(decimal.digits, decimal.count);
  const int point = decimal.exponent + 1;  // the decimal point stands behind this many digits
  const int count = static_cast<int>(decimal.count);
  if (point > 21 || point < -5) {
    out.append(digits[0]);
    if (count > 1) {
      out.append('.');
      out.append(digits.substr(1));
    }
    out.append(decimal.exponent < 0 ? "e-" : "e+");
    write_integer(out, std::abs(decimal.exponent));
  } else if (point <= 0) {
    out.append("0.");
    write_zeros(out, -point);
    out.append(digits);
  } else if (point >= count) {
    out.append(digits);
    write_zeros(out, point - count);
  } else {
    out.append(digits.substr(0, static_cast<std::size_t>(point)));
    out.append('.');
    out.append(digits.substr(static_cast<std::size_t>(point)));
  }
}

}  // namespace

void write_number(base::FrameBuilder& out, double number) {
  constexpr double exact = 9007199254740992.0;  // 2^53: below it every whole double is that integer
  if (!std::isfinite(number)) {
    out.append("null");
  } else if (std::abs(number) < exact && std::trunc(number) == number) {
    write_integer(out, static_cast<std::int64_t>(number));  // -0 becomes 0
  } else {
    if (number < 0) out.append('-');
    write_decimal(out, Decimal(std::abs(number)));
  }
}

void write_number(base::FrameBuilder& out, std::int64_t number) { write_integer(out, number); }
void write_number(base::FrameBuilder& out, std::uint64_t number) { write_integer(out, number); }

}  // namespace roomcast::json
