#include "sqlite.hpp"

#include <sqlite3.h>

namespace roomcast::app::sqlite {
namespace {

constexpr int busy_timeout = 5000;  // milliseconds

void check(int result, sqlite3* handle) {
  if (result != SQLITE_OK) throw Error(result, sqlite3_errmsg(handle));
}

void check_binding(int result, sqlite3_stmt& statement) { check(result, sqlite3_db_handle(&statement)); }

}  // namespace

// What a query came to was said by `next`; resetting only repeats it.
Rows::~Rows() {
  sqlite3_reset(&statement_);
  sqlite3_clear_bindings(&statement_);
}

bool Rows::next() {
  const int result = sqlite3_step(&statement_);
  if (result != SQLITE_ROW && result != SQLITE_DONE) check(result, sqlite3_db_handle(&statement_));
  return result == SQLITE_ROW;
}

std::string Rows::text(int column) const {
  const auto* bytes = static_cast<const char*>(sqlite3_column_blob(&statement_, column));
  const int size = sqlite3_column_bytes(&statement_, column);
  return bytes == nullptr ? std::string() : std::string(bytes, static_cast<std::size_t>(size));
}

std::int64_t Rows::integer(int column) const { return sqlite3_column_int64(&statement_, column); }

// Without SQLITE_OPEN_NOMUTEX SQLite would lock what only one thread uses.
Database::Database(const std::string& file) {
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  const int result = sqlite3_open_v2(file.c_str(), &handle_, flags, nullptr);
  if (result != SQLITE_OK) {
    const std::string why = handle_ == nullptr ? sqlite3_errstr(result) : sqlite3_errmsg(handle_);
    sqlite3_close(handle_);
    throw Error(result, why);
  }
  sqlite3_busy_timeout(handle_, busy_timeout);
}

Database::~Database() {
  for (const auto& [sql, statement] : prepared_) sqlite3_finalize(statement);
  sqlite3_close(handle_);
}

void Database::script(const char* sql) {
  check(sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr), handle_);
}

bool Database::in_transaction() const noexcept { return sqlite3_get_autocommit(handle_) == 0; }

sqlite3_stmt& Database::prepared(std::string_view sql) {
  sqlite3_stmt*& statement = prepared_[std::string(sql)];
  if (statement == nullptr)
    check(sqlite3_prepare_v3(handle_, sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT,
                             &statement, nullptr),
          handle_);
  return *statement;
}

void Database::bind(sqlite3_stmt& statement, int index, std::string_view text) {
  // A null pointer would be NULL, and the empty view has one.
  const char* bytes = text.data() == nullptr ? "" : text.data();
  check_binding(sqlite3_bind_text64(&statement, index, bytes, text.size(), SQLITE_TRANSIENT, SQLITE_UTF8),
                statement);
}

void Database::bind(sqlite3_stmt& statement, int index, std::int64_t integer) {
  check_binding(sqlite3_bind_int64(&statement, index, integer), statement);
}

}  // namespace roomcast::app::sqlite
