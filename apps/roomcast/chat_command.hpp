#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include <server_flags.hpp>

namespace roomcast::app {

/// `roomcast chat`: the private-messaging chat, page included.
class ChatCommand {
 public:
  explicit ChatCommand(CLI::App& app);
  /// Whether the command line says so.
  bool chosen() const { return command_->parsed(); }
  /// Serves until a stop signal. @return the exit code.
  int run();

 private:
  CLI::App* command_;
  ServerOptions options_;
  std::shared_ptr<const ServerFlags> flags_;
  std::string store_;
  std::size_t history_ = 10'000;
};

}  // namespace roomcast::app
