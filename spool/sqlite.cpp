#include "spool/sqlite.h"

#include <cassert>
#include <cerrno>

#include <fmt/format.h>
#include <sqlite3.h>

namespace dl::spool {

namespace {

ErrorKind kind_of(int code, sqlite3* connection) {
  switch (code & 0xFF) {
    case SQLITE_FULL:
    case SQLITE_NOMEM:
      return ErrorKind::exhausted;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return ErrorKind::transient;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return ErrorKind::corrupt;
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN: {
      // SQLite says "full" only for a write that came out short; other calls keep the reason in errno.
      const int reason = connection != nullptr ? sqlite3_system_errno(connection) : 0;
      return reason == ENOSPC || reason == EDQUOT ? ErrorKind::exhausted : ErrorKind::io;
    }
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
      return ErrorKind::io;
    default:
      return ErrorKind::permanent;
  }
}

Failure fail_sqlite(sqlite3* connection, int code, std::string_view tried) {
  const char* text = connection != nullptr ? sqlite3_errmsg(connection) : sqlite3_errstr(code);
  return fail(kind_of(code, connection), fmt::format("journal: cannot {}: {} (SQLite code {})", tried, text, code));
}

// The first words of a statement are enough to find it.
std::string_view beginning(std::string_view sql) {
  const std::size_t start = sql.find_first_not_of(" \n");
  return start == std::string_view::npos ? sql : sql.substr(start, 60);
}

}  // namespace

void Database::CloseConnection::operator()(sqlite3* connection) const {
  sqlite3_close_v2(connection);
}
void Database::FinalizeStatement::operator()(sqlite3_stmt* statement) const {
  sqlite3_finalize(statement);
}

Result<Database> Database::open(const std::filesystem::path& path) {
  sqlite3* connection = nullptr;
  // NOMUTEX: one thread at a time is the journal's own rule.
  const int code = sqlite3_open_v2(
      path.c_str(), &connection,
      SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nullptr);
  Database database(connection);
  if (code != SQLITE_OK) return fail_sqlite(connection, code, fmt::format("open '{}'", path.string()));
  return database;
}

Database& Database::operator=(Database&& other) noexcept {
  close();
  connection_ = std::move(other.connection_);
  statements_ = std::move(other.statements_);
  return *this;
}

void Database::close() {
  statements_.clear();
  connection_.reset();
}

Result<void> Database::execute(const char* sql) {
  const int code = sqlite3_exec(connection_.get(), sql, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return fail_sqlite(connection_.get(), code, fmt::format("run '{}'", beginning(sql)));
  return {};
}

Result<Query> Database::query(std::string_view sql) {
  auto cached = statements_.find(sql);
  if (cached == statements_.end()) {
    sqlite3_stmt* statement = nullptr;
    const int code = sqlite3_prepare_v3(connection_.get(), sql.data(), static_cast<int>(sql.size()),
                                        SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
    if (code != SQLITE_OK) return fail_sqlite(connection_.get(), code, fmt::format("prepare '{}'", beginning(sql)));
    cached = statements_.emplace(sql, statement).first;
  }
  assert(sqlite3_stmt_busy(cached->second.get()) == 0);
  return Query(cached->second.get());
}

Result<std::string> Database::value(const char* sql) {
  sqlite3_stmt* statement = nullptr;
  int code = sqlite3_prepare_v2(connection_.get(), sql, -1, &statement, nullptr);
  const std::unique_ptr<sqlite3_stmt, FinalizeStatement> owner(statement);
  if (code == SQLITE_OK) code = sqlite3_step(statement);
  if (code != SQLITE_ROW) return fail_sqlite(connection_.get(), code, fmt::format("run '{}'", beginning(sql)));
  const unsigned char* text = sqlite3_column_text(statement, 0);
  return std::string(text != nullptr ? reinterpret_cast<const char*>(text) : "");
}

std::int64_t Database::last_insert_id() const {
  return sqlite3_last_insert_rowid(connection_.get());
}
bool Database::in_transaction() const {
  return sqlite3_get_autocommit(connection_.get()) == 0;
}

Query::~Query() {
  if (statement_ == nullptr) return;
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);
}

Query& Query::rebind() {
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);
  bound_ = 0;
  return *this;
}

Query& Query::bind(std::string_view text) {
  // A null pointer would be SQL's NULL; an empty text is not.
  const char* data = text.data() != nullptr ? text.data() : "";
  [[maybe_unused]] const int code =
      sqlite3_bind_text64(statement_, ++bound_, data, text.size(), SQLITE_STATIC, SQLITE_UTF8);
  assert(code == SQLITE_OK);
  return *this;
}

Query& Query::bind(std::int64_t value) {
  [[maybe_unused]] const int code = sqlite3_bind_int64(statement_, ++bound_, value);
  assert(code == SQLITE_OK);
  return *this;
}

Query& Query::bind(const std::optional<UtcTime>& time) {
  if (time) return bind(*time);
  ++bound_;  // stays NULL
  return *this;
}

Result<bool> Query::step() {
  assert(bound_ == sqlite3_bind_parameter_count(statement_));
  read_ = 0;
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return fail_sqlite(sqlite3_db_handle(statement_), code, fmt::format("run '{}'", beginning(sqlite3_sql(statement_))));
}

Result<std::uint32_t> Query::run() {
  DL_TRY(const bool row, step());
  assert(!row);
  static_cast<void>(row);
  return static_cast<std::uint32_t>(sqlite3_changes(sqlite3_db_handle(statement_)));
}

std::int64_t Query::integer() {
  return sqlite3_column_int64(statement_, read_++);
}

std::string Query::text() {
  const int column = read_++;
  const unsigned char* data = sqlite3_column_text(statement_, column);
  if (data == nullptr) return {};
  return {reinterpret_cast<const char*>(data), static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

std::optional<UtcTime> Query::optional_time() {
  if (sqlite3_column_type(statement_, read_) == SQLITE_NULL) {
    ++read_;
    return std::nullopt;
  }
  return time();
}

Result<Transaction> Transaction::begin(Database& database) {
  DL_CHECK(database.execute("BEGIN IMMEDIATE"));
  return Transaction(database);
}

Transaction::~Transaction() {
  // SQLite has rolled back by itself after some failures. If this fails too there is nothing left to do: the next
  // BEGIN says so.
  if (database_ != nullptr && database_->in_transaction()) static_cast<void>(database_->execute("ROLLBACK"));
}

Result<void> Transaction::commit() {
  return database_->execute("COMMIT");
}

}  // namespace dl::spool
