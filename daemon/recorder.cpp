#include "daemon/recorder.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "core/file.h"

namespace dl::daemon {
namespace {

constexpr std::size_t kFastReadBytes = 64U << 10;
constexpr std::size_t kSpareChunks = 8;

}  // namespace

void Recorder::Recording::push(ByteView bytes, UtcTime received_at, std::uint32_t connection,
                               recording::Verdict verdict) {
  if (bytes.empty()) return;
  const std::lock_guard lock(recorder_.mutex_);
  // While the disk is busy short reads grow into one chunk: fewer writes, and memory that follows the bytes.
  const bool joins = !queue_.empty() && queue_.back().connection == connection && queue_.back().verdict == verdict &&
                     (verdict == recording::Verdict::none || queue_.back().received_at == received_at) &&
                     queue_.back().bytes.size() + bytes.size() <= recording::kMostChunkBytes;
  if (!joins) {
    RawChunk& chunk = begin_chunk(bytes.size());
    chunk.received_at = received_at;
    chunk.connection = connection;
    chunk.verdict = verdict;
  }
  queue_.back().bytes.insert(queue_.back().bytes.end(), bytes.begin(), bytes.end());
  queued_bytes_ += bytes.size();
  recorder_.work_waits_ = true;
  recorder_.work_.notify_one();
}

// A fast source gets a buffer for a whole chunk at once, a slow one what it needs.
RawChunk& Recorder::Recording::begin_chunk(std::size_t first_bytes) {
  RawChunk& chunk = queue_.emplace_back();
  if (!spare_.empty()) {
    chunk.bytes = std::move(spare_.back());
    spare_.pop_back();
  } else if (first_bytes >= kFastReadBytes) {
    chunk.bytes.reserve(recording::kMostChunkBytes);
  }
  return chunk;
}

bool Recorder::Recording::has_room() {
  const std::lock_guard lock(recorder_.mutex_);
  was_full_ = queued_bytes_ >= recorder_.options_.queue_bytes;
  return !was_full_;
}

void Recorder::Recording::finish() {
  const std::lock_guard lock(recorder_.mutex_);
  finish_ = true;
  recorder_.work_waits_ = true;
  recorder_.work_.notify_one();
}

Recorder::Recorder(const Clock& clock, Post post, RecorderOptions options)
    : clock_(clock), post_(std::move(post)), options_(options), thread_([this] { run(); }) {}

Recorder::~Recorder() {
  stop();
}

std::shared_ptr<Recorder::Recording> Recorder::open(std::filesystem::path directory, RecordingCallbacks callbacks,
                                                    std::string form) {
  std::shared_ptr<Recording> recording(
      new Recording(*this, std::move(directory), std::move(callbacks), std::move(form)));
  const std::lock_guard lock(mutex_);
  recordings_.push_back(recording);
  work_waits_ = true;
  work_.notify_one();
  return recording;
}

void Recorder::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    work_waits_ = true;
    work_.notify_one();
  }
  if (thread_.joinable()) thread_.join();
}

void Recorder::set_stop_below_bytes(std::uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  options_.stop_below_bytes = bytes;
}

void Recorder::run() {
  std::unique_lock lock(mutex_);
  while (true) {
    if (const auto deadline = next_deadline()) {
      work_.wait_for(lock, *deadline - clock_.steady_now(), [this] { return work_waits_; });
    } else {
      work_.wait(lock, [this] { return work_waits_; });
    }
    work_waits_ = false;
    const bool last_chance = stopping_;
    // The list's nodes stay where they are while others append.
    for (auto recording = recordings_.begin(); recording != recordings_.end(); ++recording) {
      lock.unlock();
      serve(**recording, last_chance);
      lock.lock();
    }
    recordings_.remove_if([](const std::shared_ptr<Recording>& recording) { return recording->closed_; });
    if (last_chance) return;
  }
}

// The earliest moment at which something must be synced or tried again.
std::optional<SteadyTime> Recorder::next_deadline() const {
  std::optional<SteadyTime> earliest;
  for (const auto& recording : recordings_) {
    std::optional<SteadyTime> at = recording->retry_at_;
    if (!at && recording->writer_ && recording->writer_->size_bytes() > recording->writer_->synced_bytes()) {
      at = recording->unsynced_since_ + options_.sync_interval;
    }
    if (at && (!earliest || *at < *earliest)) earliest = at;
  }
  return earliest;
}

void Recorder::serve(Recording& recording, bool last_chance) {
  if (recording.retry_at_ && clock_.steady_now() < *recording.retry_at_ && !last_chance) return;
  if (!make_ready(recording) || !write_pending(recording)) return;

  bool finish = false;
  {
    const std::lock_guard lock(mutex_);
    finish = recording.finish_ && recording.queue_.empty();
  }
  // The end of a trouble is told only when a sync has proved it.
  if (!sync_when_due(recording, finish || last_chance || recording.retry_at_.has_value())) return;
  report_success(recording);
  if (!finish) return;
  recording.closed_ = true;
  const std::uint64_t size = recording.writer_->size_bytes();
  recording.writer_.reset();
  if (recording.callbacks_.finished) {
    post_([callback = recording.callbacks_.finished, size] { callback(size); });
  }
}

bool Recorder::make_ready(Recording& recording) {
  if (recording.writer_) return true;
  auto writer = recording::RecordingWriter::open(recording.directory_, {options_.file_size_bytes, recording.form_});
  if (!writer) {
    report_trouble(recording, writer.error());
    return false;
  }
  recording.writer_.emplace(std::move(*writer));
  report_success(recording);
  if (recording.callbacks_.opened) {
    post_(
        [callback = recording.callbacks_.opened, recovered = recording.writer_->recovered()] { callback(recovered); });
  }
  return true;
}

// False when the disk refused; what is left stays pending.
bool Recorder::write_pending(Recording& recording) {
  std::uint64_t stop_below_bytes = 0;
  {
    const std::lock_guard lock(mutex_);
    std::move(recording.queue_.begin(), recording.queue_.end(), std::back_inserter(recording.pending_));
    recording.queue_.clear();
    stop_below_bytes = options_.stop_below_bytes;
  }
  if (recording.pending_.empty()) return true;

  if (stop_below_bytes > 0 && clock_.steady_now() - recording.space_checked_at_ >= options_.sync_interval) {
    const auto available = available_bytes(recording.directory_);
    if (available && *available < stop_below_bytes) {
      report_trouble(recording, {ErrorKind::exhausted,
                                 fmt::format("{} bytes are free at '{}', expected at least {} to go on recording",
                                             *available, recording.directory_.string(), stop_below_bytes)});
      return false;
    }
    recording.space_checked_at_ = clock_.steady_now();
  }

  const bool clean = recording.writer_->size_bytes() == recording.writer_->synced_bytes();
  if (clean) recording.unsynced_since_ = clock_.steady_now();
  while (!recording.pending_.empty()) {
    RawChunk& chunk = recording.pending_.front();
    ByteView rest = ByteView(chunk.bytes).subspan(recording.pending_done_bytes_);
    const std::size_t wanted = rest.size();
    const auto written = recording.writer_->append(rest, chunk.received_at, chunk.connection, chunk.verdict);
    const std::size_t taken = wanted - rest.size();
    recording.pending_done_bytes_ = rest.empty() ? 0 : recording.pending_done_bytes_ + taken;
    if (rest.empty()) {
      recording.unsynced_.push_back({std::move(chunk), recording.writer_->size_bytes()});
      recording.pending_.pop_front();
    }
    forget_synced(recording);
    bool room = false;
    {
      const std::lock_guard lock(mutex_);
      recording.queued_bytes_ -= taken;
      // Half empty before the source goes on: fewer, longer turns.
      room = recording.was_full_ && recording.queued_bytes_ <= options_.queue_bytes / 2;
      if (room) recording.was_full_ = false;
    }
    if (room && recording.callbacks_.room) post_(recording.callbacks_.room);
    if (!written) {
      if (!recording.writer_->trusted()) take_back_unsynced(recording);
      report_trouble(recording, written.error());
      return false;
    }
  }
  return true;
}

// False when the disk refused; what may be lost is pending again.
bool Recorder::sync_when_due(Recording& recording, bool at_once) {
  recording::RecordingWriter& writer = *recording.writer_;
  if (writer.synced_bytes() == writer.size_bytes()) return true;
  if (!at_once && clock_.steady_now() < recording.unsynced_since_ + options_.sync_interval) return true;
  if (const auto synced = writer.sync(); !synced) {
    take_back_unsynced(recording);
    report_trouble(recording, synced.error());
    return false;
  }
  forget_synced(recording);
  if (recording.callbacks_.synced) {
    post_([callback = recording.callbacks_.synced, bytes = writer.synced_bytes()] { callback(bytes); });
  }
  return true;
}

void Recorder::forget_synced(Recording& recording) {
  const std::uint64_t synced = recording.writer_->synced_bytes();
  if (recording.unsynced_.empty() || recording.unsynced_.front().end > synced) return;
  const std::lock_guard lock(mutex_);
  for (; !recording.unsynced_.empty() && recording.unsynced_.front().end <= synced; recording.unsynced_.pop_front()) {
    Bytes& bytes = recording.unsynced_.front().chunk.bytes;
    if (bytes.capacity() != recording::kMostChunkBytes || recording.spare_.size() >= kSpareChunks) continue;
    bytes.clear();
    recording.spare_.push_back(std::move(bytes));
  }
}

// Has everything written once more that no sync has confirmed, begun chunks from their start.
void Recorder::take_back_unsynced(Recording& recording) {
  std::size_t taken_back = std::exchange(recording.pending_done_bytes_, 0);
  for (; !recording.unsynced_.empty(); recording.unsynced_.pop_back()) {
    taken_back += recording.unsynced_.back().chunk.bytes.size();
    recording.pending_.push_front(std::move(recording.unsynced_.back().chunk));
  }
  const std::lock_guard lock(mutex_);
  recording.queued_bytes_ += taken_back;
}

void Recorder::report_trouble(Recording& recording, Error error) {
  recording.retry_at_ = clock_.steady_now() + options_.retry_interval;
  if (recording.callbacks_.trouble) {
    post_([callback = recording.callbacks_.trouble, error = std::move(error)] { callback(error); });
  }
}

void Recorder::report_success(Recording& recording) {
  if (!recording.retry_at_) return;
  recording.retry_at_.reset();
  if (recording.callbacks_.trouble_over) post_(recording.callbacks_.trouble_over);
}

}  // namespace dl::daemon
