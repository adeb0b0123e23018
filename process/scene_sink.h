// Where granules become scene folders: writes them, passes over those that are committed already, and keeps the list.
#pragma once

#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "calibrate/calibrated_granule.h"
#include "calibrate/packet_granule.h"
#include "core/error.h"
#include "decoders/instrument.h"
#include "scene/asset.h"
#include "scene/scene_options.h"

namespace dl::process {

// One scene in the pass report.
struct SceneSummary {
  std::string id;
  std::string instrument;
  std::string level;
  std::uint64_t lines = 0;
  std::uint64_t lines_missing = 0;
  std::uint64_t lines_partial = 0;
  std::uint64_t pixels = 0;  // of all bands
  std::uint64_t pixels_no_data = 0;
  bool located = false;
  std::string remark;          // why not located or not calibrated; empty when both
  bool orbit_missing = false;  // no element set could be used
  bool orbit_suspect = false;  // the element set's check digits are wrong or missing
  bool orbit_old = false;      // the element set is older than the age that flags
};

class SceneSink final : public decoders::GranuleSink {
 public:
  struct Callbacks {
    // The folder is complete and on disk.
    std::function<Result<void>(const scene::WrittenScene&, const SceneSummary&)> written;
    // A scene of this id with other content is there already (docs/decisions/0002).
    std::function<Result<void>(const scene::WrittenScene&)> differs;
  };

  // `skip`: ids that are committed already.
  SceneSink(scene::SceneOptions options, std::set<std::string> skip, Callbacks callbacks)
      : options_(std::move(options)), skip_(std::move(skip)), callbacks_(std::move(callbacks)) {}

  Result<void> accept(calibrate::CalibratedGranule granule) override;
  Result<void> accept_packets(calibrate::PacketGranule granule) override;
  // A folder that somebody else wrote (Level-0), with what is to be said of it.
  Result<void> announce(const scene::WrittenScene& scene, SceneSummary summary);

  [[nodiscard]] bool is_skipped(const std::string& scene_id) const { return skip_.contains(scene_id); }
  [[nodiscard]] const scene::SceneOptions& options() const { return options_; }
  [[nodiscard]] const std::vector<SceneSummary>& scenes() const { return scenes_; }
  // Lines of all granules so far, skipped ones included.
  [[nodiscard]] std::uint64_t lines() const { return lines_; }

 private:
  scene::SceneOptions options_;
  std::set<std::string> skip_;
  Callbacks callbacks_;
  std::vector<SceneSummary> scenes_;
  std::uint64_t lines_ = 0;
};

}  // namespace dl::process
