#include "iso_date.hpp"

#include <cmath>
#include <cstdint>
#include <cstdio>

namespace roomcast::msgpack {
namespace {

struct Day {
  std::int64_t year;
  unsigned month;
  unsigned day;
};

/// The day of the Gregorian calendar that is so many days after 1970-01-01. JavaScript's dates reach to the
/// year 275760, beyond std::chrono::year. Years begin in March here, so that a leap day comes last, and are
/// counted in eras of 400 years, which all have the same number of days.
Day day_of(std::int64_t days) noexcept {
  constexpr std::int64_t days_per_era = 146'097;
  days += 719'468;  // from 0000-03-01
  const std::int64_t era = (days >= 0 ? days : days - (days_per_era - 1)) / days_per_era;
  const auto of_era = static_cast<unsigned>(days - era * days_per_era);
  const unsigned year = (of_era - of_era / 1460 + of_era / 36'524 - of_era / 146'096) / 365;
  const unsigned of_year = of_era - (365 * year + year / 4 - year / 100);
  const unsigned month = (5 * of_year + 2) / 153;  // 0 is March
  return {year + era * 400 + (month >= 10 ? 1 : 0), month < 10 ? month + 3 : month - 9,
          of_year - (153 * month + 2) / 5 + 1};
}

}  // namespace

void write_iso_date(base::FrameBuilder& out, double milliseconds) {
  constexpr double furthest = 8.64e15;  // ECMA-262, TimeClip
  if (!(std::abs(milliseconds) <= furthest)) return out.append("null");

  constexpr std::int64_t ms_per_day = 86'400'000;
  const auto whole = static_cast<std::int64_t>(milliseconds);
  std::int64_t days = whole / ms_per_day;
  std::int64_t of_day = whole % ms_per_day;
  if (of_day < 0) {
    of_day += ms_per_day;
    --days;
  }
  const Day day = day_of(days);
  const auto time = static_cast<unsigned>(of_day);
  char text[64];
  const bool plain = day.year >= 0 && day.year <= 9999;
  const int size = std::snprintf(
      text, sizeof text,
      plain ? "\"%04lld-%02u-%02uT%02u:%02u:%02u.%03uZ\"" : "\"%+07lld-%02u-%02uT%02u:%02u:%02u.%03uZ\"",
      static_cast<long long>(day.year), day.month, day.day, time / 3'600'000, time / 60'000 % 60,
      time / 1'000 % 60, time % 1'000);
  out.append({text, static_cast<std::size_t>(size)});
}

}  // namespace roomcast::msgpack
