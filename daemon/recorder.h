// The recorder thread: takes the bytes of every pass from the io thread to the disk, and does nothing else.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "core/clock.h"
#include "recording/recording_writer.h"

namespace dl::daemon {

// Bytes as received, on their way to the disk.
struct RawChunk {
  Bytes bytes;
  UtcTime received_at{};
  std::uint32_t connection = 0;
  recording::Verdict verdict = recording::Verdict::none;
};

// What becomes of one recording. Called through the recorder's `post`, so on the io thread; each may be empty.
struct RecordingCallbacks {
  std::function<void(recording::Recovered)> opened;
  std::function<void(std::uint64_t synced_bytes)> synced;
  std::function<void()> room;  // the queue was full and is not any more
  // A write or a sync failed; nothing is lost: it is tried again every second, and meanwhile the queue fills and the
  // source waits. Over when a sync has succeeded.
  std::function<void(Error)> trouble;
  std::function<void()> trouble_over;
  std::function<void(std::uint64_t size_bytes)> finished;  // everything is synced and closed
};

struct RecorderOptions {
  // Per pass, and at most so much more as one read brings; beside it what is written and not synced is kept
  // (kMostUnsyncedBytes). Overflow policy: the source stops reading.
  std::size_t queue_bytes = 16U << 20;
  std::uint64_t file_size_bytes = std::uint64_t{1} << 30;
  std::uint64_t stop_below_bytes = 0;  // of free disk: what is left is the journal's
  Milliseconds sync_interval{250};
  Milliseconds retry_interval{1000};
};

class Recorder {
 public:
  class Recording;
  using Post = std::function<void(std::function<void()>)>;

  Recorder(const Clock& clock, Post post, RecorderOptions options);
  ~Recorder();  // stop()
  Recorder(const Recorder&) = delete;
  Recorder& operator=(const Recorder&) = delete;

  // Makes the folder or continues the recording in it; the result comes by `opened`. Bytes may be pushed at once.
  std::shared_ptr<Recording> open(std::filesystem::path directory, RecordingCallbacks callbacks, std::string form = {});

  // Writes and syncs what is queued, as far as the disk takes it, then ends the thread. No callbacks any more
  // after it returns, other than those posted already.
  void stop();

  void set_stop_below_bytes(std::uint64_t bytes);

 private:
  void run();
  void serve(Recording& recording, bool last_chance);
  bool make_ready(Recording& recording);
  bool write_pending(Recording& recording);
  bool sync_when_due(Recording& recording, bool at_once);
  void forget_synced(Recording& recording);
  void take_back_unsynced(Recording& recording);
  void report_trouble(Recording& recording, Error error);
  void report_success(Recording& recording);
  [[nodiscard]] std::optional<SteadyTime> next_deadline() const;

  const Clock& clock_;
  Post post_;
  RecorderOptions options_;
  std::mutex mutex_;
  std::condition_variable work_;
  bool work_waits_ = false;
  bool stopping_ = false;
  std::list<std::shared_ptr<Recording>> recordings_;  // the recorder thread iterates; others append under mutex_
  std::thread thread_;
};

// One pass's end of the recorder. Used on the io thread.
class Recorder::Recording {
 public:
  // Queues the bytes. Never refuses: a source asks has_room() before it reads.
  // With a verdict the bytes keep their own time: they are whole frames.
  void push(ByteView bytes, UtcTime received_at, std::uint32_t connection,
            recording::Verdict verdict = recording::Verdict::none);
  [[nodiscard]] bool has_room();
  // No bytes will come any more; `finished` follows.
  void finish();

 private:
  friend class Recorder;
  Recording(Recorder& recorder, std::filesystem::path directory, RecordingCallbacks callbacks, std::string form)
      : recorder_(recorder),
        directory_(std::move(directory)),
        callbacks_(std::move(callbacks)),
        form_(std::move(form)) {}

  RawChunk& begin_chunk(std::size_t first_bytes);

  Recorder& recorder_;
  const std::filesystem::path directory_;
  const RecordingCallbacks callbacks_;
  const std::string form_;

  // Under the recorder's mutex.
  std::deque<RawChunk> queue_;
  std::size_t queued_bytes_ = 0;
  std::vector<Bytes> spare_;  // empty buffers of whole chunks: fresh memory costs more than the copy into it
  bool was_full_ = false;
  bool finish_ = false;

  // The recorder thread's.
  std::optional<recording::RecordingWriter> writer_;
  std::deque<RawChunk> pending_;
  std::size_t pending_done_bytes_ = 0;  // of the first pending chunk
  struct WrittenChunk {
    RawChunk chunk;
    std::uint64_t end = 0;  // offset in the recording
  };
  std::deque<WrittenChunk> unsynced_;  // kept until a sync succeeds
  SteadyTime unsynced_since_{};
  SteadyTime space_checked_at_{};
  std::optional<SteadyTime> retry_at_;
  bool closed_ = false;
};

}  // namespace dl::daemon
