#pragma once

#include <cstdint>
#include <string_view>

namespace roomcast {

/// How important a line of the log is, from the least on; `off` is more than any line.
enum class LogLevel : std::uint8_t { debug, info, warn, error, off };

/// The least important lines that are still written. Starts as `warn`. Lines go to standard error. Any
/// thread.
void set_log_level(LogLevel level);

/// Writes a line to the library's log. Any thread.
void log(LogLevel level, std::string_view text);

}  // namespace roomcast
