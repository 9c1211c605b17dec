#include "chat_command.hpp"

#include <cstdlib>
#include <string>

#include "chat.hpp"
#include "chat_page.hpp"
#include "memory_store.hpp"

namespace roomcast::app {
namespace {

std::string start_up_line(const ServerOptions& options, const std::string& store) {
  return "chat: " + std::to_string(options.threads) + (options.threads == 1 ? " thread" : " threads") +
         ", io epoll, store " + store + " (lost when the server stops), adapter memory, messages up to " +
         std::to_string(options.max_http_buffer_size) + " bytes, slow readers closed above " +
         std::to_string(options.max_buffered_bytes) + " bytes";
}

}  // namespace

ChatCommand::ChatCommand(CLI::App& app)
    : command_(app.add_subcommand("chat", "Serve the private-messaging chat and its page")) {
  command_->footer(
      "Examples:\n"
      "  roomcast chat                              on port 3000, all cores\n"
      "  roomcast chat --port 8080 --threads 2\n"
      "  roomcast chat --cors-origin http://localhost:8080    for a page served elsewhere\n"
      "Every flag can be given in the environment: ROOMCAST_THREADS=2; the port also as PORT.");
  add_server_flags(*command_, options_);
  // Hosting platforms say PORT; our own name for it wins.
  if (std::getenv("ROOMCAST_PORT") == nullptr) command_->get_option("--port")->envname("PORT");
  command_
      ->add_option("--store", store_,
                   "Where identities and messages are kept: memory (gone when the server stops)")
      ->check([](const std::string& name) {
        return name == "memory" ? std::string()
                                : "\"" + name + "\" is not built into this version; the choice is: memory";
      })
      ->envname("ROOMCAST_STORE")
      ->capture_default_str();
}

int ChatCommand::run() {
  Server io(options_);
  MemorySessionStore sessions;
  MemoryMessageStore messages;
  Chat chat(io, sessions, messages);
  add_chat_page(io);
  return serve(io, start_up_line(io.options(), store_));
}

}  // namespace roomcast::app
