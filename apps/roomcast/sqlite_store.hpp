#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "chat_store.hpp"
#include "sqlite_thread.hpp"

namespace roomcast::app {

/// Opens the chat's database, makes it if the file is missing or empty, and brings an older one up to date.
/// The file is locked as long as it is open: a second server would think that nobody is connected to the
/// first. Throws std::runtime_error that says in a line why it cannot be had.
std::unique_ptr<sqlite::Database> open_chat_database(const std::string& file);

/// The time of day, in which times to live survive a restart.
using WallClock = std::function<std::chrono::system_clock::time_point()>;

/// Sessions in a database. A session that cannot be stored is counted and reported by the thread and
/// otherwise let go: nobody was promised anything, and its owner can chat until the next reload. What cannot
/// be read throws std::runtime_error.
class SqliteSessionStore final : public SessionStore {
 public:
  explicit SqliteSessionStore(SqliteThread& thread, WallClock now = std::chrono::system_clock::now)
      : thread_(thread), now_(std::move(now)) {}

  Task<std::optional<ChatSession>> find(std::string session_id) override;
  Task<> save(std::string session_id, ChatSession session) override;
  Task<bool> leave(std::string session_id, ChatSession session) override;
  Task<std::vector<ChatSession>> all() override;

 private:
  void put(sqlite::Database& database, const std::string& session_id, const ChatSession& session) const;

  SqliteThread& thread_;
  const WallClock now_;
};

/// Messages in a database: the newest `limit` of each user. `save` returns once the message is on the disk,
/// and throws std::runtime_error if it is not.
class SqliteMessageStore final : public MessageStore {
 public:
  explicit SqliteMessageStore(SqliteThread& thread, std::size_t limit = 10'000,
                              WallClock now = std::chrono::system_clock::now)
      : thread_(thread), limit_(static_cast<std::int64_t>(limit)), now_(std::move(now)) {}

  Task<> save(ChatMessage message) override;
  Task<std::vector<ChatMessage>> of_user(std::string user_id) override;

 private:
  void file(sqlite::Database& database, std::string_view user_id, std::int64_t message) const;

  SqliteThread& thread_;
  const std::int64_t limit_;
  const WallClock now_;
};

}  // namespace roomcast::app
