#pragma once

#include <string>

#include <CLI/CLI.hpp>

#include <roomcast/roomcast.hpp>

namespace roomcast::app {

/// What an operator looks at: logs, health, metrics.
void add_monitoring_flags(CLI::App& command, ServerOptions& options);

/// How many clients there may be, and what may wait for them.
void add_limits(CLI::App& command, ServerOptions& options);

/// Certificates. The files are looked at when the command line has been read, so that what is wrong with them
/// is an error of it.
void add_tls_flags(CLI::App& command, ServerOptions& options);

/// The variable that a flag can be given as: ROOMCAST_DRAIN_TIMEOUT for `--drain-timeout`.
std::string environment_name(std::string flag);

/// What is wrong with an address to listen on; "" for nothing.
std::string check_address(const std::string& host);

}  // namespace roomcast::app
