#include "tools/downlink-sim/metop_pass.h"

#include <array>
#include <cmath>
#include <numbers>
#include <optional>
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
#include "decoders/metop_admin/admin_message.h"
#include "link/frame_encoder.h"
#include "link/packets/space_packet.h"
#include "tools/downlink-sim/earth/surface.h"

namespace dl::sim {
namespace {

namespace avhrr3 = decoders::avhrr3;

// Fields are made at every fourth pixel and line and interpolated between:
// clouds have no edges finer than that.
constexpr calibrate::TieGridSteps kFieldSteps{4, 4};
// instruments.md section 3: virtual channels and APIDs of Metop; 5.4: an MHS
// packet every 8/3 s.
constexpr std::uint8_t kAvhrrVcid = 9;
constexpr std::uint8_t kMhsVcid = 12;
constexpr std::uint16_t kMhsApid = 34;
constexpr std::size_t kMhsPacketBytes = 1308;
constexpr std::uint64_t kLinesPerMhsPacket = 16;
constexpr std::uint64_t kLinesPerIdleFrame = 4;
constexpr std::uint8_t kAdminVcid = 34;
constexpr std::uint64_t kLinesPerAdminMessage = 180;

constexpr std::size_t kFieldCount = 6;
constexpr std::array<const char *, kFieldCount> kFieldNames = {
    "reflectance-1",  "reflectance-2", "reflectance-3a",
    "temperature-3b", "temperature-4", "temperature-5"};
using Fields = std::array<double, kFieldCount>;

Fields fields_of(const SurfaceSample &sample) {
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
  FieldGrid(calibrate::TieGrid grid, std::uint32_t seed)
      : grid_(std::move(grid)), sun_(grid_, grid_.sun_zenith_deg) {
    samples_.reserve(grid_.longitude_deg.size());
    for (std::size_t i = 0; i < grid_.longitude_deg.size(); ++i) {
      samples_.push_back(fields_of(
          surface_at(grid_.longitude_deg[i], grid_.latitude_deg[i], seed)));
    }
  }

  struct Line {
    std::array<std::vector<double>, kFieldCount> fields; // [field][pixel]
    std::vector<double> sun_zenith_deg;
  };

  void line(std::size_t index, Line &out) const {
    const std::size_t row =
        std::min(index / kFieldSteps.line, grid_.rows() - 1);
    const std::size_t next_row = std::min(row + 1, grid_.rows() - 1);
    const double span = grid_.lines[next_row] - grid_.lines[row];
    const double down =
        span > 0 ? (static_cast<double>(index) - grid_.lines[row]) / span : 0;
    for (auto &field : out.fields)
      field.resize(avhrr3::kPixels);
    for (std::size_t pixel = 0; pixel < avhrr3::kPixels; ++pixel) {
      const std::size_t column =
          std::min<std::size_t>(pixel / kFieldSteps.pixel, grid_.columns() - 1);
      const std::size_t next = std::min(column + 1, grid_.columns() - 1);
      const double width = grid_.pixels[next] - grid_.pixels[column];
      const double across =
          width > 0
              ? (static_cast<double>(pixel) - grid_.pixels[column]) / width
              : 0;
      for (std::size_t field = 0; field < kFieldCount; ++field) {
        const double upper =
            mix(at(row, column, field), at(row, next, field), across);
        const double lower =
            mix(at(next_row, column, field), at(next_row, next, field), across);
        out.fields[field][pixel] = mix(upper, lower, down);
      }
    }
    out.sun_zenith_deg.resize(avhrr3::kPixels);
    sun_.line(index, out.sun_zenith_deg);
    for (double &angle : out.sun_zenith_deg)
      angle = std::acos(std::clamp(angle, -1.0, 1.0)) * 180 / std::numbers::pi;
  }

private:
  static double mix(double a, double b, double share_of_b) {
    return a + (b - a) * share_of_b;
  }
  [[nodiscard]] double at(std::size_t row, std::size_t column,
                          std::size_t field) const {
    return samples_[row * grid_.columns() + column][field];
  }

  calibrate::TieGrid grid_;
  calibrate::CosineInterpolator sun_;
  std::vector<Fields> samples_;
};

UtcTime line_time(UtcTime start, std::uint64_t line) {
  return start +
         Microseconds{static_cast<std::int64_t>(std::llround(
             static_cast<double>(line) * 1e6 / avhrr3::kLinesPerSecond))};
}

Result<calibrate::TieGrid> locate(const MetopPassOptions &options,
                                  const avhrr3::CalibrationRequest &request,
                                  const std::vector<UtcTime> &times) {
  const auto row = request.tables->select(
      {avhrr3::kGeometryQuantity, request.profile, {}}, options.start, {});
  if (!row)
    return fail(ErrorKind::config, row.error());
  DL_TRY(const calibrate::ScanGeometry geometry,
         avhrr3::scan_geometry(*row->row));
  const calibrate::OrbitBook orbits(options.tle_text, options.profile.norad_id);
  DL_TRY(auto orbit, orbits.choose(options.start, options.start));
  return calibrate::Geolocator(std::move(orbit))
      .tie_grid(geometry, times, kFieldSteps);
}

// The fields and counts as they went in.
class TruthWriter {
public:
  static Result<TruthWriter> open(const std::filesystem::path &folder) {
    TruthWriter writer;
    if (folder.empty())
      return writer;
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    if (error)
      return fail_errno(fmt::format("cannot make '{}'", folder.string()),
                        error.value());
    for (const char *name : kFieldNames) {
      DL_TRY(auto file, open_file(folder / fmt::format("{}.f32", name),
                                  O_WRONLY | O_CREAT | O_TRUNC));
      writer.fields_.push_back(std::move(file));
    }
    DL_TRY(writer.counts_,
           open_file(folder / "counts.u16", O_WRONLY | O_CREAT | O_TRUNC));
    return writer;
  }

  Result<void> add(const FieldGrid::Line &line, const avhrr3::ScanLine &scan) {
    if (fields_.empty())
      return {};
    for (std::size_t field = 0; field < kFieldCount; ++field) {
      const std::vector<float> values(line.fields[field].begin(),
                                      line.fields[field].end());
      DL_CHECK(write_all(fields_[field].get(),
                         {reinterpret_cast<const Byte *>(values.data()),
                          values.size() * sizeof(float)},
                         kFieldNames[field]));
    }
    return write_all(counts_.get(),
                     {reinterpret_cast<const Byte *>(scan.earth.data()),
                      scan.earth.size() * sizeof(std::uint16_t)},
                     "counts.u16");
  }

private:
  std::vector<FileDescriptor> fields_;
  FileDescriptor counts_;
};

// A packet with a true header and time and made-up content: for the chain it is
// one that no decoder knows.
Bytes mhs_packet(UtcTime time, std::uint16_t sequence_count) {
  Bytes data;
  const auto since = time - avhrr3::kMetopEpoch;
  const auto day = std::chrono::floor<std::chrono::days>(since);
  const auto millisecond = std::chrono::floor<Milliseconds>(since - day);
  append_u16(data, static_cast<std::uint16_t>(day.count()));
  append_u32(data, static_cast<std::uint32_t>(millisecond.count()));
  append_u16(data,
             static_cast<std::uint16_t>((since - day - millisecond).count()));
  while (data.size() < kMhsPacketBytes - link::kPacketHeaderBytes) {
    data.push_back(static_cast<Byte>(data.size() * 7 + sequence_count));
  }
  link::SpacePacketHeader header;
  header.has_secondary_header = true;
  header.apid = kMhsApid;
  header.sequence_count = sequence_count;
  Bytes packet;
  link::append_space_packet(header, data, packet);
  return packet;
}

std::uint16_t sequence_count(std::uint64_t packet) {
  return static_cast<std::uint16_t>(packet & 0x3FFF);
}

} // namespace

Result<SimulatedPass> make_metop_pass(const MetopPassOptions &options) {
  DL_TRY(const calibrate::TableSet tables,
         calibrate::load_tables({options.tables, {}}, options.profile.platform,
                                "avhrr-3"));
  DL_CHECK(avhrr3::check_rows(tables));
  const std::string profile = options.calibration_profile.empty()
                                  ? std::string(avhrr3::kDefaultProfile)
                                  : options.calibration_profile;
  const avhrr3::CalibrationRequest request{&tables, profile, {}};
  const auto lines = static_cast<std::uint64_t>(options.duration.count()) *
                     avhrr3::kLinesPerSecond;
  std::vector<UtcTime> times;
  for (std::uint64_t line = 0; line < lines; ++line)
    times.push_back(line_time(options.start, line));
  DL_TRY(calibrate::TieGrid tie_grid, locate(options, request, times));
  const FieldGrid grid(std::move(tie_grid), options.seed);
  DL_TRY(TruthWriter truth, TruthWriter::open(options.truth));

  const avhrr3::Encoder encoder(request);
  const auto admin_sets =
      calibrate::parse_element_sets(options.admin_text).sets;
  link::FrameEncoder frames(options.profile);
  SimulatedPass pass;
  FieldGrid::Line fields;
  for (std::uint64_t line = 0; line < lines; ++line) {
    grid.line(line, fields);
    const auto &f = fields.fields;
    DL_TRY(const avhrr3::ScanLine scan,
           encoder.scan_line({times[line], line, options.channel_3b, f[0], f[1],
                              f[2], f[3], f[4], f[5], fields.sun_zenith_deg}));
    DL_CHECK(truth.add(fields, scan));
    frames.add_packet(kAvhrrVcid,
                      avhrr3::encode_packet(scan, sequence_count(line)),
                      pass.cadus);
    ++pass.packets;
    if (line % kLinesPerMhsPacket == 0) {
      frames.add_packet(
          kMhsVcid,
          mhs_packet(times[line], sequence_count(line / kLinesPerMhsPacket)),
          pass.cadus);
      ++pass.packets;
    }
    if (!admin_sets.empty() && line % kLinesPerAdminMessage == 0) {
      const std::uint16_t count = sequence_count(line / kLinesPerAdminMessage);
      frames.add_packet(kAdminVcid,
                        decoders::metop_admin::encode_admin_packet(
                            admin_sets, times[line], count),
                        pass.cadus);
      frames.complete_frame(kAdminVcid, pass.cadus);
      ++pass.packets;
    }
    if (line % kLinesPerIdleFrame == 0)
      frames.add_idle_frame(pass.cadus);
  }
  frames.complete_frame(kAvhrrVcid, pass.cadus);
  frames.complete_frame(kMhsVcid, pass.cadus);
  pass.lines = lines;
  pass.frames = pass.cadus.size() / options.profile.cadu_size_bytes;
  return pass;
}

} // namespace dl::sim
