#include "tools/downlink-sim/aip_source.h"

#include <algorithm>
#include <string>
#include <string_view>

#include "calibrate/table_load.h"
#include "decoders/amsu_a/coefficients.h"
#include "decoders/amsu_a/instrument.h"
#include "decoders/mhs/coefficients.h"
#include "decoders/mhs/instrument.h"
#include "tools/downlink-sim/sounder_scans.h"

namespace dl::sim {
namespace {

namespace amsu_a = decoders::amsu_a;
namespace mhs = decoders::mhs;

constexpr std::size_t kMhsScans = mhs::kAipPlaces.size();  // in a major frame

Result<bool> has_coefficients(const MetopPassOptions& options, const decoders::SounderInstrument& instrument,
                              std::string_view quantity) {
  const auto& routes = options.profile.routes;
  const bool routed = std::any_of(routes.begin(), routes.end(),
                                  [&](const link::Route& route) { return route.instrument == instrument.id; });
  if (!routed) return false;
  DL_TRY(const calibrate::TableSet tables,
         calibrate::load_tables({options.tables, {}}, options.profile.platform, instrument.id));
  const std::string_view profile =
      options.calibration_profile.empty() ? instrument.default_profile : std::string_view(options.calibration_profile);
  return tables.select({quantity, profile, {}}, options.start, {}).has_value();
}

}  // namespace

Result<std::unique_ptr<SounderTipSource>> SounderTipSource::create(const MetopPassOptions& options) {
  const auto spacecraft = static_cast<std::uint8_t>(options.profile.scid);
  std::unique_ptr<SounderTipSource> source(new SounderTipSource(spacecraft));
  auto& frames = source->major_frames_;
  const auto count = static_cast<std::size_t>(options.duration / decoders::kAipMajorFramePeriod) + 1;
  frames.assign(count, decoders::make_aip_major_frame(spacecraft));
  DL_TRY(const bool with_amsu_a, has_coefficients(options, amsu_a::kSounder, amsu_a::kRadiometryQuantity));
  if (with_amsu_a) {
    DL_TRY(const std::vector<AmsuAScan> scans, make_amsu_a_scans(options));
    for (std::size_t i = 0; i < scans.size(); ++i) {
      for (std::size_t unit = 0; unit < amsu_a::kUnitCount; ++unit) {
        const Bytes science = amsu_a::write_science(amsu_a::kUnits[unit], *scans[i].line[unit]);
        decoders::put_science(amsu_a::kSounder.aip_units[unit], 0, science, frames[i]);
      }
    }
  }
  DL_TRY(const bool with_mhs, has_coefficients(options, mhs::kSounder, mhs::kRadiometryQuantity));
  if (with_mhs) {
    DL_TRY(const std::vector<MhsScan> scans, make_mhs_scans(options));
    for (std::size_t i = 0; i < scans.size(); ++i) {
      decoders::put_science(mhs::kSounder.aip_units[0], i % kMhsScans, mhs::write_science(scans[i].line),
                            frames[i / kMhsScans]);
    }
  }
  return source;
}

link::TipFrame SounderTipSource::aip_frame(std::uint64_t number, UtcTime /*time*/) {
  return major_frames_[number / decoders::kAipFrames][number % decoders::kAipFrames];
}

}  // namespace dl::sim
