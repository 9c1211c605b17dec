#include "sqlite_store.hpp"

#include <cerrno>
#include <filesystem>
#include <system_error>

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include "memory_store.hpp"

namespace roomcast::app {
namespace {

// "room" in ASCII: how a chat's database is told from any other.
constexpr std::int64_t application_id = 0x726F6F6D;

// Each step leads from the version that is its place here to the next. Steps are added, never changed.
//
// A message is stored once; `copies` says whose history it is in, at most two people's. Positions of one user
// have no gaps, so the newest N are those above `last` - N. What nobody has a copy of goes by trigger.
constexpr const char* migrations[] = {R"sql(
  CREATE TABLE sessions (
    number INTEGER PRIMARY KEY,  -- in the order of the first save
    session_id TEXT NOT NULL UNIQUE,
    user_id TEXT NOT NULL,
    username TEXT NOT NULL,
    connected INTEGER NOT NULL,
    expires INTEGER NOT NULL     -- milliseconds since 1970
  ) STRICT;
  CREATE INDEX sessions_by_expiry ON sessions (expires);

  CREATE TABLE messages (
    number INTEGER PRIMARY KEY,
    content TEXT NOT NULL,
    sender TEXT NOT NULL,
    recipient TEXT NOT NULL
  ) STRICT;

  CREATE TABLE histories (
    user_id TEXT PRIMARY KEY,
    last INTEGER NOT NULL,       -- the position of the newest copy
    expires INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX histories_by_expiry ON histories (expires);

  CREATE TABLE copies (
    user_id TEXT NOT NULL,
    position INTEGER NOT NULL,
    message INTEGER NOT NULL,
    PRIMARY KEY (user_id, position)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX copies_by_message ON copies (message);

  CREATE TRIGGER forget_copies AFTER DELETE ON histories BEGIN
    DELETE FROM copies WHERE user_id = OLD.user_id;
  END;
  CREATE TRIGGER forget_message AFTER DELETE ON copies BEGIN
    DELETE FROM messages WHERE number = OLD.message
      AND NOT EXISTS (SELECT 1 FROM copies WHERE message = OLD.message);
  END;
)sql"};
constexpr std::int64_t newest_version = std::size(migrations);

std::int64_t pragma(sqlite::Database& database, std::string_view query) {
  sqlite::Rows rows = database.query(query);
  return rows.next() ? rows.integer(0) : 0;
}

void migrate(sqlite::Database& database) {
  std::int64_t version = pragma(database, "PRAGMA user_version");
  const bool is_empty = pragma(database, "SELECT count(*) FROM sqlite_schema") == 0;
  if (!is_empty && pragma(database, "PRAGMA application_id") != application_id)
    throw std::runtime_error("it is the database of another program");
  if (version > newest_version) throw std::runtime_error("it was written by a newer version of roomcast");
  for (; version < newest_version; ++version) database.script(migrations[version]);
  // Pragmas take no parameters.
  database.script(("PRAGMA application_id = " + std::to_string(application_id)).c_str());
  database.script(("PRAGMA user_version = " + std::to_string(version)).c_str());
}

// Sessions authenticate and messages are private: a new file is for its owner only. SQLite gives its other
// files the same mode.
void make_file(const std::string& file) {
  const int descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NONBLOCK, S_IRUSR | S_IWUSR);
  if (descriptor < 0) throw std::runtime_error(std::generic_category().message(errno));
  struct stat status{};
  const bool is_file = ::fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode);
  ::close(descriptor);
  if (!is_file) throw std::runtime_error("it is not a regular file");
}

std::int64_t milliseconds(std::chrono::system_clock::time_point time) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count();
}

std::int64_t expiry(std::chrono::system_clock::time_point now) {
  return milliseconds(now + chat_time_to_live);
}

}  // namespace

std::unique_ptr<sqlite::Database> open_chat_database(const std::string& file) {
  make_file(file);
  try {
    // Absolute, so that names to which SQLite gives a meaning, such as ":memory:", are names of files.
    auto database = std::make_unique<sqlite::Database>(std::filesystem::absolute(file));
    database->script("PRAGMA locking_mode = EXCLUSIVE");
    database->script("PRAGMA journal_mode = WAL");
    database->script("PRAGMA synchronous = FULL");
    database->script("BEGIN IMMEDIATE");
    migrate(*database);
    // After a crash nobody has been said to be gone.
    database->script("UPDATE sessions SET connected = 0 WHERE connected");
    database->script("COMMIT");
    return database;
  } catch (const sqlite::Error& e) {
    if (e.code() == SQLITE_BUSY) throw std::runtime_error("another process uses it");
    throw std::runtime_error(e.what());
  }
}

// ---- sessions

Task<std::optional<ChatSession>> SqliteSessionStore::find(std::string session_id) {
  std::optional<ChatSession> found;
  SqliteThread::Work work = [&](sqlite::Database& database) {
    sqlite::Rows rows = database.query(
        "SELECT user_id, username, connected FROM sessions WHERE session_id = ? AND expires > ?", session_id,
        milliseconds(now_()));
    found.reset();
    if (rows.next()) found = ChatSession{rows.text(0), rows.text(1), rows.integer(2) != 0};
  };
  co_await thread_.run(std::move(work));
  co_return found;
}

Task<> SqliteSessionStore::save(std::string session_id, ChatSession session) {
  SqliteThread::Work work = [&](sqlite::Database& database) { put(database, session_id, session); };
  try {
    co_await thread_.run(std::move(work),
                         session_id.size() + session.user_id.size() + session.username.size());
  } catch (const std::runtime_error&) {
    // Reported by the thread; see the class.
  }
}

Task<bool> SqliteSessionStore::leave(std::string session_id, ChatSession session) {
  session.connected = false;
  bool was_connected = true;
  SqliteThread::Work work = [&](sqlite::Database& database) {
    {
      sqlite::Rows rows =
          database.query("SELECT connected FROM sessions WHERE session_id = ? AND expires > ?", session_id,
                         milliseconds(now_()));
      was_connected = !rows.next() || rows.integer(0) != 0;
    }
    put(database, session_id, session);
  };
  try {
    co_await thread_.run(std::move(work),
                         session_id.size() + session.user_id.size() + session.username.size());
  } catch (const std::runtime_error&) {
    was_connected = true;  // reported by the thread; see the class
  }
  co_return was_connected;
}

void SqliteSessionStore::put(sqlite::Database& database, const std::string& session_id,
                             const ChatSession& session) const {
  const auto now = now_();
  database.run("DELETE FROM sessions WHERE expires <= ?", milliseconds(now));
  database.run(
      "INSERT INTO sessions (session_id, user_id, username, connected, expires) VALUES (?, ?, ?, ?, ?) "
      "ON CONFLICT (session_id) DO UPDATE SET user_id = excluded.user_id, username = excluded.username, "
      "connected = excluded.connected, expires = excluded.expires",
      session_id, session.user_id, session.username, std::int64_t{session.connected}, expiry(now));
}

Task<std::vector<ChatSession>> SqliteSessionStore::all() {
  std::vector<ChatSession> sessions;
  SqliteThread::Work work = [&](sqlite::Database& database) {
    sqlite::Rows rows =
        database.query("SELECT user_id, username, connected FROM sessions WHERE expires > ? ORDER BY number",
                       milliseconds(now_()));
    sessions.clear();
    while (rows.next()) sessions.push_back({rows.text(0), rows.text(1), rows.integer(2) != 0});
  };
  co_await thread_.run(std::move(work));
  co_return sessions;
}

// ---- messages

Task<> SqliteMessageStore::save(ChatMessage message) {
  SqliteThread::Work work = [&](sqlite::Database& database) {
    // Two histories at most are made here, so to forget three keeps up with any traffic and takes little
    // time.
    database.run(
        "DELETE FROM histories WHERE user_id IN "
        "(SELECT user_id FROM histories WHERE expires <= ? ORDER BY expires LIMIT 3)",
        milliseconds(now_()));
    std::int64_t number = 0;
    {
      sqlite::Rows rows = database.query(
          "INSERT INTO messages (content, sender, recipient) VALUES (?, ?, ?) RETURNING number",
          message.content, message.from, message.to);
      while (rows.next()) number = rows.integer(0);
    }
    file(database, message.from, number);
    if (message.to != message.from) file(database, message.to, number);
  };
  co_await thread_.run(std::move(work), message.content.size() + message.from.size() + message.to.size());
}

// Puts the message into one user's history, and what is too old out of it.
void SqliteMessageStore::file(sqlite::Database& database, std::string_view user_id,
                              std::int64_t message) const {
  const auto now = now_();
  // What has expired must not come to life again.
  database.run("DELETE FROM histories WHERE user_id = ? AND expires <= ?", user_id, milliseconds(now));
  std::int64_t last = 0;
  {
    sqlite::Rows rows = database.query(
        "INSERT INTO histories (user_id, last, expires) VALUES (?, 1, ?) "
        "ON CONFLICT (user_id) DO UPDATE SET last = last + 1, expires = excluded.expires RETURNING last",
        user_id, expiry(now));
    while (rows.next()) last = rows.integer(0);
  }
  database.run("INSERT INTO copies (user_id, position, message) VALUES (?, ?, ?)", user_id, last, message);
  database.run("DELETE FROM copies WHERE user_id = ? AND position <= ?", user_id, last - limit_);
}

Task<std::vector<ChatMessage>> SqliteMessageStore::of_user(std::string user_id) {
  std::vector<ChatMessage> messages;
  SqliteThread::Work work = [&](sqlite::Database& database) {
    sqlite::Rows rows = database.query(
        "SELECT content, sender, recipient FROM histories JOIN copies USING (user_id) "
        "JOIN messages ON number = message "
        "WHERE user_id = ? AND expires > ? AND position > last - ? ORDER BY position",
        user_id, milliseconds(now_()), limit_);
    messages.clear();
    while (rows.next()) messages.push_back({rows.text(0), rows.text(1), rows.text(2)});
  };
  co_await thread_.run(std::move(work));
  co_return messages;
}

}  // namespace roomcast::app
