// Owns the passes that are not finished: their ids, their rows in the journal, their recordings.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "config/config.h"
#include "core/clock.h"
#include "daemon/incidents.h"
#include "daemon/passes/fill_mark.h"
#include "daemon/passes/pass.h"
#include "spool/journal_service.h"
#include "spool/layout.h"

namespace dl::daemon {

// Where the bytes of a pass come from, for its row.
struct PassOrigin {
  std::string source;
  std::string spacecraft;
  std::string station;
  std::string form = std::string(recording::kDefaultForm);  // of the bytes (recording/form_file.h)
  // Of what the bytes are read from, where a source reads many: stands at the end of the id, which then is of that one
  // alone. Empty: none.
  std::string mark = {};
};

// Lives on the io thread. Everything it refers to must outlive it; the passes too.
class PassManager {
 public:
  using PassCallback = std::function<void(std::shared_ptr<Pass>)>;

  PassManager(asio::io_context& io, const Clock& clock, spool::Layout layout, spool::JournalService& journal,
              Recorder& recorder, Incidents& incidents);

  // Called with every pass that is to be decoded: when it begins, and when recover() finds it.
  void on_pass(PassCallback callback) { on_pass_ = std::move(callback); }

  // Called with the row of every new pass; the announcements go to the journal with it.
  using MakeAnnouncements = std::function<std::vector<spool::Announcement>(const spool::Pass&)>;
  void announce_beginning(MakeAnnouncements make) { announce_beginning_ = std::move(make); }

  // The sources that there are now: of those that merge with another, the bytes become a reception of that one's pass;
  // those that fill gaps of another complete that one's. In force for passes that begin later; but what a source was to
  // fetch that is gone is waited for no longer. Before recover().
  void bind(const std::vector<config::Source>& sources);

  // Takes up what the last run left: `ended` passes go to on_pass; `receiving` ones of `continuing_sources` wait for
  // take_interrupted(), others end with reason "restart". Call once, before sources start.
  asio::awaitable<Result<void>> recover(std::vector<std::string> continuing_sources);
  // The pass that the source was giving bytes to in the last run; null when there is none, or when it was taken.
  std::shared_ptr<Pass> take_interrupted(const std::string& source);

  // The source stops while it receives the pass: take_interrupted() gives it to the next one of that name.
  void leave_interrupted(std::shared_ptr<Pass> pass, const std::string& source);
  // Interrupted passes that no source has taken end.
  void end_interrupted();

  // A new pass that began at `started_at`: "20260512T115203Z-antenna1", with "-2" behind it when that is taken. With a
  // mark that is not begun(), a recording of that id that the journal never heard of is continued.
  std::shared_ptr<Pass> begin(const PassOrigin& origin, UtcTime started_at);
  // The same for a source that may merge with others: the open pass of theirs, where there is one, else a new one that
  // is named after the source that the others merge with. A pass that is open when the configuration binds the source
  // to it has no place for it: then the source begins one of its own.
  struct Joined {
    std::shared_ptr<Pass> pass;
    std::size_t reception = 0;
  };
  Joined join(PassOrigin origin, UtcTime started_at);
  // Whether a run before this one knew a pass of that id.
  [[nodiscard]] bool known(const std::string& pass_id) const { return journaled_ids_.contains(pass_id); }
  // The same, or whether this run has begun it.
  [[nodiscard]] bool begun(const std::string& pass_id) const { return known(pass_id) || begun_ids_.contains(pass_id); }
  static std::string pass_id(const PassOrigin& origin, UtcTime started_at);

  // A pass that is over is decoded once more, for scenes that have to be made again. False when there is no recording
  // of it any more. Kinds: those of the journal.
  asio::awaitable<Result<bool>> take_up_again(std::string pass_id);

  // What is fetched for the gaps of a pass (Pass::fill()): begins the recording, or continues it, as fill()->recording.
  // Its caller pushes, asks for room, and finishes it when it goes away; changed() of the pass tells of both.
  std::shared_ptr<Recorder::Recording> record_fill(const std::shared_ptr<Pass>& pass, const std::string& form);
  // That is all: what has been fetched becomes a reception of the pass. Only the first call counts.
  void settle_fill(const std::shared_ptr<Pass>& pass, const FillMark& mark);

  // The calibration that the pass is decoded with from now on (spool/table_sets.h). Returns when that is on the disk,
  // or when the daemon stops.
  asio::awaitable<void> keep_table_set(std::shared_ptr<Pass> pass, std::string sha256);

  // The supervisor is done with the pass: it leaves active().
  void finish(const std::shared_ptr<Pass>& pass, spool::PassState state, std::string report_json);

  // Oldest first.
  [[nodiscard]] const std::vector<std::shared_ptr<Pass>>& active() const { return active_; }
  // Notified when active() changes, and when one of them has ended.
  [[nodiscard]] Signal& changed() { return changed_; }
  [[nodiscard]] const spool::Layout& layout() const { return layout_; }

 private:
  friend class Pass;
  static constexpr Milliseconds kStoreRetry{5'000};
  struct Bound {
    std::string name, merge_with, form, fills_gaps_of;
    Milliseconds fill_timeout{};
    bool goes_on = false;  // after a restart of ours it asks for what it missed
  };
  // What is in the folder of a pass beside its own recording.
  struct Beside {
    std::string source, form;
    FillMark fill;
    bool has_bytes = false;
  };
  static std::vector<Beside> recordings_in(const std::filesystem::path& directory);
  struct Kept;
  static Kept with_files(const spool::Layout& layout, spool::Pass row);
  struct Unfinished;
  static Result<Unfinished> read_unfinished(spool::Journal& journal, const spool::Layout& layout);

  std::shared_ptr<Pass> make(const PassOrigin& origin, UtcTime started_at);
  std::shared_ptr<Pass> adopt(spool::Pass row, const std::string& form, const std::vector<Beside>& beside);
  std::shared_ptr<Pass> adopt_ended(Kept kept);
  void begun(const std::shared_ptr<Pass>& pass);
  void interrupt(const std::shared_ptr<Pass>& pass, const std::vector<std::string>& continuing_sources);
  void open_recording(const std::shared_ptr<Pass>& pass, std::size_t reception);
  [[nodiscard]] const Bound* bound(const std::string& source) const;
  void expect_fill(Pass& pass, const std::vector<Beside>& beside);
  void want_fill(const std::shared_ptr<Pass>& pass);
  static asio::awaitable<void> await_fill(PassManager* self, std::shared_ptr<Pass> pass);
  static asio::awaitable<void> settle(PassManager* self, std::shared_ptr<Pass> pass, FillMark mark);
  void forget_fillers();
  void opened(Pass& pass, std::size_t reception, const recording::Recovered& recovered);
  void trouble(Pass& pass, std::size_t reception, const Error& error);
  void trouble_over(Pass& pass, std::size_t reception);
  void closed(Pass& pass, std::size_t reception, std::uint64_t size_bytes);
  void store(const std::shared_ptr<Pass>& pass);
  static asio::awaitable<void> store_until_done(PassManager* self, std::shared_ptr<Pass> pass);
  asio::awaitable<void> wait_until_opened(std::vector<std::shared_ptr<Pass>> passes);

  asio::io_context& io_;
  const Clock& clock_;
  const spool::Layout layout_;
  spool::JournalService& journal_;
  Recorder& recorder_;
  Incidents& incidents_;
  PassCallback on_pass_;
  MakeAnnouncements announce_beginning_;
  std::vector<std::shared_ptr<Pass>> active_;
  std::vector<Bound> bound_;                                  // all sources
  std::map<std::string, std::shared_ptr<Pass>> interrupted_;  // by source
  std::set<std::string> used_ids_;       // of every folder in the spool and every row of the journal
  std::set<std::string> journaled_ids_;  // of every row at the start
  std::set<std::string> begun_ids_;      // since then
  Signal changed_;
  Signal retry_;
};

}  // namespace dl::daemon
