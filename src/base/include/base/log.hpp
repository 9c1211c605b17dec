#pragma once

#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <spdlog/spdlog.h>

#include <roomcast/logger.hpp>

namespace roomcast::base::log {

/// The library's logger: standard error, level `warn` until somebody asks for more. Any thread.
spdlog::logger& get();

/// Makes one line, its break included, out of what was logged and the fields that go with it.
std::unique_ptr<spdlog::formatter> make_formatter(LogFormat format);

/// A line with fields. Any thread.
void write(spdlog::level::level_enum level, std::string_view text, std::initializer_list<LogField> fields);

template <class... Args>
void debug(fmt::format_string<Args...> format, Args&&... args) {
  if (get().should_log(spdlog::level::debug)) get().debug(format, std::forward<Args>(args)...);
}
inline void debug(std::string_view text, std::initializer_list<LogField> fields) {
  if (get().should_log(spdlog::level::debug)) write(spdlog::level::debug, text, fields);
}
template <class... Args>
void info(fmt::format_string<Args...> format, Args&&... args) {
  get().info(format, std::forward<Args>(args)...);
}
inline void info(std::string_view text, std::initializer_list<LogField> fields) {
  write(spdlog::level::info, text, fields);
}
template <class... Args>
void warn(fmt::format_string<Args...> format, Args&&... args) {
  get().warn(format, std::forward<Args>(args)...);
}
template <class... Args>
void error(fmt::format_string<Args...> format, Args&&... args) {
  get().error(format, std::forward<Args>(args)...);
}
inline void error(std::string_view text, std::initializer_list<LogField> fields) {
  write(spdlog::level::err, text, fields);
}

}  // namespace roomcast::base::log
