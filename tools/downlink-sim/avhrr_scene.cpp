#include "tools/downlink-sim/avhrr_scene.h"

#include <array>
#include <cmath>
#include <numbers>
#include <vector>

#include <fcntl.h>

#include <fmt/format.h>

#include "calibrate/geolocation/geolocator.h"
#include "calibrate/geolocation/orbit_book.h"
#include "calibrate/table_load.h"
#include "calibrate/tie_interpolation.h"
#include "core/file.h"
#include "decoders/avhrr3/coefficients.h"
#include "decoders/avhrr3/decoder.h"
#include "decoders/avhrr3/encoder.h"
#include "tools/downlink-sim/earth/surface.h"

namespace dl::sim {
namespace {

namespace avhrr3 = decoders::avhrr3;

// Fields are made at every fourth pixel and line and interpolated between: clouds have no edges finer than that.
constexpr calibrate::TieGridSteps kFieldSteps{4, 4};
constexpr std::size_t kFieldCount = 6;
constexpr std::array<const char*, kFieldCount> kFieldNames = {"reflectance-1",  "reflectance-2", "reflectance-3a",
                                                              "temperature-3b", "temperature-4", "temperature-5"};
using Fields = std::array<double, kFieldCount>;

Fields fields_of(const SurfaceSample& sample) {
  return {sample.reflectance_1,
          sample.reflectance_2,
          sample.reflectance_3a,
          sample.brightness_temperature_3b_k,
          sample.brightness_temperature_4_k,
          sample.brightness_temperature_5_k};
}

// The fields of a pass, [line][pixel], from their values at tie points.
class FieldGrid {
 public:
  FieldGrid(calibrate::TieGrid grid, std::uint32_t seed) : grid_(std::move(grid)), sun_(grid_, grid_.sun_zenith_deg) {
    samples_.reserve(grid_.longitude_deg.size());
    for (std::size_t i = 0; i < grid_.longitude_deg.size(); ++i) {
      samples_.push_back(fields_of(surface_at(grid_.longitude_deg[i], grid_.latitude_deg[i], seed)));
    }
  }

  struct Line {
    std::array<std::vector<double>, kFieldCount> fields;  // [field][pixel]
    std::vector<double> sun_zenith_deg;
  };

  void line(std::size_t index, Line& out) {
    const std::size_t row = std::min(index / kFieldSteps.line, grid_.rows() - 1);
    const std::size_t next_row = std::min(row + 1, grid_.rows() - 1);
    const double span = grid_.lines[next_row] - grid_.lines[row];
    const double down = span > 0 ? (static_cast<double>(index) - grid_.lines[row]) / span : 0;
    for (auto& field : out.fields) field.resize(avhrr3::kPixels);
    for (std::size_t pixel = 0; pixel < avhrr3::kPixels; ++pixel) {
      const std::size_t column = std::min<std::size_t>(pixel / kFieldSteps.pixel, grid_.columns() - 1);
      const std::size_t next = std::min(column + 1, grid_.columns() - 1);
      const double width = grid_.pixels[next] - grid_.pixels[column];
      const double across = width > 0 ? (static_cast<double>(pixel) - grid_.pixels[column]) / width : 0;
      for (std::size_t field = 0; field < kFieldCount; ++field) {
        const double upper = mix(at(row, column, field), at(row, next, field), across);
        const double lower = mix(at(next_row, column, field), at(next_row, next, field), across);
        out.fields[field][pixel] = mix(upper, lower, down);
      }
    }
    out.sun_zenith_deg.resize(avhrr3::kPixels);
    sun_.line(index, out.sun_zenith_deg);
    for (double& angle : out.sun_zenith_deg) angle = std::acos(std::clamp(angle, -1.0, 1.0)) * 180 / std::numbers::pi;
  }

 private:
  static double mix(double a, double b, double share_of_b) { return a + (b - a) * share_of_b; }
  [[nodiscard]] double at(std::size_t row, std::size_t column, std::size_t field) const {
    return samples_[row * grid_.columns() + column][field];
  }

  calibrate::TieGrid grid_;
  calibrate::CosineInterpolator sun_;
  std::vector<Fields> samples_;
};

UtcTime line_time(UtcTime start, std::uint64_t line) {
  return start + Microseconds{static_cast<std::int64_t>(
                     std::llround(static_cast<double>(line) * 1e6 / avhrr3::kLinesPerSecond))};
}

Result<calibrate::TieGrid> locate(const MetopPassOptions& options, const calibrate::CalibrationRequest& request,
                                  const std::vector<UtcTime>& times) {
  const auto row = request.tables->select({avhrr3::kGeometryQuantity, request.profile, {}}, options.start, {});
  if (!row) return fail(ErrorKind::config, row.error());
  DL_TRY(const calibrate::ScanGeometry geometry, avhrr3::scan_geometry(*row->row));
  const calibrate::OrbitBook orbits(options.tle_text, options.profile.norad_id);
  DL_TRY(auto orbit, orbits.choose(options.start, options.start));
  return calibrate::Geolocator(std::move(orbit)).tie_grid(geometry, times, kFieldSteps);
}

// The fields and counts as they went in.
class TruthWriter {
 public:
  static Result<TruthWriter> open(const std::filesystem::path& folder) {
    TruthWriter writer;
    if (folder.empty()) return writer;
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    if (error) return fail_errno(fmt::format("cannot make '{}'", folder.string()), error.value());
    for (const char* name : kFieldNames) {
      DL_TRY(auto file, open_file(folder / fmt::format("{}.f32", name), O_WRONLY | O_CREAT | O_TRUNC));
      writer.fields_.push_back(std::move(file));
    }
    DL_TRY(writer.counts_, open_file(folder / "counts.u16", O_WRONLY | O_CREAT | O_TRUNC));
    return writer;
  }

  Result<void> add(const FieldGrid::Line& line, const avhrr3::ScanLine& scan) {
    if (fields_.empty()) return {};
    for (std::size_t field = 0; field < kFieldCount; ++field) {
      const std::vector<float> values(line.fields[field].begin(), line.fields[field].end());
      DL_CHECK(write_all(fields_[field].get(),
                         {reinterpret_cast<const Byte*>(values.data()), values.size() * sizeof(float)},
                         kFieldNames[field]));
    }
    return write_all(counts_.get(),
                     {reinterpret_cast<const Byte*>(scan.earth.data()), scan.earth.size() * sizeof(std::uint16_t)},
                     "counts.u16");
  }

 private:
  std::vector<FileDescriptor> fields_;
  FileDescriptor counts_;
};

}  // namespace

struct AvhrrScene::State {
  calibrate::TableSet tables;
  calibrate::CalibrationRequest request;
  std::vector<UtcTime> times;
  bool channel_3b = false;
  std::optional<FieldGrid> grid;
  std::optional<avhrr3::Encoder> encoder;
  TruthWriter truth;
  FieldGrid::Line fields;
};

AvhrrScene::AvhrrScene(std::unique_ptr<State> state) : state_(std::move(state)) {}
AvhrrScene::~AvhrrScene() = default;

Result<std::unique_ptr<AvhrrScene>> AvhrrScene::create(const MetopPassOptions& options) {
  auto state = std::make_unique<State>();
  DL_TRY(state->tables, calibrate::load_tables({options.tables, {}}, options.profile.platform, "avhrr-3"));
  DL_CHECK(avhrr3::check_rows(state->tables));
  const std::string profile =
      options.calibration_profile.empty() ? avhrr3::default_profile(state->tables) : options.calibration_profile;
  state->request = {&state->tables, profile, {}};
  state->channel_3b = options.channel_3b;
  const auto lines = static_cast<std::uint64_t>(options.duration.count()) * avhrr3::kLinesPerSecond;
  for (std::uint64_t line = 0; line < lines; ++line) state->times.push_back(line_time(options.start, line));
  DL_TRY(calibrate::TieGrid tie_grid, locate(options, state->request, state->times));
  state->grid.emplace(std::move(tie_grid), options.seed);
  state->encoder.emplace(state->request);
  DL_TRY(state->truth, TruthWriter::open(options.truth));
  return std::unique_ptr<AvhrrScene>(new AvhrrScene(std::move(state)));
}

std::uint64_t AvhrrScene::lines() const {
  return state_->times.size();
}

UtcTime AvhrrScene::time_of(std::uint64_t line) const {
  return state_->times[line];
}

Result<avhrr3::ScanLine> AvhrrScene::line(std::uint64_t number) {
  FieldGrid::Line& fields = state_->fields;
  state_->grid->line(number, fields);
  const auto& f = fields.fields;
  DL_TRY(avhrr3::ScanLine scan, state_->encoder->scan_line({state_->times[number], number, state_->channel_3b, f[0],
                                                            f[1], f[2], f[3], f[4], f[5], fields.sun_zenith_deg}));
  DL_CHECK(state_->truth.add(fields, scan));
  return scan;
}

}  // namespace dl::sim
