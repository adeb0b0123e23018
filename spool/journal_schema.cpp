#include "spool/journal_schema.h"

#include <array>
#include <cassert>
#include <charconv>
#include <string>

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
    DL_CHECK(database.execute(migrations()[static_cast<std::size_t>(step)]));
    DL_CHECK(transaction.commit());
  }
  return database.execute("PRAGMA foreign_keys = ON");
}

}  // namespace dl::spool
