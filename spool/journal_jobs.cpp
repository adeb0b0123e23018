// Jobs of several callers share one commit, for on a real disk the sync is nearly all that a change costs.
#include <algorithm>
#include <optional>

#include "spool/journal_implementation.h"

namespace dl::spool {

namespace {

Result<void> run_statement(Database& database, std::string_view sql) {
  DL_TRY(Query query, database.query(sql));
  DL_CHECK(query.run());
  return {};
}

// One attempt at a transaction for all of the jobs. The failure of the transaction, if it was not committed.
Result<void> attempt_round(Journal& journal, Journal::Implementation& implementation,
                           std::span<const Journal::Job* const> jobs, std::vector<Result<void>>& outcomes) {
  outcomes.clear();
  implementation.uncommitted = {};
  implementation.round.emplace();
  for (const Journal::Job* job : jobs) {
    const NewWork before = implementation.uncommitted;
    Result<void> outcome = (*job)(journal);
    if (!outcome) implementation.uncommitted = before;
    const Result<void> ended = implementation.end_job(outcome.has_value());
    if (outcome && !ended) outcome = ended;
    outcomes.push_back(std::move(outcome));
    if (implementation.round->broken) break;
  }
  Result<void> committed;
  if (implementation.round->broken) {
    committed = Failure(*implementation.round->broken);
  } else if (implementation.round->transaction) {
    committed = implementation.round->transaction->commit();
  }
  implementation.round.reset();  // rolls back what was not committed
  if (committed) implementation.settle_new_work();
  return committed;
}

Result<void> run_alone(Journal& journal, Journal::Implementation& implementation, const Journal::Job* job) {
  std::vector<Result<void>> outcome;
  Result<void> committed = attempt_round(journal, implementation, {&job, 1}, outcome);
  if (!committed && committed.error().kind == ErrorKind::exhausted && implementation.give_up_reserve()) {
    committed = attempt_round(journal, implementation, {&job, 1}, outcome);
    if (committed) implementation.record_reserve_use();
  }
  return outcome.front() ? committed : outcome.front();
}

}  // namespace

std::vector<Result<void>> Journal::run_together(std::span<const Job* const> jobs) {
  implementation_->restore_reserve();
  std::vector<Result<void>> outcomes;
  if (jobs.size() > 1 && attempt_round(*this, *implementation_, jobs, outcomes)) return outcomes;
  // What is wrong may be one job's trouble only, or a full disk, for which there is the reserve.
  outcomes.clear();
  for (const Job* job : jobs) outcomes.push_back(run_alone(*this, *implementation_, job));
  return outcomes;
}

Result<void> Journal::Implementation::begin_write(bool first_of_job) {
  if (round->broken) return Failure(*round->broken);
  if (!round->transaction) {
    DL_TRY(Transaction transaction, Transaction::begin(database));
    round->transaction.emplace(std::move(transaction));
  }
  // The first write of a job can be taken back with the job's own savepoint.
  DL_CHECK(run_statement(database, first_of_job ? "SAVEPOINT job" : "SAVEPOINT step"));
  round->job_has_written = true;
  return {};
}

Result<void> Journal::Implementation::end_write(bool first_of_job, const Error* failure) {
  if (failure != nullptr && (failure->kind == ErrorKind::exhausted || !database.in_transaction())) {
    // SQLite rolls everything back by itself after some failures of the disk: the work of other jobs too.
    round->broken = *failure;
    return {};
  }
  if (failure != nullptr) DL_CHECK(run_statement(database, first_of_job ? "ROLLBACK TO job" : "ROLLBACK TO step"));
  if (!first_of_job) return run_statement(database, "RELEASE step");
  return {};
}

Result<void> Journal::Implementation::end_job(bool keep) {
  if (!std::exchange(round->job_has_written, false) || round->broken) return {};
  const Result<void> undone = keep ? Result<void>() : run_statement(database, "ROLLBACK TO job");
  const Result<void> ended = undone ? run_statement(database, "RELEASE job") : undone;
  if (!ended) round->broken = ended.error();
  return ended;
}

void Journal::Implementation::settle_new_work() {
  new_work.deliveries |= uncommitted.deliveries;
  new_work.announcements |= uncommitted.announcements;
}

}  // namespace dl::spool
