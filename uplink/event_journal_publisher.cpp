#include "uplink/event_journal_publisher.h"

#include <algorithm>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace dl::uplink {
namespace {

using Json = nlohmann::ordered_json;

// Where the last `lines` complete lines of the file begin.
Result<std::uint64_t> start_of_last_lines(int descriptor, std::uint64_t size, std::size_t lines,
                                          const std::string& name) {
  Bytes block(std::size_t{64} * 1024);
  std::size_t newlines = 0;
  std::uint64_t end = size;
  while (end > 0) {
    const std::uint64_t begin = end > block.size() ? end - block.size() : 0;
    const auto wanted = static_cast<std::size_t>(end - begin);
    DL_TRY(const std::size_t got, read_at(descriptor, begin, std::span(block).first(wanted), name));
    for (std::size_t i = got; i > 0; --i) {
      // The newline that ends the last line comes first; one more than `lines` ends the line before them.
      if (block[i - 1] == '\n' && newlines++ == lines) return begin + i;
    }
    end = begin;
  }
  return std::uint64_t{0};
}

Result<std::uint64_t> size_without_torn_line(int descriptor, std::uint64_t size, const std::string& name) {
  Bytes block(std::size_t{64} * 1024);
  for (std::uint64_t end = size; end > 0;) {
    const std::uint64_t begin = end > block.size() ? end - block.size() : 0;
    const auto wanted = static_cast<std::size_t>(end - begin);
    DL_TRY(const std::size_t got, read_at(descriptor, begin, std::span(block).first(wanted), name));
    const auto newline = std::find(block.rend() - static_cast<std::ptrdiff_t>(got), block.rend(), Byte{'\n'});
    if (newline != block.rend()) return begin + static_cast<std::uint64_t>(block.rend() - newline);
    end = begin;
  }
  return std::uint64_t{0};
}

}  // namespace

Result<std::string> event_line(const spool::Announcement& event) {
  const Json attributes = Json::parse(event.attributes_json, nullptr, false);
  const Json data = event.payload.empty() ? Json() : Json::parse(event.payload, nullptr, false);
  if (attributes.is_discarded() || data.is_discarded()) {
    return fail(ErrorKind::permanent, fmt::format("event '{}' has {} that are not JSON", event.event_id,
                                                  data.is_discarded() ? "data" : "attributes"));
  }
  const Json line{{"id", event.event_id},
                  {"type", event.type},
                  {"time", format_utc(event.created_at)},
                  {"scene_id", event.scene_id},
                  {"pass_id", event.pass_id},
                  {"ordering_key", event.ordering_key},
                  {"attributes", attributes},
                  {"data", data}};
  return line.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

EventJournalPublisher::EventJournalPublisher(std::string name, std::filesystem::path file)
    : name_(std::move(name)), path_(std::move(file)) {}

std::size_t EventJournalPublisher::batch_size(std::span<const spool::Announcement> events) const {
  return std::min(events.size(), kBatch);
}

PublishOutcome EventJournalPublisher::publish(std::span<const spool::Announcement> batch, const KeepGoing&) {
  auto offsets = append(batch);
  if (offsets) return {PublishKind::sent, {}, *std::move(offsets), std::nullopt};
  const bool rejected = offsets.error().kind == ErrorKind::permanent;
  return {rejected ? PublishKind::rejected : PublishKind::retry_later, offsets.error().message, {}, std::nullopt};
}

Result<std::vector<std::string>> EventJournalPublisher::append(std::span<const spool::Announcement> batch) {
  DL_CHECK(ensure_open());
  std::string text;
  std::map<std::string, std::uint64_t> fresh;
  std::vector<std::string> offsets;
  for (const spool::Announcement& event : batch) {
    const auto known = ids_.find(event.event_id);
    if (known != ids_.end()) {
      offsets.push_back(std::to_string(known->second));
      continue;
    }
    DL_TRY(const std::string line, event_line(event));
    const auto [place, is_new] = fresh.emplace(event.event_id, size_bytes_ + text.size());
    offsets.push_back(std::to_string(place->second));
    if (is_new) text += line;
  }
  if (text.empty()) return offsets;
  auto written = write_all(file_.get(), as_bytes(text), path_.string());
  if (written) written = sync_file(file_.get(), path_.string());
  if (!written) {
    // After a failed write or sync nothing that was written is certain: take it back and look at the file anew.
    [[maybe_unused]] const int ignored = ::ftruncate(file_.get(), static_cast<off_t>(size_bytes_));
    file_.reset();
    return Failure(written.error());
  }
  size_bytes_ += text.size();
  // Starting over keeps at least the last batch, and the set bounded.
  if (ids_.size() > kRemembered) ids_.clear();
  ids_.merge(fresh);
  return offsets;
}

bool EventJournalPublisher::still_has_its_name() const {
  struct stat ours {};
  struct stat named {};
  return ::fstat(file_.get(), &ours) == 0 && ::stat(path_.c_str(), &named) == 0 && ours.st_dev == named.st_dev &&
         ours.st_ino == named.st_ino && static_cast<std::uint64_t>(ours.st_size) == size_bytes_;
}

Result<void> EventJournalPublisher::ensure_open() {
  if (file_.valid() && still_has_its_name()) return {};
  file_.reset();
  DL_TRY(FileDescriptor opened, open_file(path_, O_RDWR | O_CREAT | O_APPEND, 0640));
  struct stat status {};
  if (::fstat(opened.get(), &status) != 0) return fail_errno(fmt::format("stat of '{}'", path_.string()), errno);
  const auto size = static_cast<std::uint64_t>(status.st_size);
  DL_TRY(size_bytes_, size_without_torn_line(opened.get(), size, path_.string()));
  if (size_bytes_ != size && ::ftruncate(opened.get(), static_cast<off_t>(size_bytes_)) != 0) {
    return fail_errno(fmt::format("cutting the torn last line of '{}'", path_.string()), errno);
  }
  file_ = std::move(opened);
  // Lines that were written and not synced before a kill must be on disk before we call them sent.
  auto ready = sync_file(file_.get(), path_.string());
  if (ready) ready = sync_directory(path_.parent_path());
  if (ready) ready = learn_ids();
  if (!ready) file_.reset();
  return ready;
}

Result<void> EventJournalPublisher::learn_ids() {
  ids_.clear();
  DL_TRY(std::uint64_t begin, start_of_last_lines(file_.get(), size_bytes_, kRemembered, path_.string()));
  Bytes tail(static_cast<std::size_t>(size_bytes_ - begin));
  DL_TRY(const std::size_t got, read_at(file_.get(), begin, tail, path_.string()));
  std::string_view rest = as_text(ByteView(tail).first(got));
  while (!rest.empty()) {
    const std::size_t length = std::min(rest.find('\n'), rest.size() - 1) + 1;
    const auto line = nlohmann::json::parse(rest.substr(0, length), nullptr, false);
    if (line.is_object() && line.contains("id") && line["id"].is_string()) {
      ids_[line["id"].get<std::string>()] = begin;
    }
    begin += length;
    rest.remove_prefix(length);
  }
  return {};
}

}  // namespace dl::uplink
