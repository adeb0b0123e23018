// Incidents: what an operator should know or do. In the journal, and in the log when they are new.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "core/clock.h"
#include "spool/journal_service.h"

namespace dl::daemon {

// Safe to use from any thread but the journal's own callbacks, and never waits: a peer that knocks a thousand times a
// second, on a disk that is slow, must not keep the io thread from receiving. What repeats is written at most once a
// second, with how often it came; what the journal has no room for is logged, kept, and written with the next.
class Incidents {
 public:
  // Of the incidents that are kept here; when all of them are unwritten, one more is only logged.
  static constexpr std::size_t kKeptLimit = 256;
  static constexpr Milliseconds kRepeatInterval{1000};

  // Journal service and clock outlive this; the service is stopped before the clock goes.
  Incidents(spool::JournalService& journal, const Clock& clock);

  // `kind` and `subject` name it: another one of both counts up the one that is open.
  void open(const std::string& kind, const std::string& subject, const std::string& message, const std::string& action);
  // The cause is gone. Nothing happens when none is open.
  void close(const std::string& kind, const std::string& subject);
  // Writes what was held back.
  void flush();

 private:
  using Key = std::pair<std::string, std::string>;  // kind, subject
  struct Entry {
    std::uint32_t unwritten = 0;   // how often it came since it was written
    bool unwritten_close = false;  // after those
    bool is_open = false;          // in the journal, as far as we know
    bool logged = false;           // since it was written, for the journal had no room
    SteadyTime written_at{};
    std::string message;
    std::string action;
  };
  // Shared with the job that is on its way to the journal.
  struct Kept {
    std::mutex mutex;
    std::map<Key, Entry> entries;
    bool posted = false;  // a job that will write everything unwritten
  };

  // What one job of the journal writes, and what came of it.
  struct Line {
    Key key;
    Entry entry;
    bool is_new = false;
    bool is_over = false;
  };
  struct Batch {
    bool taken = false;
    std::vector<Line> lines;
  };

  static Entry* entry_for(Kept& kept, const Key& key);
  spool::JournalService::Posted post();  // with the mutex held
  static void take(Kept& kept, const Clock& clock, Batch& batch);
  static Result<void> write(Batch& batch, spool::Journal& journal);
  static void settle(Kept& kept, const Batch& batch, const Result<void>& outcome);
  static void keep(Kept& kept, const Line& line);

  spool::JournalService& journal_;
  const Clock& clock_;
  const std::shared_ptr<Kept> kept_ = std::make_shared<Kept>();
};

}  // namespace dl::daemon
