#include "tools/downlink-sim/sounder_scans.h"

#include <array>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include <fcntl.h>

#include "calibrate/geolocation/geolocator.h"
#include "calibrate/geolocation/scan_geometry_row.h"
#include "calibrate/row_use.h"
#include "calibrate/table_load.h"
#include "core/file.h"
#include "decoders/amsu_a/coefficients.h"
#include "decoders/amsu_a/encoder.h"
#include "decoders/amsu_a/instrument.h"
#include "decoders/mhs/coefficients.h"
#include "decoders/mhs/encoder.h"
#include "decoders/mhs/instrument.h"
#include "tools/downlink-sim/earth/microwave.h"
#include "tools/downlink-sim/earth/surface.h"

namespace dl::sim {
namespace {

namespace amsu_a = decoders::amsu_a;
namespace mhs = decoders::mhs;

constexpr std::array<MicrowaveBand, mhs::kBandCount> kMhsBands = {
    {{0.85, 272, 35}, {0.7, 268, 45}, {0, 245, 12}, {0.02, 256, 20}, {0.15, 266, 30}}};
constexpr std::array<MicrowaveBand, amsu_a::kBandCount> kAmsuBands = {{{0.85, 270, -12},
                                                                       {0.92, 270, -8},
                                                                       {0.6, 262, 2},
                                                                       {0.25, 262, 2},
                                                                       {0.06, 250, 1},
                                                                       {0.01, 236, 0},
                                                                       {0, 226, 0},
                                                                       {0, 218, 0},
                                                                       {0, 214, 0},
                                                                       {0, 216, 0},
                                                                       {0, 222, 0},
                                                                       {0, 230, 0},
                                                                       {0, 240, 0},
                                                                       {0, 250, 0},
                                                                       {0.85, 272, 25}}};

// One instrument of the pass: its tables and where it looks.
struct Sounder {
  calibrate::TableSet tables;
  std::string profile;
  calibrate::TieGrid grid;  // every pixel of every line
  std::vector<UtcTime> times;

  [[nodiscard]] calibrate::CalibrationRequest request() const { return {&tables, profile, {}}; }
};

std::vector<UtcTime> line_times(const MetopPassOptions& options, std::int64_t period_us, std::int64_t lines_in_period) {
  std::vector<UtcTime> times;
  for (std::int64_t line = 0;; ++line) {
    const auto after = Microseconds(line * period_us / lines_in_period);
    if (after >= options.duration) return times;
    times.push_back(options.start + after);
  }
}

Result<Sounder> make_sounder(const MetopPassOptions& options, std::string_view instrument, std::string_view profile,
                             std::vector<UtcTime> times) {
  DL_TRY(calibrate::TableSet tables,
         calibrate::load_tables({options.tables, {}}, options.profile.platform, instrument));
  const std::string chosen = options.calibration_profile.empty() ? std::string(profile) : options.calibration_profile;
  const auto row = tables.select({calibrate::kScanGeometryQuantity, chosen, {}}, options.start, {});
  if (!row) return fail(ErrorKind::config, row.error());
  DL_TRY(const calibrate::ScanGeometry geometry, calibrate::scan_geometry(*row->row, instrument));
  const calibrate::OrbitBook orbits(options.tle_text, options.profile.norad_id);
  DL_TRY(auto orbit, orbits.choose(options.start, options.start));
  DL_TRY(calibrate::TieGrid grid, calibrate::Geolocator(std::move(orbit)).tie_grid(geometry, times, {1, 1}));
  return Sounder{std::move(tables), chosen, std::move(grid), std::move(times)};
}

// The fields of all lines, [line][band][pixel].
std::vector<double> fields_of(const Sounder& sounder, std::span<const MicrowaveBand> bands, std::uint32_t seed) {
  const std::size_t pixels = sounder.grid.columns();
  std::vector<double> fields(sounder.times.size() * bands.size() * pixels);
  for (std::size_t line = 0; line < sounder.times.size(); ++line) {
    for (std::size_t x = 0; x < pixels; ++x) {
      const double longitude = sounder.grid.longitude_deg[line * pixels + x];
      const double latitude = sounder.grid.latitude_deg[line * pixels + x];
      const double thermal = surface_at(longitude, latitude, seed).brightness_temperature_4_k;
      for (std::size_t band = 0; band < bands.size(); ++band) {
        fields[(line * bands.size() + band) * pixels + x] =
            microwave_temperature(bands[band], longitude, latitude, thermal);
      }
    }
  }
  return fields;
}

Result<void> write_truth(const std::filesystem::path& folder, const std::string& name,
                         const std::vector<double>& fields) {
  if (folder.empty()) return {};
  std::error_code ignored;  // a folder that could not be made shows when the file is opened
  std::filesystem::create_directories(folder, ignored);
  const std::vector<float> values(fields.begin(), fields.end());
  DL_TRY(const FileDescriptor file, open_file(folder / name, O_WRONLY | O_CREAT | O_TRUNC));
  return write_all(file.get(), {reinterpret_cast<const Byte*>(values.data()), values.size() * sizeof(float)}, name);
}

// [band] of one line.
template <std::size_t N>
std::array<std::span<const double>, N> line_of(const std::vector<double>& fields, std::size_t line,
                                               std::size_t pixels) {
  std::array<std::span<const double>, N> scene;
  for (std::size_t band = 0; band < N; ++band) {
    scene[band] = std::span(fields).subspan((line * N + band) * pixels, pixels);
  }
  return scene;
}

}  // namespace

Result<std::vector<MhsScan>> make_mhs_scans(const MetopPassOptions& options) {
  DL_TRY(const Sounder sounder,
         make_sounder(options, "mhs", mhs::kSounder.default_profile, line_times(options, 8'000'000, 3)));
  DL_CHECK(mhs::check_rows(sounder.tables));
  const auto fields = fields_of(sounder, kMhsBands, options.seed);
  DL_CHECK(write_truth(options.truth, "mhs.f32", fields));
  std::vector<MhsScan> scans;
  for (std::size_t line = 0; line < sounder.times.size(); ++line) {
    const UtcTime time = sounder.times[line];
    const auto scene = line_of<mhs::kBandCount>(fields, line, mhs::kPixels);
    DL_TRY(mhs::ScanLine scan, mhs::scan_line(scene, time, sounder.request()));
    scans.push_back({time, std::move(scan)});
  }
  return scans;
}

Result<std::vector<AmsuAScan>> make_amsu_a_scans(const MetopPassOptions& options) {
  DL_TRY(const Sounder sounder,
         make_sounder(options, "amsu-a", amsu_a::kSounder.default_profile, line_times(options, 8'000'000, 1)));
  DL_CHECK(amsu_a::check_rows(sounder.tables));
  const auto fields = fields_of(sounder, kAmsuBands, options.seed);
  DL_CHECK(write_truth(options.truth, "amsu-a.f32", fields));
  std::vector<AmsuAScan> scans;
  for (std::size_t line = 0; line < sounder.times.size(); ++line) {
    const UtcTime time = sounder.times[line];
    const auto scene = line_of<amsu_a::kBandCount>(fields, line, amsu_a::kPixels);
    DL_TRY(amsu_a::UnitLine scan, amsu_a::scan_line(scene, time, sounder.request()));
    scans.push_back({time, std::move(scan)});
  }
  return scans;
}

}  // namespace dl::sim
