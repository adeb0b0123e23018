// Inside of the journal, for the files journal*.cpp of this folder.
#pragma once

#include <cstddef>
#include <filesystem>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "core/clock.h"
#include "core/error.h"
#include "spool/journal.h"
#include "spool/reserve_file.h"
#include "spool/sqlite.h"

namespace dl::spool {

struct Journal::Implementation {
  Database database;
  const Clock& clock;
  ReserveFile reserve;
  bool rebuilt = false;
  NewWork new_work;     // committed
  NewWork uncommitted;  // of the running transaction
  bool reserve_released = false;
  SteadyTime reserve_checked_at{};

  Result<Query> query(std::string_view sql) { return database.query(sql); }

  // Runs f in one transaction: all of it is durable when this returns success, nothing of it otherwise (but see
  // Transaction::commit). When the disk is full the reserve is given up and f runs once more, so f must be
  // repeatable and work through the database only.
  template <class F>
  auto write(F f) -> std::invoke_result_t<F> {
    restore_reserve();
    auto result = attempt(f);
    if (result || result.error().kind != ErrorKind::exhausted || !give_up_reserve()) return result;
    result = attempt(f);
    if (result) record_reserve_use();
    return result;
  }

 private:
  template <class F>
  auto attempt(F& f) -> std::invoke_result_t<F> {
    uncommitted = {};
    DL_TRY(Transaction transaction, Transaction::begin(database));
    auto result = f();
    if (!result) return result;
    DL_CHECK(transaction.commit());
    new_work.deliveries |= uncommitted.deliveries;
    new_work.announcements |= uncommitted.announcements;
    return result;
  }
  bool give_up_reserve();
  void record_reserve_use();
  // Once a minute at most, while it is given up.
  void restore_reserve();
};

// Every row of a bound query, made by read(query).
template <class Read>
auto collect(Query& query, Read read) -> Result<std::vector<std::invoke_result_t<Read, Query&>>> {
  std::vector<std::invoke_result_t<Read, Query&>> rows;
  while (true) {
    DL_TRY(const bool row, query.step());
    if (!row) return rows;
    rows.push_back(read(query));
  }
}

// The first row, if there is one.
template <class Read>
auto first(Query& query, Read read) -> Result<std::optional<std::invoke_result_t<Read, Query&>>> {
  DL_TRY(const bool row, query.step());
  if (!row) return std::nullopt;
  return read(query);
}

// Of the names that to_string() gives; the schema lets no others in.
DeliveryState delivery_state(std::string_view name);
PassState pass_state(std::string_view name);
SceneState scene_state(std::string_view name);
AnnouncementState announcement_state(std::string_view name);

// For use inside write().
Result<void> insert_announcement(Journal::Implementation& journal, const Announcement& announcement);
Result<std::optional<SceneRow>> find_scene(Journal::Implementation& journal, const std::string& id);
Result<std::optional<Delivery>> find_delivery(Journal::Implementation& journal, std::int64_t id);
// Kind permanent when there is none or it is in none of the states.
Result<Delivery> expect_delivery(Journal::Implementation& journal, std::int64_t id,
                                 std::initializer_list<DeliveryState> states);

}  // namespace dl::spool
