#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace roomcast::adapter {

/// What is wrong with Redis's `client-output-buffer-limit` for subscribers (its value as CONFIG GET gives it:
/// `normal 0 0 0 … pubsub 33554432 8388608 60`): a message that we would publish ends the connections of all
/// subscribers that are not quick enough. @return empty if nothing is, or if it cannot be read.
std::string pubsub_limit_warning(std::string_view config, std::size_t max_publish_bytes);

}  // namespace roomcast::adapter
