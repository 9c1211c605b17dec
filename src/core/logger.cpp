#include <spdlog/formatter.h>

#include <base/log.hpp>
#include <roomcast/logger.hpp>

namespace roomcast {
namespace {

spdlog::level::level_enum to_spdlog(LogLevel level) {
  switch (level) {
    case LogLevel::debug:
      return spdlog::level::debug;
    case LogLevel::info:
      return spdlog::level::info;
    case LogLevel::warn:
      return spdlog::level::warn;
    case LogLevel::error:
      return spdlog::level::err;
    case LogLevel::off:
      return spdlog::level::off;
  }
  return spdlog::level::warn;
}

}  // namespace

void set_log_level(LogLevel level) { base::log::get().set_level(to_spdlog(level)); }

void set_log_format(LogFormat format) { base::log::get().set_formatter(base::log::make_formatter(format)); }

void log(LogLevel level, std::string_view text, std::initializer_list<LogField> fields) {
  base::log::write(to_spdlog(level), text, fields);
}

}  // namespace roomcast
