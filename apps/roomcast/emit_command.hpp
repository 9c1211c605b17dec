#pragma once

#include <chrono>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include <roomcast/roomcast.hpp>

namespace roomcast::app {

/// `roomcast emit`: one event to the clients of a cluster, from a shell.
class EmitCommand {
 public:
  explicit EmitCommand(CLI::App& app);
  /// Whether the command line says so.
  bool chosen() const { return command_->parsed(); }
  /// Emits. @return the exit code: 0 when Redis has taken the event.
  int run();

 private:
  CLI::App* command_;
  std::string redis_;
  std::string nsp_ = "/";
  std::vector<std::string> rooms_;
  std::vector<std::string> except_;
  std::string event_;
  std::chrono::milliseconds timeout_{5'000};
  EmitterOptions options_;
};

}  // namespace roomcast::app
