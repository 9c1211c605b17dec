#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace roomcast::adapter {

/// What is wrong with Redis's `client-output-buffer-limit` for subscribers (its value as CONFIG GET gives it:
/// `normal 0 0 0 … pubsub 33554432 8388608 60`): a message that we would publish ends the connections of all
/// subscribers that are not quick enough. @return empty if nothing is, or if it cannot be read.
std::string pubsub_limit_warning(std::string_view config, std::size_t max_publish_bytes);

/// What an error that Redis answers to a command says against using this Redis, and what to do, in a sentence
/// without its full stop: the command is not there, or this user may not use it. @return empty if the error
/// is about something that passes.
std::string refused_command(std::string_view command, std::string_view error);

}  // namespace roomcast::adapter
