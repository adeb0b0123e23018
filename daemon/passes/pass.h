// A pass that is being received or decoded, as the io thread sees it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "core/bytes.h"
#include "daemon/recorder.h"
#include "daemon/signal.h"
#include "spool/journal.h"

namespace dl::daemon {

// What downlink-process said last about a pass.
struct PassProgress {
  std::uint64_t offset = 0;
  std::uint64_t frames = 0;
  std::uint64_t frames_lost = 0;
  std::uint64_t symbols_corrected = 0;
  std::uint64_t packets = 0;
  std::uint64_t lines = 0;
  std::uint64_t scenes = 0;
  bool lock = false;
};

class PassManager;

// Made by PassManager only. Sources push bytes in, the supervisor waits on changed().
class Pass : public std::enable_shared_from_this<Pass> {
 public:
  [[nodiscard]] const std::string& id() const { return row_.id; }
  // The row as it stands or will stand in the journal.
  [[nodiscard]] const spool::Pass& row() const { return row_; }
  [[nodiscard]] const std::filesystem::path& directory() const { return directory_; }
  // Of the bytes (recording/form_file.h).
  [[nodiscard]] const std::string& form() const { return form_; }

  // Before the bytes of each connection; its number, counting from 1.
  std::uint32_t start_connection();
  // Bytes of the connection that was started last. Ask room() before every read.
  void push(ByteView bytes, UtcTime received_at, recording::Verdict verdict = recording::Verdict::none);
  // Returns when the recorder takes bytes again.
  asio::awaitable<void> room();
  // For sources that cannot wait: whether it takes bytes now.
  [[nodiscard]] bool has_room() { return recording_->has_room(); }
  [[nodiscard]] bool waits_for_room() const { return waits_for_room_; }

  // Adds to what is known of the way here (the row's intake); a crash costs the last seconds of it.
  void count_intake(const IntakeCounters& more);

  // No bytes will come any more: "eof", "idle", "restart". Only the first call counts.
  void end(const std::string& reason);
  [[nodiscard]] bool ending() const { return ending_; }
  // Returns when everything that was pushed before end() is on the disk, and the journal knows that the pass has ended.
  asio::awaitable<void> recorded();

  [[nodiscard]] std::uint64_t received_bytes() const { return received_bytes_; }  // those before a restart too
  [[nodiscard]] std::uint64_t synced_bytes() const { return synced_bytes_; }
  [[nodiscard]] bool opened() const { return opened_; }  // the recording is there, its torn tail cut
  [[nodiscard]] bool closed() const { return closed_; }  // ended, and synced_bytes() is final
  // Notified when one of the three above changes.
  [[nodiscard]] Signal& changed() { return changed_; }

  // The supervisor's.
  PassProgress progress;
  void count_process_start();
  void count_process_crash();
  // The frames turned out to be of another spacecraft, a link profile.
  void rebind(const std::string& spacecraft);

 private:
  friend class PassManager;
  Pass(PassManager& manager, asio::io_context& io, spool::Pass row, std::filesystem::path directory, std::string form)
      : manager_(manager),
        row_(std::move(row)),
        directory_(std::move(directory)),
        form_(std::move(form)),
        changed_(io) {}

  PassManager& manager_;
  spool::Pass row_;
  std::filesystem::path directory_;
  std::string form_;
  std::shared_ptr<Recorder::Recording> recording_;
  Signal changed_;
  std::uint64_t received_bytes_ = 0;
  std::uint64_t synced_bytes_ = 0;
  bool opened_ = false;
  bool ending_ = false;
  bool closed_ = false;
  bool waits_for_room_ = false;
  bool in_trouble_ = false;
  bool was_in_trouble_ = false;  // in a run before this one, whose incident is open still
  // Of the journal row: what is in memory is newer than what is stored; a store is under way.
  bool row_changed_ = false;
  bool storing_ = false;
  SteadyTime intake_stored_at_{};
  std::vector<spool::Announcement> unannounced_;  // that go with the row
};

}  // namespace dl::daemon
