#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <unordered_map>

struct sqlite3;
struct sqlite3_stmt;

namespace roomcast::app::sqlite {

/// Something did not work; the text is SQLite's own, such as "database or disk is full".
class Error : public std::runtime_error {
 public:
  Error(int result, const std::string& text) : std::runtime_error(text), result_(result) {}
  /// SQLite's result code, without what it is extended by.
  int code() const noexcept { return result_ & 0xFF; }

 private:
  int result_;
};

/// The rows of a query that runs. The query can be asked again once this is gone.
class Rows {
 public:
  explicit Rows(sqlite3_stmt& statement) noexcept : statement_(statement) {}
  ~Rows();
  Rows(const Rows&) = delete;
  Rows& operator=(const Rows&) = delete;

  /// Goes on to the next row, at first to the first one. @return false if there is none.
  bool next();
  /// Columns of the present row.
  std::string text(int column) const;
  std::int64_t integer(int column) const;

 private:
  sqlite3_stmt& statement_;
};

/// One connection to one file. Any thread, one at a time; its rows must be gone before it is.
class Database {
 public:
  /// Opens the file, which must exist; an empty one becomes a database. A lock that another process holds is
  /// waited for up to 5 s, here and in every query.
  explicit Database(const std::string& file);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  /// Runs statements that have neither parameters nor rows.
  void script(const char* sql);

  /// Starts a query. Parameters, text or integers, are copied; texts may contain any bytes. The query is
  /// prepared once and kept, so `sql` must be one of a few.
  template <class... Parameters>
  Rows query(std::string_view sql, const Parameters&... parameters) {
    sqlite3_stmt& statement = prepared(sql);
    int index = 0;
    (bind(statement, ++index, parameters), ...);
    return Rows(statement);
  }
  /// The same for what has no rows.
  template <class... Parameters>
  void run(std::string_view sql, const Parameters&... parameters) {
    Rows rows = query(sql, parameters...);
    while (rows.next()) {
    }
  }

  /// Whether a transaction is open. Some errors (a full disk, failing I/O) end it.
  bool in_transaction() const noexcept;

 private:
  sqlite3_stmt& prepared(std::string_view sql);
  static void bind(sqlite3_stmt& statement, int index, std::string_view text);
  static void bind(sqlite3_stmt& statement, int index, std::int64_t integer);

  sqlite3* handle_ = nullptr;
  std::unordered_map<std::string, sqlite3_stmt*> prepared_;
};

}  // namespace roomcast::app::sqlite
