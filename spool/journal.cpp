// Opening, and what a transaction does when the disk is full.
#include "spool/journal.h"

#include <cstdlib>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>

#include <fmt/format.h>
#include <sqlite3.h>

#include "core/file.h"
#include "spool/journal_implementation.h"
#include "spool/journal_schema.h"

namespace dl::spool {

namespace {

// Upload sessions are bearer capabilities (specs/uplink.md section 1.1): nobody else may read the file. SQLite gives
// the -wal and -shm files the same mode.
Result<void> create_private_file(const std::filesystem::path& path) {
  DL_TRY(const FileDescriptor file, open_file(path, O_RDWR | O_CREAT, 0600));
  if (::fchmod(file.get(), 0600) != 0) return fail_errno(fmt::format("cannot protect '{}'", path.string()), errno);
  return {};
}

Result<void> configure(Database& database, std::string_view synchronous) {
  // First, so that even the pragmas wait for an operator's sqlite3 shell instead of failing.
  DL_CHECK(database.execute("PRAGMA busy_timeout = 5000"));
  DL_TRY(const std::string mode, database.value("PRAGMA journal_mode = WAL"));
  if (mode != "wal") {
    return fail(ErrorKind::io, fmt::format("journal: expected journal mode 'wal', found '{}': the file system of the "
                                           "spool must support shared memory files",
                                           mode));
  }
  const std::string settings = fmt::format(
      "PRAGMA synchronous = {}; PRAGMA temp_store = MEMORY; PRAGMA journal_size_limit = 16777216", synchronous);
  return database.execute(settings.c_str());
}

// The whole check and not quick_check, which does not compare indexes with their tables: a delivery that is missing
// from the index of what is due would never go, and nobody would be told. It costs about twice as much, a second for
// 400,000 deliveries (docs/performance.md).
Result<void> check_integrity(Database& database) {
  DL_TRY(const std::string verdict, database.value("PRAGMA integrity_check(1)"));
  if (std::string_view(verdict) == "ok") return {};
  const std::string message = "journal: SQLite's integrity check says: " + verdict;
  // A page that could not be read says nothing about what is on it: only what was read and is wrong is damage.
  const std::size_t code = verdict.find("error code=");
  const bool unread =
      code != std::string::npos && (std::strtol(verdict.c_str() + code + 11, nullptr, 10) & 0xff) == SQLITE_IOERR;
  return fail(unread ? ErrorKind::io : ErrorKind::corrupt, message);
}

// Byte 18 and 19 of an SQLite file: the format for writers and for readers, 1 or 2 (sqlite.org/fileformat.html 1.3.3).
// With another number SQLite takes the file for one that it may only read, which is not what is wrong with it.
Result<void> check_format_numbers(const std::filesystem::path& path) {
  Bytes header(20);
  DL_TRY(const FileDescriptor file, open_file(path, O_RDONLY));
  DL_TRY(const std::size_t count, read_at(file.get(), 0, header, path.string()));
  if (count < header.size()) return {};
  for (const std::size_t at : {std::size_t{18}, std::size_t{19}}) {
    const auto number = static_cast<unsigned>(header[at]);
    if (number == 1 || number == 2) continue;
    return fail(ErrorKind::corrupt, fmt::format("'{}': expected file format 1 or 2, found {}", path.string(), number));
  }
  return {};
}

Result<Database> open_checked(const std::filesystem::path& path, std::string_view synchronous) {
  DL_CHECK(create_private_file(path));
  DL_CHECK(check_format_numbers(path));
  DL_TRY(Database database, Database::open(path));
  DL_CHECK(configure(database, synchronous));
  DL_CHECK(check_integrity(database));
  DL_CHECK(migrate(database));
  DL_CHECK(check_schema(database));
  // The last run may have ended between writing a commit and syncing it. Whatever is visible now is moved into the
  // database file and synced before anybody builds on it.
  DL_CHECK(database.value("PRAGMA wal_checkpoint(TRUNCATE)"));
  DL_CHECK(sync_directory(path.parent_path()));
  return database;
}

// With its -wal and -shm, under a name that SQLite can open again. Returns the new name.
Result<std::filesystem::path> move_aside(const std::filesystem::path& path, UtcTime now) {
  std::filesystem::path aside;
  std::error_code ignored;
  for (int attempt = 0;; ++attempt) {
    aside = path;
    aside += ".damaged-" + format_utc_compact(now) + (attempt == 0 ? "" : "-" + std::to_string(attempt));
    if (!std::filesystem::exists(aside, ignored)) break;
  }
  for (const char* suffix : {"-wal", "-shm", ""}) {
    std::filesystem::path from = path;
    from += suffix;
    std::filesystem::path to = aside;
    to += suffix;
    if (std::filesystem::exists(from, ignored)) DL_CHECK(rename_durably(from, to));
  }
  return aside;
}

}  // namespace

Result<std::unique_ptr<Journal>> Journal::open(const std::filesystem::path& path, const Clock& clock) {
  // NORMAL loses every commit since the last checkpoint in a power cut (specs/uplink.md section 4).
  return Implementation::open(path, clock, "FULL");
}

Result<std::unique_ptr<Journal>> Journal::Implementation::open(const std::filesystem::path& path, const Clock& clock,
                                                               std::string_view synchronous) {
  const std::string context = fmt::format("cannot open the journal '{}'", path.string());
  std::filesystem::path reserve_path = path;
  reserve_path += ".reserve";
  ReserveFile reserve(reserve_path);

  Result<Database> database = open_checked(path, synchronous);
  if (!database && database.error().kind == ErrorKind::exhausted && reserve.release())
    database = open_checked(path, synchronous);
  // Damage is believed when two looks agree: a disk that fails to read now and then must not cost a whole journal.
  if (!database && database.error().kind == ErrorKind::corrupt) database = open_checked(path, synchronous);
  std::string damage;
  if (!database && database.error().kind == ErrorKind::corrupt) {
    damage = database.error().message;
    const Result<std::filesystem::path> aside = move_aside(path, clock.now());
    if (!aside) return Failure(aside.error().in(context));
    damage += fmt::format("; the damaged file is now '{}'", aside->string());
    database = open_checked(path, synchronous);
  }
  if (!database) return Failure(database.error().in(context));

  auto implementation =
      std::make_unique<Implementation>(std::move(*database), clock, std::move(reserve), !damage.empty());
  std::unique_ptr<Journal> journal(new Journal(std::move(implementation)));
  if (!damage.empty()) {
    DL_CHECK(journal->open_incident("journal_rebuilt", path.filename().string(), damage,
                                    "Nothing to do for the scenes: they are found again in the spool and delivered "
                                    "once more under the same names. Check the disk (smartctl)."));
  }
  return journal;
}

Journal::Journal(std::unique_ptr<Implementation> implementation) : implementation_(std::move(implementation)) {}
Journal::~Journal() = default;

bool Journal::rebuilt() const {
  return implementation_->rebuilt;
}
NewWork Journal::take_new_work() {
  return std::exchange(implementation_->new_work, NewWork{});
}

bool Journal::Implementation::give_up_reserve() {
  if (!reserve.release()) return false;
  reserve_released = true;
  reserve_checked_at = clock.steady_now();
  return true;
}

void Journal::Implementation::restore_reserve() {
  constexpr std::chrono::minutes kPause{1};
  if (!reserve_released) return;
  const SteadyTime now = clock.steady_now();
  if (reserve_checked_at != SteadyTime{} && now - reserve_checked_at < kPause) return;
  reserve_checked_at = now;
  // Without a reserve the journal still works; the next minute tries again.
  reserve_released = !reserve.restore().value_or(false);
}

}  // namespace dl::spool
