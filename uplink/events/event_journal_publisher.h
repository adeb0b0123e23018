// The default publisher: one JSON line per event at the end of a file (docs/formats/events.md).
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

#include "core/file.h"
#include "uplink/events/event_publisher.h"

namespace dl::uplink {

// When the file has grown to its limit it becomes "<file>.1", what was .1 becomes .2, and so on; the oldest goes.
struct EventJournalLimits {
  std::uint64_t rotate_at_bytes = std::uint64_t{64} << 20;
  std::size_t old_files = 15;  // at least 1; with the current one 1 GiB: years of scenes
};

// An event is in the file once, also when the program died between writing it and saying so in the journal: the ids
// at the end of the file, and of the one before, are read before the first line is written. The outbox marks a batch
// before it sends the next, so what may come again is at most one batch old; kRemembered is many.
class EventJournalPublisher final : public EventPublisher {
 public:
  static constexpr std::size_t kBatch = 64;
  static constexpr std::size_t kBatchBytes = std::size_t{8} << 20;
  static constexpr std::size_t kRemembered = 1024;

  EventJournalPublisher(std::string name, std::filesystem::path file, EventJournalLimits limits = {});
  [[nodiscard]] const std::string& name() const override { return name_; }
  [[nodiscard]] std::size_t batch_size(std::span<const spool::Announcement> events) const override;
  // Message ids are the lines' byte offsets. An event whose payload is no JSON is rejected.
  PublishOutcome publish(std::span<const spool::Announcement> batch, const KeepGoing& keep_going) override;

 private:
  Result<std::vector<std::string>> append(std::span<const spool::Announcement> batch);
  // Opens the file if it is not open, or not the one that has the name any more: cuts a torn last line, learns ids.
  Result<void> ensure_open();
  Result<void> learn_ids();
  Result<void> rotate();
  [[nodiscard]] std::filesystem::path old_file(std::size_t number) const;
  [[nodiscard]] bool still_has_its_name() const;

  std::string name_;
  std::filesystem::path path_;
  EventJournalLimits limits_;
  FileDescriptor file_;
  std::uint64_t size_bytes_ = 0;
  std::map<std::string, std::uint64_t> ids_;  // event id -> offset of its line
};

}  // namespace dl::uplink
