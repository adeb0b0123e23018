// SQLite as this folder uses it: one connection, statements prepared once, errors as values, no leaks.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "core/error.h"
#include "core/time.h"

struct sqlite3;
struct sqlite3_stmt;

namespace dl::spool {

class Database;

// One use of a cached statement: bind, then step() or run(). Releases the statement when it is destroyed, so a
// Query must not outlive its Database, and one SQL text has one Query at a time.
// Parameters are bound and columns read from left to right, one after the other.
class Query {
 public:
  Query(Query&& other) noexcept
      : statement_(std::exchange(other.statement_, nullptr)), bound_(other.bound_), read_(other.read_) {}
  Query(const Query&) = delete;
  Query& operator=(const Query&) = delete;
  Query& operator=(Query&&) = delete;
  ~Query();

  // Text is not copied: it must live until the last step().
  Query& bind(std::string_view text);
  Query& bind(std::int64_t value);
  Query& bind(std::uint64_t value) { return bind(static_cast<std::int64_t>(value)); }
  Query& bind(std::uint32_t value) { return bind(static_cast<std::int64_t>(value)); }
  Query& bind(UtcTime time) { return bind(std::int64_t{time.time_since_epoch().count()}); }
  Query& bind(const std::optional<UtcTime>& time);
  Query& bind(const char* text) { return bind(std::string_view(text)); }
  Query& bind(const std::string& text) { return bind(std::string_view(text)); }
  template <class... Values>
  Query& bind_all(const Values&... values) {
    (bind(values), ...);
    return *this;
  }

  // Makes a query that has run ready for new values.
  Query& rebind();

  // True when there is a row to read.
  Result<bool> step();
  // For statements without rows. How many rows they changed.
  Result<std::uint32_t> run();

  std::int64_t integer();
  std::uint64_t u64() { return static_cast<std::uint64_t>(integer()); }
  std::uint32_t u32() { return static_cast<std::uint32_t>(integer()); }
  std::string text();
  UtcTime time() { return UtcTime(Microseconds(integer())); }
  std::optional<UtcTime> optional_time();  // null is nullopt

 private:
  friend class Database;
  explicit Query(sqlite3_stmt* statement) : statement_(statement) {}
  sqlite3_stmt* statement_;
  int bound_ = 0;
  int read_ = 0;
};

// Error kinds: exhausted (no room, no memory), transient (another process holds the lock), corrupt (the file is
// damaged or no database), io (the operating system refused), permanent (a constraint, a mistake in the SQL).
class Database {
 public:
  // Opens the file with SQLite's default VFS, creating it when it is not there.
  static Result<Database> open(const std::filesystem::path& path);
  Database(Database&&) noexcept = default;
  Database& operator=(Database&& other) noexcept;
  ~Database() { close(); }

  // One or more statements that yield no rows of interest.
  Result<void> execute(const char* sql);
  // The statement stays prepared as long as the database is open, so values are bound and never a part of the text.
  Result<Query> query(std::string_view sql);
  // First column of the first row of a statement that yields one, as text.
  Result<std::string> value(const char* sql);

  [[nodiscard]] std::int64_t last_insert_id() const;
  [[nodiscard]] bool in_transaction() const;
  void close();

 private:
  struct CloseConnection {
    void operator()(sqlite3* connection) const;
  };
  struct FinalizeStatement {
    void operator()(sqlite3_stmt* statement) const;
  };
  struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };
  explicit Database(sqlite3* connection) : connection_(connection) {}

  std::unique_ptr<sqlite3, CloseConnection> connection_;
  std::unordered_map<std::string, std::unique_ptr<sqlite3_stmt, FinalizeStatement>, TextHash, std::equal_to<>>
      statements_;
};

// BEGIN IMMEDIATE, and ROLLBACK unless commit() succeeded.
class Transaction {
 public:
  static Result<Transaction> begin(Database& database);
  Transaction(Transaction&& other) noexcept : database_(std::exchange(other.database_, nullptr)) {}
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  Transaction& operator=(Transaction&&) = delete;
  ~Transaction();
  // When it fails the outcome is open until the next start: SQLite has rolled back, but the pages may be on disk.
  // Every operation of the journal may therefore be repeated.
  Result<void> commit();

 private:
  explicit Transaction(Database& database) : database_(&database) {}
  Database* database_;
};

}  // namespace dl::spool
