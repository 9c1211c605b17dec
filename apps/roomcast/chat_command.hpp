#pragma once

#include <string>

#include <server_flags.hpp>

namespace roomcast::app {

/// `roomcast chat`: the private-messaging chat, page included.
class ChatCommand {
 public:
  explicit ChatCommand(CLI::App& app);
  /// Serves until a stop signal. @return the exit code.
  int run();

 private:
  ServerOptions options_;
  std::string store_ = "memory";
};

}  // namespace roomcast::app
