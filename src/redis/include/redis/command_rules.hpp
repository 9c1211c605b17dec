#pragma once

#include <string_view>

namespace roomcast::resp {

/// Whether this command, by its name, would spoil a connection that many share: it changes what the
/// connection is (SUBSCRIBE, MONITOR, SELECT, AUTH, HELLO, RESET, QUIT), opens a transaction into which other
/// commands would fall (MULTI, WATCH), or holds up all that follow (BLPOP, WAIT). Upper and lower case alike.
bool spoils_shared_connection(std::string_view name) noexcept;

/// Whether it is PUBLISH or SPUBLISH.
bool publishes(std::string_view name) noexcept;

}  // namespace roomcast::resp
