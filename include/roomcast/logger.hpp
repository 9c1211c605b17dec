#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <string_view>
#include <variant>

namespace roomcast {

/// How important a line of the log is, from the least on; `off` is more than any line.
enum class LogLevel : std::uint8_t { debug, info, warn, error, off };

/// What a line looks like. Every line is one line: line breaks inside a text are escaped.
enum class LogFormat : std::uint8_t {
  text,  ///< `2026-01-31T12:00:00.000 info what happened session=abc`, in local time
  json,  ///< an object with the members time (UTC), level, message, and the line's fields
};

/// Something that a line is about, by name: `{"session", sid}`, `{"bytes", 5}`. The name should be made of
/// letters, digits and `_`, and not be `time`, `level` or `message`. Views must live until `log` returns.
struct LogField {
  /// What a field can say.
  using Value = std::variant<std::string_view, std::int64_t, std::uint64_t, double, bool>;

  ///@{
  /// A name and a value: text, a number or a bool.
  template <class T>
    requires std::convertible_to<const T&, std::string_view>
  LogField(std::string_view field, const T& text) : name(field), value(std::string_view(text)) {}
  LogField(std::string_view field, bool flag) : name(field), value(flag) {}
  LogField(std::string_view field, std::floating_point auto number)
      : name(field), value(static_cast<double>(number)) {}
  LogField(std::string_view field, std::signed_integral auto number)
      : name(field), value(static_cast<std::int64_t>(number)) {}
  LogField(std::string_view field, std::unsigned_integral auto number)
      : name(field), value(static_cast<std::uint64_t>(number)) {}
  ///@}

  std::string_view name;  ///< what it is called
  Value value;            ///< what it says
};

/// The least important lines that are still written. Starts as `warn`. Lines go to standard error. Any
/// thread.
void set_log_level(LogLevel level);

/// Starts as `text`. Any thread.
void set_log_format(LogFormat format);

/// Writes a line to the library's log. Any thread.
void log(LogLevel level, std::string_view text, std::initializer_list<LogField> fields = {});

}  // namespace roomcast
