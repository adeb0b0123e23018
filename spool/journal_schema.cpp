#include "spool/journal_schema.h"

#include <array>
#include <cassert>
#include <charconv>
#include <map>
#include <string>
#include <utility>

#include <fmt/format.h>

namespace dl::spool {

std::span<const char* const> migrations() {
  static constexpr std::size_t kCount = 2;
  static const std::array<const char*, kCount> all = {kSchema1, kSchema2};
  return all;
}

int newest_schema_version() {
  return static_cast<int>(migrations().size());
}

Result<void> migrate(Database& database, int version) {
  assert(version <= newest_schema_version());
  DL_TRY(const std::string text, database.value("PRAGMA user_version"));
  int found = 0;
  std::from_chars(text.data(), text.data() + text.size(), found);
  if (found < 0 || found > newest_schema_version()) {
    return fail(ErrorKind::unsupported,
                fmt::format("the journal has schema {}, this program knows schemas up to {}: a newer downlinkd wrote "
                            "it; run that version, or move the journal aside to have it rebuilt from the spool",
                            found, newest_schema_version()));
  }
  // A table that others refer to is replaced by its next version; inside a transaction the setting has no effect.
  DL_CHECK(database.execute("PRAGMA foreign_keys = OFF"));
  for (int step = found; step < version; ++step) {
    DL_TRY(Transaction transaction, Transaction::begin(database));
    if (auto done = database.execute(migrations()[static_cast<std::size_t>(step)]); !done) {
      // The statements are right: SQLite objects to them because the tables are others than the version says.
      if (done.error().kind == ErrorKind::permanent) done.error().kind = ErrorKind::corrupt;
      return Failure(done.error().in(fmt::format("cannot bring the journal from schema {} to {}", step, step + 1)));
    }
    DL_CHECK(transaction.commit());
  }
  return database.execute("PRAGMA foreign_keys = ON");
}

namespace {

Result<std::map<std::string, std::string>> schema_texts(Database& database) {
  DL_TRY(Query query, database.query("SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL"));
  std::map<std::string, std::string> texts;
  while (true) {
    DL_TRY(const bool row, query.step());
    if (!row) return texts;
    std::string name = query.text();
    texts[std::move(name)] = query.text();
  }
}

Result<std::map<std::string, std::string>> make_model() {
  DL_TRY(Database model, Database::open(":memory:"));
  DL_CHECK(migrate(model));
  return schema_texts(model);
}

}  // namespace

Result<void> check_schema(Database& database) {
  // Made once: it costs more than everything else at the opening of a small journal.
  static const Result<std::map<std::string, std::string>> expected = make_model();
  if (!expected) return Failure(expected.error());
  DL_TRY(const auto found, schema_texts(database));
  for (const auto& [name, text] : *expected) {
    const auto same = found.find(name);
    if (same != found.end() && same->second == text) continue;
    return fail(ErrorKind::corrupt, fmt::format("journal: the definition of '{}' is {}", name,
                                                same == found.end() ? "missing" : "not the one of this schema"));
  }
  return {};
}

}  // namespace dl::spool
