#include "spool/recovery_scenes.h"

#include <algorithm>
#include <set>
#include <system_error>

#include <fmt/format.h>

#include "core/file.h"
#include "spool/removal.h"
#include "spool/scene_check.h"

namespace dl::spool {

namespace {

// What was found in scenes/, and what became of it.
struct Found {
  std::filesystem::path folder;
  std::optional<SceneRow> row;
  std::vector<ManifestAsset> committed;   // of a known scene that is not delivered
  std::optional<SceneManifest> manifest;  // to be committed
  std::filesystem::path quarantine;       // where it goes when it is unusable
  std::string problem;                    // why
  bool is_new = false;

  [[nodiscard]] std::string name() const { return folder.filename().string(); }
};

// Under a name that is free: the same scene may be found bad more than once.
std::filesystem::path quarantine_path(const Layout& layout, const std::string& name) {
  std::error_code ignored;
  std::filesystem::path path = layout.quarantine() / name;
  for (int attempt = 1; std::filesystem::exists(path, ignored); ++attempt) {
    path = layout.quarantine() / fmt::format("{}-{}", name, attempt);
  }
  return path;
}

Result<void> give_up(Journal& journal, const std::string& scene_id, const std::string& reason) {
  DL_TRY(const std::optional<SceneRow> row, journal.scene(scene_id));
  if (row) DL_CHECK(journal.quarantine_scene(scene_id, reason));
  DL_CHECK(journal.open_incident("scene_unusable", scene_id, reason,
                                 "Nothing, when the recording of its pass is still in passes/: the scene is made again "
                                 "from it. Otherwise put a sound copy into scenes/ and restart. Check the disk."));
  return {};
}

// Looks at scenes a few hundred at a time: many enough for one sync to serve all, few enough for the memory.
class SceneRecovery {
 public:
  SceneRecovery(const Layout& layout, JournalAccess& journal, const RecoveryOptions& options, RecoveryReport& report)
      : layout_(layout), journal_(journal), options_(options), report_(report) {}

  Result<void> look_at(std::vector<Found> batch) {
    DL_TRY(batch, look_up(std::move(batch)));
    for (Found& found : batch) DL_CHECK(check(found));
    // Journal first: a kill before the renames says it twice, the other way round never.
    DL_TRY(batch, write_down(std::move(batch)));
    for (const Found& found : batch) DL_CHECK(settle(found));
    return {};
  }

  Result<void> look_for_missing() {
    DL_TRY(const auto expected, journal_.call([](Journal& journal) { return journal.expected_scene_ids(); }));
    std::vector<std::string> missing;
    std::error_code ignored;
    for (const std::string& id : expected) {
      if (!std::filesystem::exists(layout_.scene(id), ignored)) missing.push_back(id);
    }
    report_.scenes_missing += static_cast<std::uint32_t>(missing.size());
    for (const std::string& id : missing) {
      const std::string reason = fmt::format("its folder '{}' is gone", layout_.scene(id).string());
      tell_unusable(id, reason);
      DL_CHECK(journal_.call([&](Journal& journal) { return give_up(journal, id, reason); }));
    }
    return {};
  }

 private:
  Result<std::vector<Found>> look_up(std::vector<Found> batch) {
    return journal_.call([&](Journal& journal) -> Result<std::vector<Found>> {
      for (Found& found : batch) {
        DL_TRY(found.row, journal.scene(found.name()));
        if (!found.row || found.row->state != SceneState::spooled) continue;
        DL_TRY(found.committed, journal.assets(found.name()));
      }
      return batch;
    });
  }

  // Fails only when nothing can be said about the scene.
  Result<void> check(Found& found) {
    if (found.row && (found.row->dropped_at || found.row->state != SceneState::spooled)) return {};
    const bool quarantined = found.row && found.row->quarantined_at;
    Result<void> sound;
    if (found.row && !quarantined) {
      sound = check_assets(found.folder, found.committed, options_.verify_hashes);
    } else {
      // Its size was right when its content was not.
      Result<SceneManifest> manifest = check_scene_folder(found.folder, options_.verify_hashes || quarantined);
      if (manifest) {
        found.manifest = *std::move(manifest);
      } else {
        sound = Failure(manifest.error());
      }
    }
    // Out of descriptors or memory says nothing about the scene.
    if (!sound && sound.error().kind == ErrorKind::exhausted) return sound;
    if (!sound) condemn(found, sound.error().message);
    return {};
  }

  void condemn(Found& found, const std::string& problem) {
    found.quarantine = quarantine_path(layout_, found.name());
    found.problem = fmt::format("{}; moved to '{}'", problem, found.quarantine.string());
  }

  Result<std::vector<Found>> write_down(const std::vector<Found>& checked) {
    return journal_.call([&](Journal& journal) -> Result<std::vector<Found>> {
      std::vector<Found> batch = checked;
      for (Found& found : batch) {
        if (found.manifest) DL_CHECK(commit(journal, found));
        if (!found.problem.empty()) DL_CHECK(give_up(journal, found.name(), found.problem));
        if (found.row && found.problem.empty()) DL_CHECK(journal.move_scene(found.name(), found.folder));
      }
      return batch;
    });
  }

  Result<void> commit(Journal& journal, Found& found) {
    const Result<bool> added =
        journal.commit_scene(*found.manifest, found.manifest->pass_id, found.folder, options_.destinations);
    if (added) {
      found.is_new = *added;
      return {};
    }
    if (added.error().kind != ErrorKind::corrupt) {
      return Failure(added.error().in(fmt::format("recovery of scene '{}'", found.name())));
    }
    condemn(found, added.error().message);
    return {};
  }

  Result<void> settle(const Found& found) {
    if (!found.problem.empty()) {
      tell_unusable(found.name(), found.problem);
      ++report_.scenes_quarantined;
      return rename_durably(found.folder, found.quarantine);
    }
    if (found.row && found.row->dropped_at) {
      ++report_.drops_finished;
      report_.lines.push_back(fmt::format("scene '{}' was dropped: its folder is removed", found.name()));
      return remove_folder(layout_, found.folder);
    }
    if (!found.is_new) {
      ++report_.scenes_known;
      return {};
    }
    ++report_.scenes_adopted;
    report_.lines.push_back(fmt::format("scene '{}' was complete on disk and {}: queued", found.name(),
                                        found.row ? "in quarantine" : "unknown"));
    return {};
  }

  void tell_unusable(const std::string& scene_id, const std::string& reason) {
    report_.lines.push_back(fmt::format("scene '{}' cannot be delivered: {}", scene_id, reason));
  }

  const Layout& layout_;
  JournalAccess& journal_;
  const RecoveryOptions& options_;
  RecoveryReport& report_;
};

}  // namespace

Result<void> recover_scenes(const Layout& layout, JournalAccess& journal, const RecoveryOptions& options,
                            RecoveryReport& report) {
  constexpr std::size_t kBatch = 256;
  SceneRecovery recovery(layout, journal, options, report);
  DL_TRY(const std::vector<std::filesystem::path> folders, entries_of(layout.scenes()));
  for (std::size_t begin = 0; begin < folders.size(); begin += kBatch) {
    std::vector<Found> batch;
    for (std::size_t i = begin; i < std::min(begin + kBatch, folders.size()); ++i)
      batch.push_back({folders[i], {}, {}, {}, {}, {}, false});
    DL_CHECK(recovery.look_at(std::move(batch)));
  }
  return recovery.look_for_missing();
}

}  // namespace dl::spool
