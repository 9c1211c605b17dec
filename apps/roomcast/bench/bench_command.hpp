#pragma once

#include <string>

#include <CLI/CLI.hpp>

#include "options.hpp"

namespace roomcast::app {

/// `roomcast bench`: loads a Socket.IO server and checks every message that comes back.
class BenchCommand {
 public:
  explicit BenchCommand(CLI::App& app);
  /// Whether the command line says so.
  bool chosen() const { return command_->parsed(); }
  /// Runs the load. @return the exit code: 0 when every message arrived once and as it was sent, 1 when not
  /// or when the run could not begin, 2 when options do not go together.
  int run();

 private:
  void add_load_options();
  void add_time_options();
  void add_output_options();
  int finish(const std::string& table, const std::string& json, bool good) const;

  CLI::App* command_;
  std::string mode_;
  std::string transport_;
  bench::Options options_;
};

}  // namespace roomcast::app
