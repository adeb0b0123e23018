#include "spool/retention.h"

#include <system_error>

#include <fmt/format.h>

#include "core/file.h"
#include "spool/removal.h"

namespace dl::spool {

namespace {

constexpr std::size_t kCandidates = 500;

// Of everything below it; what vanishes meanwhile counts nothing.
std::uint64_t bytes_in(const std::filesystem::path& folder) {
  std::uint64_t bytes = 0;
  std::error_code error;
  std::filesystem::recursive_directory_iterator entry(folder, error);
  for (; !error && entry != std::filesystem::recursive_directory_iterator(); entry.increment(error)) {
    std::error_code ignored;
    if (!entry->is_regular_file(ignored)) continue;
    const std::uint64_t size_bytes = entry->file_size(ignored);
    if (!ignored) bytes += size_bytes;
  }
  return bytes;
}

// What the journal knows of the candidates, in one look.
Result<SpoolContents> ask_journal(Journal& journal, const RetentionPolicy& policy) {
  SpoolContents contents;
  DL_TRY(contents.used_bytes, journal.kept_scene_bytes());
  DL_TRY(contents.delivered, journal.droppable_scenes(kCandidates, policy.even_if_optional_wait));
  DL_TRY(const std::vector<Pass> passes,
         journal.droppable_recordings(kCandidates, policy.drop_recordings_without_scenes));
  for (const Pass& pass : passes) contents.recordings.push_back({pass.id, pass.ended_at.value_or(pass.started_at), 0});
  if (policy.drop_undelivered_level_0) {
    DL_TRY(contents.undelivered_raw, journal.undelivered_scenes(DeliveryClass::raw, kCandidates));
    DL_TRY(contents.undelivered_level_0, journal.undelivered_scenes(DeliveryClass::level_0, kCandidates));
  }
  if (policy.drop_undelivered_scenes) {
    DL_TRY(contents.undelivered_scenes, journal.undelivered_scenes(DeliveryClass::scene, kCandidates));
  }
  return contents;
}

// False: it is not what the plan was made for any more.
Result<bool> drop_in_journal(JournalAccess& journal, const RetentionDrop& drop, const MakeDropAnnouncements& make) {
  const auto decide = [&](Journal& owned) -> Result<bool> {
    Result<void> marked;
    switch (drop.step) {
      case RetentionStep::delivered_scene:
        marked = owned.mark_dropped(drop.id);
        break;
      case RetentionStep::recording:
        marked = owned.mark_recording_dropped(drop.id);
        break;
      case RetentionStep::undelivered_level_0:
      case RetentionStep::undelivered_scene: {
        DL_TRY(const bool in_upload, owned.is_in_upload(drop.id));
        if (in_upload) return false;
        return owned.drop_scene(drop.id, drop.reason, make);
      }
    }
    if (marked) return true;
    if (marked.error().kind == ErrorKind::permanent) return false;
    return Failure(marked.error());
  };
  return journal.call(decide);
}

}  // namespace

Result<SpoolContents> survey_spool(const Layout& layout, JournalAccess& journal, const RetentionPolicy& policy) {
  DL_TRY(SpoolContents contents, journal.call([&](Journal& owned) { return ask_journal(owned, policy); }));
  DL_TRY(contents.available_bytes, available_bytes(layout.root));
  contents.used_bytes += bytes_in(layout.passes()) + bytes_in(layout.quarantine());
  for (SpoolContents::Recording& recording : contents.recordings) {
    recording.size_bytes = bytes_in(layout.pass(recording.pass_id));
  }
  return contents;
}

Result<RetentionReport> apply_retention(const Layout& layout, JournalAccess& journal, const RetentionPlan& plan,
                                        const MakeDropAnnouncements& make) {
  RetentionReport report;
  for (const RetentionDrop& drop : plan.drops) {
    DL_TRY(const bool dropped, drop_in_journal(journal, drop, make));
    if (!dropped) continue;
    DL_CHECK(
        remove_folder(layout, drop.step == RetentionStep::recording ? layout.pass(drop.id) : layout.scene(drop.id)));
    ++report.dropped;
    report.bytes_dropped += drop.size_bytes;
    report.lines.push_back(
        fmt::format("{} '{}' ({} bytes) dropped: {}", to_string(drop.step), drop.id, drop.size_bytes, drop.reason));
  }
  return report;
}

Result<bool> drop_undelivered_scene(const Layout& layout, JournalAccess& journal, const std::string& scene_id,
                                    const std::string& reason, const MakeDropAnnouncements& make) {
  DL_TRY(const bool dropped, journal.call([&](Journal& owned) { return owned.drop_scene(scene_id, reason, make); }));
  if (dropped) DL_CHECK(remove_folder(layout, layout.scene(scene_id)));
  return dropped;
}

}  // namespace dl::spool
