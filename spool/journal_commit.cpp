// A scene comes into the journal, or comes back.
#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "spool/journal_implementation.h"

namespace dl::spool {

namespace {

// J2: the id stands for one content for ever.
Result<void> check_same_content(const SceneManifest& manifest, const std::vector<ManifestAsset>& committed) {
  const auto refuse = [&](const std::string& difference) {
    return fail(ErrorKind::corrupt,
                fmt::format("scene '{}' is in the journal with other content: {}", manifest.scene_id, difference));
  };
  if (manifest.assets.size() != committed.size()) {
    return refuse(fmt::format("expected {} assets, found {}", committed.size(), manifest.assets.size()));
  }
  for (std::size_t i = 0; i < committed.size(); ++i) {
    const ManifestAsset& asset = manifest.assets[i];
    const ManifestAsset& expected = committed[i];
    if (asset.name != expected.name) {
      return refuse(fmt::format("expected asset '{}', found '{}'", expected.name, asset.name));
    }
    if (asset.sha256 != expected.sha256 || asset.size_bytes != expected.size_bytes) {
      return refuse(fmt::format("asset '{}': expected {} bytes with sha256 {}, found {} bytes with sha256 {}",
                                asset.name, expected.size_bytes, expected.sha256, asset.size_bytes, asset.sha256));
    }
  }
  return {};
}

std::string first_required(const std::vector<DeliveryTarget>& targets) {
  const auto first = std::find_if(targets.begin(), targets.end(), [](const auto& target) { return target.required; });
  return first == targets.end() ? "" : first->destination;
}

Result<void> check_commit(const SceneManifest& manifest, const std::vector<DeliveryTarget>& targets) {
  // The outbox reads item.json, and J4 holds back the last asset.
  if (manifest.assets.empty() || manifest.assets.back().name != "item.json") {
    return fail(ErrorKind::corrupt,
                fmt::format("scene '{}': expected 'item.json' as the last asset", manifest.scene_id));
  }
  if (first_required(targets).empty()) {
    return fail(ErrorKind::config, fmt::format("scene '{}' has no required destination: it could never be delivered; "
                                               "configure one",
                                               manifest.scene_id));
  }
  std::set<std::string> distinct;
  for (const DeliveryTarget& target : targets) distinct.insert(target.destination);
  if (distinct.size() != targets.size()) {
    return fail(ErrorKind::config, fmt::format("scene '{}': a destination is named twice", manifest.scene_id));
  }
  return {};
}

Result<std::int64_t> insert_scene(Journal::Implementation& journal, const SceneManifest& manifest,
                                  const std::string& pass_id, const std::string& directory,
                                  const std::string& first_destination) {
  std::uint64_t size_bytes = 0;
  for (const ManifestAsset& asset : manifest.assets) size_bytes += asset.size_bytes;
  DL_TRY(Query query, journal.query("INSERT INTO scenes (" DL_SCENE_COLUMNS ", first_destination) VALUES "
                                    "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'spooled', ?, NULL, NULL, '', NULL, ?)"));
  query.bind_all(manifest.scene_id, pass_id, manifest.platform, manifest.instrument, directory, manifest.object_prefix,
                 manifest.sensing_start, manifest.sensing_end, size_bytes, std::uint64_t{manifest.assets.size()},
                 journal.clock.now(), first_destination);
  DL_CHECK(query.run());
  return journal.database.last_insert_id();
}

Result<void> insert_assets(Journal::Implementation& journal, std::int64_t scene, const SceneManifest& manifest) {
  DL_TRY(Query query, journal.query("INSERT INTO assets (scene, position, name, media_type, size_bytes, sha256, "
                                    "crc32c) VALUES (?, ?, ?, ?, ?, ?, ?)"));
  std::int64_t position = 0;
  for (const ManifestAsset& asset : manifest.assets) {
    query.rebind().bind_all(scene, position++, asset.name, asset.media_type, asset.size_bytes, asset.sha256,
                            asset.crc32c);
    DL_CHECK(query.run());
  }
  return {};
}

Result<void> insert_deliveries(Journal::Implementation& journal, std::int64_t scene, const SceneManifest& manifest,
                               const std::vector<DeliveryTarget>& targets) {
  DL_TRY(Query query, journal.query("INSERT INTO deliveries (scene, position, destination, size_bytes, held, "
                                    "delivery_class, required) VALUES (?, ?, ?, ?, ?, ?, ?)"));
  for (const DeliveryTarget& target : targets) {
    for (std::size_t i = 0; i < manifest.assets.size(); ++i) {
      const ManifestAsset& asset = manifest.assets[i];
      const bool held = i > 0 && i + 1 == manifest.assets.size();
      query.rebind().bind_all(scene, std::uint64_t{i}, target.destination, asset.size_bytes, std::int64_t{held ? 1 : 0},
                              to_number(delivery_class_of(manifest, asset)), std::int64_t{target.required ? 1 : 0});
      DL_CHECK(query.run());
    }
  }
  return {};
}

// The files are what was committed again: what was parked for their rot goes on from the start.
Result<void> leave_quarantine(Journal::Implementation& journal, const std::string& scene_id,
                              const std::string& directory) {
  DL_TRY(const std::int64_t scene, scene_sequence(journal, scene_id));
  DL_TRY(Query row, journal.query("UPDATE scenes SET quarantined_at = NULL, directory = ? WHERE sequence = ?"));
  DL_CHECK(row.bind_all(directory, scene).run());
  DL_TRY(Query query, journal.query("UPDATE deliveries SET state = 'queued', parked_kind = '', session = '', "
                                    "session_created_at = NULL, committed_bytes = 0, attempts = 0, next_attempt_at = "
                                    "0 WHERE scene = ? AND state = 'parked' AND parked_kind = 'corrupt'"));
  DL_CHECK(query.bind(scene).run());
  journal.uncommitted.deliveries = true;
  return {};
}

}  // namespace

std::vector<DeliveryTarget> all_required(const std::vector<std::string>& destinations) {
  return {destinations.begin(), destinations.end()};
}

Result<bool> Journal::commit_scene(const SceneManifest& manifest, const std::string& pass_id,
                                   const std::filesystem::path& directory, const std::vector<DeliveryTarget>& targets) {
  DL_CHECK(check_commit(manifest, targets));
  Implementation& journal = *implementation_;
  return journal.write([&]() -> Result<bool> {
    DL_TRY(const std::vector<ManifestAsset> committed, assets(manifest.scene_id));
    if (!committed.empty()) {
      DL_CHECK(check_same_content(manifest, committed));
      DL_TRY(const std::optional<SceneRow> row, find_scene(journal, manifest.scene_id));
      if (!row->quarantined_at || row->dropped_at) return false;
      DL_CHECK(leave_quarantine(journal, manifest.scene_id, directory.string()));
      return true;
    }
    DL_TRY(const std::int64_t scene,
           insert_scene(journal, manifest, pass_id, directory.string(), first_required(targets)));
    DL_CHECK(insert_assets(journal, scene, manifest));
    DL_CHECK(insert_deliveries(journal, scene, manifest, targets));
    journal.uncommitted.deliveries = true;
    return true;
  });
}

}  // namespace dl::spool
