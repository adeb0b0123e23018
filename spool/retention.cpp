#include "spool/retention.h"

#include <system_error>

#include <fmt/format.h>

#include "core/file.h"

namespace dl::spool {

namespace {

// By way of work/, which recovery empties: a kill in the middle leaves no half scene in scenes/.
Result<void> drop_scene(const Layout& layout, JournalService& journal, const SceneRow& scene) {
  const std::filesystem::path doomed = layout.works() / ("dropped-" + scene.id);
  const std::filesystem::path folder = layout.scene(scene.id);
  std::error_code error;
  if (std::filesystem::exists(folder, error)) DL_CHECK(rename_durably(folder, doomed));
  DL_CHECK(journal.call([&](Journal& owned) { return owned.mark_dropped(scene.id); }));
  std::filesystem::remove_all(doomed, error);
  if (error) return fail_errno(fmt::format("cannot remove '{}'", doomed.string()), error.value());
  return {};
}

}  // namespace

Result<RetentionReport> drop_delivered_scenes(const Layout& layout, JournalService& journal,
                                              std::uint64_t quota_bytes) {
  constexpr std::size_t kBatch = 50;
  RetentionReport report;
  DL_TRY(std::uint64_t kept_bytes, journal.call([](Journal& owned) { return owned.kept_scene_bytes(); }));
  while (kept_bytes > quota_bytes) {
    DL_TRY(const std::vector<SceneRow> batch,
           journal.call([](Journal& owned) { return owned.droppable_scenes(kBatch); }));
    if (batch.empty()) break;
    for (const SceneRow& scene : batch) {
      if (kept_bytes <= quota_bytes) break;
      DL_CHECK(drop_scene(layout, journal, scene));
      kept_bytes -= scene.size_bytes;
      ++report.scenes_dropped;
      report.bytes_dropped += scene.size_bytes;
      report.lines.push_back(fmt::format("scene '{}' ({} bytes, delivered {}) removed from the spool: quota", scene.id,
                                         scene.size_bytes, format_utc(scene.delivered_at.value_or(UtcTime{}))));
    }
  }
  report.bytes_over_quota = kept_bytes > quota_bytes ? kept_bytes - quota_bytes : 0;
  return report;
}

}  // namespace dl::spool
