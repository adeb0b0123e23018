#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "spool/journal_implementation.h"

namespace dl::spool {

namespace {

#define DL_SCENE_COLUMNS                                                                                          \
  "id, pass_id, platform, instrument, directory, object_prefix, sensing_start, sensing_end, size_bytes, assets, " \
  "state, committed_at, delivered_at, dropped_at"

SceneRow read_scene(Query& row) {
  SceneRow scene;
  scene.id = row.text();
  scene.pass_id = row.text();
  scene.platform = row.text();
  scene.instrument = row.text();
  scene.directory = row.text();
  scene.object_prefix = row.text();
  scene.sensing_start = row.text();
  scene.sensing_end = row.text();
  scene.size_bytes = row.u64();
  scene.assets = row.u32();
  scene.state = scene_state(row.text());
  scene.committed_at = row.time();
  scene.delivered_at = row.optional_time();
  scene.dropped_at = row.optional_time();
  return scene;
}

struct Content {
  std::string name;
  std::uint64_t size_bytes = 0;
  std::string sha256;
};

Result<std::vector<Content>> committed_content(Journal::Implementation& journal, const std::string& scene_id) {
  DL_TRY(Query query, journal.query("SELECT a.name, a.size_bytes, a.sha256 FROM assets a JOIN scenes s ON "
                                    "s.sequence = a.scene WHERE s.id = ? ORDER BY a.position"));
  return collect(query.bind(scene_id), [](Query& row) {
    Content content;
    content.name = row.text();
    content.size_bytes = row.u64();
    content.sha256 = row.text();
    return content;
  });
}

// J2: the id stands for one content for ever.
Result<void> check_same_content(const SceneManifest& manifest, const std::vector<Content>& committed) {
  const auto refuse = [&](const std::string& difference) {
    return fail(ErrorKind::corrupt,
                fmt::format("scene '{}' is in the journal with other content: {}", manifest.scene_id, difference));
  };
  if (manifest.assets.size() != committed.size()) {
    return refuse(fmt::format("expected {} assets, found {}", committed.size(), manifest.assets.size()));
  }
  for (std::size_t i = 0; i < committed.size(); ++i) {
    const ManifestAsset& asset = manifest.assets[i];
    const Content& expected = committed[i];
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

Result<void> check_commit(const SceneManifest& manifest, const std::vector<std::string>& destinations) {
  // The outbox reads item.json, and J4 holds back the last asset.
  if (manifest.assets.empty() || manifest.assets.back().name != "item.json") {
    return fail(ErrorKind::corrupt,
                fmt::format("scene '{}': expected 'item.json' as the last asset", manifest.scene_id));
  }
  if (destinations.empty()) {
    return fail(ErrorKind::config, fmt::format("scene '{}' has no destination: it could never be delivered; "
                                               "configure one",
                                               manifest.scene_id));
  }
  const std::set<std::string> distinct(destinations.begin(), destinations.end());
  if (distinct.size() != destinations.size()) {
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
                                    "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'spooled', ?, NULL, NULL, ?)"));
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
                               const std::vector<std::string>& destinations) {
  DL_TRY(Query query, journal.query("INSERT INTO deliveries (scene, position, destination, size_bytes, held) "
                                    "VALUES (?, ?, ?, ?, ?)"));
  for (const std::string& destination : destinations) {
    for (std::size_t i = 0; i < manifest.assets.size(); ++i) {
      const bool held = i > 0 && i + 1 == manifest.assets.size();
      query.rebind().bind_all(scene, std::uint64_t{i}, destination, manifest.assets[i].size_bytes,
                              std::int64_t{held ? 1 : 0});
      DL_CHECK(query.run());
    }
  }
  return {};
}

}  // namespace

Result<bool> Journal::commit_scene(const SceneManifest& manifest, const std::string& pass_id,
                                   const std::filesystem::path& directory,
                                   const std::vector<std::string>& destinations) {
  DL_CHECK(check_commit(manifest, destinations));
  Implementation& journal = *implementation_;
  return journal.write([&]() -> Result<bool> {
    DL_TRY(const std::vector<Content> committed, committed_content(journal, manifest.scene_id));
    if (!committed.empty()) {
      DL_CHECK(check_same_content(manifest, committed));
      return false;
    }
    DL_TRY(const std::int64_t scene,
           insert_scene(journal, manifest, pass_id, directory.string(), destinations.front()));
    DL_CHECK(insert_assets(journal, scene, manifest));
    DL_CHECK(insert_deliveries(journal, scene, manifest, destinations));
    journal.uncommitted.deliveries = true;
    return true;
  });
}

Result<std::optional<SceneRow>> find_scene(Journal::Implementation& journal, const std::string& id) {
  DL_TRY(Query query, journal.query("SELECT " DL_SCENE_COLUMNS " FROM scenes WHERE id = ?"));
  return first(query.bind(id), read_scene);
}

Result<std::optional<SceneRow>> Journal::scene(const std::string& id) {
  return find_scene(*implementation_, id);
}

Result<std::vector<SceneRow>> Journal::scenes(std::size_t newest) {
  DL_TRY(Query query, implementation_->query("SELECT " DL_SCENE_COLUMNS " FROM scenes ORDER BY sequence DESC LIMIT ?"));
  return collect(query.bind(std::uint64_t{newest}), read_scene);
}

Result<std::vector<SceneRow>> Journal::spooled_scenes() {
  DL_TRY(Query query,
         implementation_->query("SELECT " DL_SCENE_COLUMNS " FROM scenes WHERE state = 'spooled' ORDER BY sequence"));
  return collect(query, read_scene);
}

Result<void> Journal::move_scene(const std::string& id, const std::filesystem::path& directory) {
  Implementation& journal = *implementation_;
  const std::string text = directory.string();
  // Looking first spares recovery one durable write per scene that stayed where it was.
  DL_TRY(const std::optional<SceneRow> row, find_scene(journal, id));
  if (!row || row->directory == text) return {};
  return journal.write([&]() -> Result<void> {
    DL_TRY(Query query, journal.query("UPDATE scenes SET directory = ? WHERE id = ?"));
    DL_CHECK(query.bind_all(text, id).run());
    return {};
  });
}

Result<std::vector<SceneRow>> Journal::droppable_scenes(std::size_t limit) {
  DL_TRY(Query query, implementation_->query("SELECT " DL_SCENE_COLUMNS
                                             " FROM scenes WHERE state = 'delivered' AND dropped_at IS NULL AND "
                                             "NOT EXISTS (SELECT 1 FROM announcements WHERE scene_id = scenes.id AND "
                                             "announcements.state <> 'sent') ORDER BY sequence LIMIT ?"));
  return collect(query.bind(std::uint64_t{limit}), read_scene);
}

Result<std::uint64_t> Journal::kept_scene_bytes() {
  DL_TRY(Query query, implementation_->query("SELECT SUM(size_bytes) FROM scenes WHERE dropped_at IS NULL"));
  DL_CHECK(query.step());
  return query.u64();
}

Result<void> Journal::mark_dropped(const std::string& id) {
  Implementation& journal = *implementation_;
  return journal.write([&]() -> Result<void> {
    DL_TRY(Query query, journal.query("UPDATE scenes SET dropped_at = ? WHERE id = ? AND state = 'delivered' AND "
                                      "dropped_at IS NULL"));
    DL_TRY(const std::uint32_t changed, query.bind_all(journal.clock.now(), id).run());
    if (changed > 0) return {};
    return fail(ErrorKind::permanent, fmt::format("scene '{}': expected one that is delivered and on disk", id));
  });
}

Result<std::vector<std::string>> Journal::scene_ids_of_pass(const std::string& pass_id) {
  DL_TRY(Query query, implementation_->query("SELECT id FROM scenes WHERE pass_id = ? ORDER BY sequence"));
  return collect(query.bind(pass_id), [](Query& row) { return row.text(); });
}

}  // namespace dl::spool
