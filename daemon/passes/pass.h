// A pass that is being received or decoded, as the io thread sees it.
#pragma once

#include <cstdint>
#include <deque>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/bytes.h"
#include "daemon/recorder.h"
#include "daemon/signal.h"
#include "spool/journal.h"

namespace dl::daemon {

// What downlink-process said last about a pass.
struct PassProgress {
  std::size_t reception = 0;              // that it was at
  std::vector<std::uint64_t> offsets{0};  // of every reception, as far as it has said so
  std::uint64_t frames = 0;
  std::uint64_t frames_lost = 0;
  std::uint64_t symbols_corrected = 0;
  std::uint64_t packets = 0;
  std::uint64_t lines = 0;
  std::uint64_t scenes = 0;
  bool lock = false;

  [[nodiscard]] std::uint64_t offset(std::size_t of) const { return of < offsets.size() ? offsets[of] : 0; }
};

// A source whose bytes are the pass, or a part of it: the first is the one that the pass is named after, its recording
// lies in the folder of the pass; those of others in the folder of their name in that.
struct PassReception {
  std::string source;
  std::filesystem::path directory;
  std::string form;                                     // of the bytes (recording/form_file.h)
  std::shared_ptr<Recorder::Recording> recording = {};  // null: it has given nothing yet
  std::uint32_t connections = 0;
  std::uint64_t received_bytes = 0;  // those before a restart too
  std::uint64_t synced_bytes = 0;
  bool receiving = false;  // the source is in the pass
  bool opened = false;     // the recording is there, its torn tail cut
  bool closed = false;     // synced_bytes is final
  bool waits_for_room = false;
  bool in_trouble = false;
};

// A reception that a source will fetch when gaps are found (PassManager::bind), until it is one.
struct PassFill {
  std::string source;
  std::filesystem::path directory;
  bool wanted = false;  // there are gaps: the pass is not decoded beyond the first one before this is settled
  // So much of the pass's own reception came before the first gap that its source told of: it is decoded while the rest
  // is fetched. 0: that is not known, or has been done.
  std::uint64_t whole_bytes = 0;
  bool told_before = false;                             // of the gap, before a restart
  bool marked = false;                                  // that it is wanted is on the disk
  bool settling = false;                                // nothing more is to be fetched
  std::shared_ptr<Recorder::Recording> recording = {};  // while it is being fetched, until it is closed
};

class PassManager;

// Made by PassManager only. Sources push bytes in, the supervisor waits on changed(). `reception`: a number below
// receptions(), of the source that does it; 0 is the source that the pass is named after.
class Pass : public std::enable_shared_from_this<Pass> {
 public:
  [[nodiscard]] const std::string& id() const { return row_.id; }
  // The row as it stands or will stand in the journal.
  [[nodiscard]] const spool::Pass& row() const { return row_; }
  [[nodiscard]] const std::filesystem::path& directory() const { return directory_; }
  [[nodiscard]] const std::string& form(std::size_t reception = 0) const { return receptions_[reception].form; }

  // All that the pass may have, whether they have given anything or not. Never fewer than before.
  [[nodiscard]] const std::deque<PassReception>& receptions() const { return receptions_; }
  [[nodiscard]] std::optional<std::size_t> reception_of(const std::string& source) const;
  // The source takes part from now on, perhaps again: the pass does not end without it.
  void join(std::size_t reception);

  // Before the bytes of each connection; its number, counting from 1 in each reception.
  std::uint32_t start_connection(std::size_t reception = 0);
  // Bytes of the connection that was started last. Ask room() before every read.
  void push(ByteView bytes, UtcTime received_at, recording::Verdict verdict = recording::Verdict::none,
            std::size_t reception = 0);
  // Returns when the recorder takes bytes again.
  asio::awaitable<void> room(std::size_t reception = 0);
  // For sources that cannot wait: whether it takes bytes now.
  [[nodiscard]] bool has_room(std::size_t reception = 0) { return receptions_[reception].recording->has_room(); }
  [[nodiscard]] bool waits_for_room(std::size_t reception = 0) const { return receptions_[reception].waits_for_room; }

  // Null when no source fills the gaps of this pass, or when that is over.
  [[nodiscard]] const PassFill* fill() const { return fill_ ? &*fill_ : nullptr; }
  // Frames are missing: they are to be fetched when the pass has ended. Nothing happens where nobody does that.
  // `whole_bytes` as in PassFill; only the first call counts.
  void want_fill(std::uint64_t whole_bytes);
  // The pass must not be decoded, but for its fill()->whole_bytes.
  [[nodiscard]] bool waits_for_fill() const { return fill_ && fill_->wanted; }

  // Adds to what is known of the way here (the row's intake); a crash costs the last seconds of it.
  void count_intake(const IntakeCounters& more);

  // No bytes will come from this source for now: "eof", "idle", "restart". The pass ends with the last one that leaves;
  // its reason is that of the pass. Only the first call counts.
  void end(const std::string& reason, std::size_t reception = 0);
  [[nodiscard]] bool ending() const { return ending_; }
  // Returns when everything that the source pushed before end() is on the disk, and the journal knows when the pass has
  // ended.
  asio::awaitable<void> recorded(std::size_t reception = 0);

  // Of one reception, those before a restart too.
  [[nodiscard]] std::uint64_t received_bytes(std::size_t reception = 0) const {
    return receptions_[reception].received_bytes;
  }
  [[nodiscard]] std::uint64_t synced_bytes(std::size_t reception = 0) const {
    return receptions_[reception].synced_bytes;
  }
  // Of all of them.
  [[nodiscard]] std::uint64_t recorded_bytes() const;
  [[nodiscard]] std::uint64_t decoded_bytes() const;
  [[nodiscard]] bool opened() const;                     // the recordings are there, their torn tails cut
  [[nodiscard]] bool closed() const { return closed_; }  // ended, and synced_bytes() is final
  // Notified when one of the three above changes, or fill().
  [[nodiscard]] Signal& changed() { return changed_; }

  // The supervisor's.
  PassProgress progress;
  void count_process_start();
  void count_process_crash();
  // The frames turned out to be of another spacecraft, a link profile.
  void rebind(const std::string& spacecraft);

 private:
  friend class PassManager;
  Pass(PassManager& manager, asio::io_context& io, spool::Pass row, std::filesystem::path directory)
      : manager_(manager), row_(std::move(row)), directory_(std::move(directory)), changed_(io) {}

  void finish_recordings();

  PassManager& manager_;
  spool::Pass row_;
  std::filesystem::path directory_;
  std::deque<PassReception> receptions_;
  std::optional<PassFill> fill_;
  Signal changed_;
  bool ending_ = false;
  bool closed_ = false;
  bool was_in_trouble_ = false;  // in a run before this one, whose incident is open still
  // Of the journal row: what is in memory is newer than what is stored; a store is under way.
  bool row_changed_ = false;
  bool storing_ = false;
  SteadyTime intake_stored_at_{};
  std::vector<spool::Announcement> unannounced_;  // that go with the row
};

}  // namespace dl::daemon
