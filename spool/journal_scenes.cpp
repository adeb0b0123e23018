#include <fmt/format.h>

#include "spool/journal_implementation.h"

namespace dl::spool {

namespace {

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
  scene.drop_reason = row.text();
  scene.quarantined_at = row.optional_time();
  return scene;
}

}  // namespace

Result<std::optional<SceneRow>> find_scene(Journal::Implementation& journal, const std::string& id) {
  DL_TRY(Query query, journal.query("SELECT " DL_SCENE_COLUMNS " FROM scenes WHERE id = ?"));
  return first(query.bind(id), read_scene);
}

Result<std::vector<SceneRow>> read_scenes(Query& query) {
  return collect(query, read_scene);
}

Result<std::int64_t> scene_sequence(Journal::Implementation& journal, const std::string& id) {
  DL_TRY(Query query, journal.query("SELECT sequence FROM scenes WHERE id = ?"));
  DL_TRY(const bool found, query.bind(id).step());
  if (!found) return fail(ErrorKind::permanent, fmt::format("there is no scene '{}' in the journal", id));
  return query.integer();
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

Result<std::vector<std::string>> Journal::expected_scene_ids() {
  DL_TRY(Query query, implementation_->query("SELECT id FROM scenes WHERE state = 'spooled' AND quarantined_at IS NULL "
                                             "ORDER BY sequence"));
  return collect(query, [](Query& row) { return row.text(); });
}

Result<std::vector<ManifestAsset>> Journal::assets(const std::string& scene_id) {
  DL_TRY(Query query,
         implementation_->query("SELECT a.name, a.media_type, a.size_bytes, a.sha256, a.crc32c FROM assets "
                                "a JOIN scenes s ON s.sequence = a.scene WHERE s.id = ? ORDER BY "
                                "a.position"));
  return collect(query.bind(scene_id), [](Query& row) {
    ManifestAsset asset;
    asset.name = row.text();
    asset.media_type = row.text();
    asset.size_bytes = row.u64();
    asset.sha256 = row.text();
    asset.crc32c = row.u32();
    return asset;
  });
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

Result<std::vector<std::string>> Journal::scene_ids_of_pass(const std::string& pass_id) {
  DL_TRY(Query query, implementation_->query("SELECT id FROM scenes WHERE pass_id = ? AND quarantined_at IS NULL "
                                             "ORDER BY sequence"));
  return collect(query.bind(pass_id), [](Query& row) { return row.text(); });
}

}  // namespace dl::spool
