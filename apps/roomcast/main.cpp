// The roomcast program: one subcommand per job.
#include <iostream>

#include <server_flags.hpp>

#include "bench/bench_command.hpp"
#include "chat_command.hpp"
#include "emit_command.hpp"

int main(int argc, char** argv) {
  CLI::App app("roomcast: a Socket.IO server for every core and every node", "roomcast");
  app.set_version_flag("--version", ROOMCAST_VERSION_STRING);
  roomcast::app::ChatCommand chat(app);
  roomcast::app::EmitCommand emit(app);
  roomcast::app::BenchCommand bench(app);
  roomcast::set_log_level(roomcast::LogLevel::info);
  if (const int code = roomcast::app::parse(app, argc, argv); code >= 0) return code;
  if (emit.chosen()) return emit.run();
  if (bench.chosen()) return bench.run();
  if (!chat.chosen()) {
    std::cerr << "roomcast: say what to run, for example: roomcast chat (see --help)\n";
    return 2;
  }
  return chat.run();
}
