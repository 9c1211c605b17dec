#include "chat_command.hpp"

#include <cstdlib>
#include <iostream>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

#include "chat.hpp"
#include "chat_page.hpp"
#include "lost_servers.hpp"
#include "memory_store.hpp"
#include "redis_store.hpp"
#include "sqlite_store.hpp"

namespace roomcast::app {
namespace {

constexpr std::string_view sqlite_prefix = "sqlite:";

std::string check_store(const std::string& store) {
  const std::string choice = "the choice is memory, sqlite:FILE or redis";
  if (store == "memory" || store == "redis") return {};
  if (store == sqlite_prefix) return "sqlite: lacks the name of the file, for example sqlite:chat.db";
  if (store.starts_with(sqlite_prefix)) return {};
  return "\"" + store + "\" is no store; " + choice;
}

struct Stores {
  std::unique_ptr<RedisClient> redis;
  std::unique_ptr<LostServers> lost_servers;
  std::unique_ptr<SqliteThread> thread;
  std::unique_ptr<SessionStore> sessions;
  std::unique_ptr<MessageStore> messages;
  std::string promise;
};

Stores open_stores(Server& io, const std::string& store, const std::string& redis, std::size_t history) {
  Stores stores;
  if (store == "redis") {
    stores.redis = std::make_unique<RedisClient>(redis);
    auto sessions = std::make_unique<RedisSessionStore>(*stores.redis);
    stores.lost_servers = std::make_unique<LostServers>(io, *stores.redis, *sessions);
    stores.sessions = std::move(sessions);
    stores.messages = std::make_unique<RedisMessageStore>(*stores.redis, history);
    stores.promise = "shared by all servers, for as long as Redis keeps it";
  } else if (store.starts_with(sqlite_prefix)) {
    stores.thread = std::make_unique<SqliteThread>(open_chat_database(store.substr(sqlite_prefix.size())));
    stores.sessions = std::make_unique<SqliteSessionStore>(*stores.thread);
    stores.messages = std::make_unique<SqliteMessageStore>(*stores.thread, history);
    stores.promise = "kept over restarts and crashes; acks follow the commit";
  } else {
    stores.sessions = std::make_unique<MemorySessionStore>();
    stores.messages = std::make_unique<MemoryMessageStore>(history);
    stores.promise = "lost when the server stops";
  }
  return stores;
}

}  // namespace

ChatCommand::ChatCommand(CLI::App& app)
    : command_(app.add_subcommand("chat", "Serve the private-messaging chat and its page")) {
  command_->footer(
      "Examples:\n"
      "  roomcast chat                              on port 3000, all cores\n"
      "  roomcast chat --port 8080 --threads 2\n"
      "  roomcast chat --store sqlite:chat.db       identities and messages survive a restart\n"
      "  roomcast chat --redis redis://127.0.0.1    one of several servers, Node.js's included\n"
      "  roomcast chat --cors-origin http://localhost:8080    for a page served elsewhere\n"
      "Every flag can be given in the environment: ROOMCAST_THREADS=2; the port also as PORT.");
  flags_ = add_server_flags(*command_, options_);
  // Hosting platforms say PORT; our own name for it wins.
  if (::secure_getenv("ROOMCAST_PORT") == nullptr) command_->get_option("--port")->envname("PORT");
  command_
      ->add_option("--store", store_,
                   "Where identities and messages are kept: memory (gone when the server stops), sqlite:FILE "
                   "(on disk; a "
                   "message is acknowledged once it is there; one server per file) or redis (the one of "
                   "--redis, shared by "
                   "all servers) (default: redis with --redis, else memory)")
      ->check(check_store)
      ->envname("ROOMCAST_STORE");
  command_
      ->add_option(
          "--history", history_,
          "How many messages are kept of each user; a user who neither writes nor is written to for a "
          "day keeps none")
      ->check(CLI::Range(1, 1'000'000))
      ->envname("ROOMCAST_HISTORY")
      ->capture_default_str();
}

int ChatCommand::run() {
  const bool cluster = !flags_->redis.empty();
  const bool told = !store_.empty();
  const std::string why = told ? "as --store says" : cluster ? "as there is --redis" : "by default";
  if (!told) store_ = cluster ? "redis" : "memory";
  if (store_ == "redis" && !cluster) {
    std::cerr << "--store redis needs to know which: --redis redis://127.0.0.1:6379\n";
    return 2;
  }
  Server io(options_);  // outlives the stores, which hand their answers to its loops
  Stores stores;
  try {
    stores = open_stores(io, store_, flags_->redis, history_);
  } catch (const std::runtime_error& e) {
    std::cerr << "cannot open --store " << store_ << ": " << e.what() << '\n';
    return 1;
  }
  Chat chat(io, *stores.sessions, *stores.messages);
  add_chat_page(io);
  return serve(io, [&] {
    log(LogLevel::info, "the chat's store, " + why + ": " + stores.promise,
        {{"store", store_}, {"history", history_}});
  });
}

}  // namespace roomcast::app
