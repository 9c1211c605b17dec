#pragma once

#include <functional>
#include <memory>
#include <string>

#include <CLI/CLI.hpp>

#include <roomcast/roomcast.hpp>

namespace roomcast::app {

/// What the flags say besides the server's options.
struct ServerFlags {
  std::string redis;  ///< the URL, or ""
  bool require_redis = false;
};

/// Adds the flags that every server program here understands. Each can be given in the environment too, as
/// ROOMCAST_NAME. A flag whose feature does not exist yet is known, and refused with a line that says so.
/// @return what they say, once the command line has been parsed.
std::shared_ptr<const ServerFlags> add_server_flags(CLI::App& command, ServerOptions& options);

/// Parses the command line. Errors are one line on standard error that names the flag.
/// @return the exit code if the program is to end now, else -1.
int parse(CLI::App& app, int argc, char** argv);

/// The options that the command line of a program with no other flags asks for; its name is the file's. For
/// `--help` or a bad flag it does not return but ends the program. To be called first in main.
ServerOptions options_from(int argc, char** argv);

/// Runs the server until a stop signal. Once it serves it calls `started`, if given, and prints
/// `listening on http://HOST:PORT`, or `https://`; from then on SIGHUP makes it read its TLS files again.
/// @return the exit code.
int serve(Server& server, const std::function<void()>& started = {});

}  // namespace roomcast::app
