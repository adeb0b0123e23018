// Where things are in the spool folder.
#pragma once

#include <filesystem>
#include <string>

namespace dl::spool {

struct Layout {
  std::filesystem::path root;

  [[nodiscard]] std::filesystem::path lock() const { return root / "lock"; }
  [[nodiscard]] std::filesystem::path journal() const { return root / "journal.db"; }
  [[nodiscard]] std::filesystem::path passes() const { return root / "passes"; }
  // rec-000001.raw, rec-000001.idx, pass.json (what recovery needs), report.json
  [[nodiscard]] std::filesystem::path pass(const std::string& pass_id) const { return passes() / pass_id; }
  // Scenes being written by downlink-process; whatever is here at its start is removed.
  [[nodiscard]] std::filesystem::path work(const std::string& pass_id) const { return root / "work" / pass_id; }
  // Complete scenes, one folder each, renamed here from work/.
  [[nodiscard]] std::filesystem::path scenes() const { return root / "scenes"; }
  [[nodiscard]] std::filesystem::path scene(const std::string& scene_id) const { return scenes() / scene_id; }
  [[nodiscard]] std::filesystem::path works() const { return root / "work"; }
  // Calibration tables, one folder for each set that was in force and is still needed, named by its hash: shipped/ and
  // overlays/ in it (calibrate/table_collection.h).
  [[nodiscard]] std::filesystem::path calibration() const { return root / "calibration"; }
  [[nodiscard]] std::filesystem::path table_set(const std::string& sha256) const { return calibration() / sha256; }
  // A file with the name of the set that is.
  [[nodiscard]] std::filesystem::path set_in_force() const { return calibration() / "in-force"; }
  // What recovery found and could not use; for an operator to look at.
  [[nodiscard]] std::filesystem::path quarantine() const { return root / "quarantine"; }
  // The event journal of the default publisher.
  [[nodiscard]] std::filesystem::path events() const { return root / "events.jsonl"; }
};

}  // namespace dl::spool
