#pragma once

#include <memory>
#include <utility>

#include <spdlog/spdlog.h>

namespace roomcast::base::log {

/// The library's logger: standard error, level `warn` until somebody asks for more. Any thread.
spdlog::logger& get();

template <class... Args>
void debug(fmt::format_string<Args...> format, Args&&... args) {
  if (get().should_log(spdlog::level::debug)) get().debug(format, std::forward<Args>(args)...);
}
template <class... Args>
void info(fmt::format_string<Args...> format, Args&&... args) {
  get().info(format, std::forward<Args>(args)...);
}
template <class... Args>
void warn(fmt::format_string<Args...> format, Args&&... args) {
  get().warn(format, std::forward<Args>(args)...);
}
template <class... Args>
void error(fmt::format_string<Args...> format, Args&&... args) {
  get().error(format, std::forward<Args>(args)...);
}

}  // namespace roomcast::base::log
