// Inside of the journal, for the files journal*.cpp of this folder.
#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "core/clock.h"
#include "core/error.h"
#include "spool/journal.h"
#include "spool/reserve_file.h"
#include "spool/sqlite.h"

namespace dl::spool {

struct Journal::Implementation {
  // What run_together() has under way.
  struct Round {
    std::optional<Transaction> transaction;  // begun by the first write, for a round that only reads needs no sync
    bool job_has_written = false;            // then there is a savepoint for it
    std::optional<Error> broken;             // why nothing of the round can be committed
  };

  Database database;
  const Clock& clock;
  ReserveFile reserve;
  bool rebuilt = false;
  MakeIncidentAnnouncements announce_incident;
  NewWork new_work;     // committed
  NewWork uncommitted;  // of the running transaction
  std::optional<Round> round;
  bool reserve_released = true;  // or never looked for
  SteadyTime reserve_checked_at{};

  Implementation(Database opened, const Clock& the_clock, ReserveFile the_reserve, bool is_rebuilt)
      : database(std::move(opened)), clock(the_clock), reserve(std::move(the_reserve)), rebuilt(is_rebuilt) {}

  // Journal::open() with another setting than its own, so that a test can show what that would lose.
  static Result<std::unique_ptr<Journal>> open(const std::filesystem::path& path, const Clock& clock,
                                               std::string_view synchronous);

  Result<Query> query(std::string_view sql) { return database.query(sql); }

  // Runs f in one transaction: all of it is durable when this returns success, nothing of it otherwise (but see
  // Transaction::commit). When the disk is full the reserve is given up and f runs once more, so f must be
  // repeatable and work through the database only. Inside a job, f is a part of the job's transaction instead.
  template <class F>
  auto write(F f) -> std::invoke_result_t<F> {
    if (round) return write_in_job(f);
    restore_reserve();
    auto result = attempt(f);
    if (result || result.error().kind != ErrorKind::exhausted || !give_up_reserve()) return result;
    result = attempt(f);
    if (result) record_reserve_use();
    return result;
  }

  // For journal_jobs.cpp.
  bool give_up_reserve();
  void record_reserve_use();
  // Once a minute at most, while it is given up.
  void restore_reserve();
  Result<void> end_job(bool keep);
  void settle_new_work();

 private:
  template <class F>
  auto attempt(F& f) -> std::invoke_result_t<F> {
    uncommitted = {};
    DL_TRY(Transaction transaction, Transaction::begin(database));
    auto result = f();
    if (!result) return result;
    DL_CHECK(transaction.commit());
    settle_new_work();
    return result;
  }
  template <class F>
  auto write_in_job(F& f) -> std::invoke_result_t<F> {
    const bool first = !round->job_has_written;
    DL_CHECK(begin_write(first));
    auto result = f();
    DL_CHECK(end_write(first, result ? nullptr : &result.error()));
    return result;
  }
  Result<void> begin_write(bool first_of_job);
  // With a failure: takes back what f wrote, and nothing else of the job.
  Result<void> end_write(bool first_of_job, const Error* failure);
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

// As it stands in journals on disk.
constexpr std::int64_t to_number(DeliveryClass delivery_class) {
  return static_cast<std::int64_t>(delivery_class);
}

// Of the names that to_string() gives; the schema lets no others in.
DeliveryState delivery_state(std::string_view name);
PassState pass_state(std::string_view name);
SceneState scene_state(std::string_view name);
AnnouncementState announcement_state(std::string_view name);

// Nothing is postponed for longer (the back-off and Retry-After end at an hour, specs/uplink.md section 1.4). A wait
// beyond it was made by a clock that has been set back since, and is over.
inline constexpr std::chrono::hours kLongestWait{2};

// What find_scene() and read_scenes() expect of a SELECT.
#define DL_SCENE_COLUMNS                                                                                          \
  "id, pass_id, platform, instrument, directory, object_prefix, sensing_start, sensing_end, size_bytes, assets, " \
  "state, committed_at, delivered_at, dropped_at, drop_reason, quarantined_at"
Result<std::vector<SceneRow>> read_scenes(Query& query);

// What read_delivery() expects.
#define DL_SELECT_DELIVERIES                                                                                      \
  "SELECT d.id, d.scene, s.id, d.destination, a.name, s.object_prefix, s.directory, a.media_type, d.size_bytes, " \
  "a.sha256, a.crc32c, d.state, d.session, d.session_created_at, d.committed_bytes, d.attempts, "                 \
  "d.next_attempt_at, d.last_error, d.generation, d.confirmed_at, d.delivery_class, d.urgent, d.on_hold, "        \
  "d.required, d.parked_kind FROM deliveries d JOIN scenes s ON s.sequence = d.scene "                            \
  "JOIN assets a ON a.scene = d.scene AND a.position = d.position "
Delivery read_delivery(Query& row);
// Bound: destination, now, now + kLongestWait, limit.
extern const std::string_view kSelectDueDeliveries;

// For use inside write().
Result<void> insert_announcement(Journal::Implementation& journal, const Announcement& announcement);
Result<void> insert_announcements(Journal::Implementation& journal, const std::vector<Announcement>& announcements);
Result<std::optional<SceneRow>> find_scene(Journal::Implementation& journal, const std::string& id);
Result<std::int64_t> scene_sequence(Journal::Implementation& journal, const std::string& id);  // kind permanent
Result<std::optional<Delivery>> find_delivery(Journal::Implementation& journal, std::int64_t id);
// Kind permanent when there is none or it is in none of the states.
Result<Delivery> expect_delivery(Journal::Implementation& journal, std::int64_t id,
                                 std::initializer_list<DeliveryState> states);

}  // namespace dl::spool
