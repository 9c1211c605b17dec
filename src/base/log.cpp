#include <spdlog/sinks/stdout_sinks.h>

#include <base/log.hpp>

namespace roomcast::base::log {

spdlog::logger& get() {
  static spdlog::logger logger = [] {
    spdlog::logger made("roomcast", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made.set_level(spdlog::level::warn);
    made.set_formatter(make_formatter(LogFormat::text));
    return made;
  }();
  return logger;
}

}  // namespace roomcast::base::log
