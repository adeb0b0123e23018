// What a decoder hands over and a scene is made of: values, quality, geometry, and where every number came from.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/time.h"

namespace dl::calibrate {

// scaled_radiance: what reflectance is before the division by the cosine of the sun's zenith angle, where that is
// unknown.
enum class Quantity { counts, reflectance, brightness_temperature, radiance, scaled_radiance };
std::string_view to_string(Quantity quantity);

inline constexpr std::uint16_t kNoData = 65535;

// physical = value * scale + offset, in `unit`; kNoData where there is none.
struct Band {
  std::string name;         // the instrument's own: "1", "3A", "4"; it becomes the object's name: "band-3a.tif"
  std::string description;  // "red, 0.63 um"
  std::string common_name;  // of the STAC eo extension, empty where none fits: "red", "nir", "swir16", "lwir11"
  std::optional<double> center_wavelength_um;
  std::optional<double> full_width_half_max_um;
  std::optional<double> center_frequency_ghz;  // of a microwave band, in place of the wavelength
  Quantity quantity = Quantity::counts;
  std::string unit;  // "K", "1" (reflectance), "counts"
  double scale = 1.0;
  double offset = 0.0;
  std::vector<std::uint16_t> values;  // [line][pixel]
  // Why the numbers are not calibrated, in words for the operator and the pipeline; empty when they are.
  std::string uncalibrated_reason;
};

// Bits of the quality bytes, per band and pixel (instruments.md section 7).
enum PixelQuality : std::uint8_t {
  kPixelNoData = 1 << 0,  // no value: line or packet lost
  kPixelSaturated = 1 << 1,
  kPixelBowTie = 1 << 2,
  kPixelReferenceMissing = 1 << 3,
  kPixelBadDetector = 1 << 4,
  kPixelBelowSpace = 1 << 5,  // below the space count, or negative radiance
  kPixelOutOfRange = 1 << 6,  // outside the validated range
};

// Flags of a line (instruments.md section 7).
enum LineFlag : std::uint32_t {
  kLineMissing = 1 << 0,      // filled: no packet arrived
  kLineRsCorrected = 1 << 1,  // Reed-Solomon corrected symbols in its frames
  kLineGapBefore = 1 << 2,
  kLinePartial = 1 << 3,  // some of its pixels are missing
  kLineChecksumBad = 1 << 4,
  kLineTimeJump = 1 << 5,
  kLineTimeInterpolated = 1 << 6,
  kLinePrtInvalid = 1 << 7,
  kLineBlackBodyOutOfLimits = 1 << 8,
  kLineSpaceViewContaminated = 1 << 9,
  kLineCalibrationWindowShort = 1 << 10,
  kLineCalibrationExtrapolated = 1 << 11,
  kLineCalibrationProvisional = 1 << 12,
  kLineKnownBadEpoch = 1 << 13,
  kLineTleOld = 1 << 14,
  kLineChannel3B = 1 << 15,  // channel 3B was active, otherwise 3A (AVHRR/3)
  kLineUncalibrated = 1 << 16,
};
// "missing", "rs_corrected", ... one name per set bit, in bit order.
std::vector<std::string> line_flag_names(std::uint32_t flags);

struct Line {
  UtcTime time{};  // of the first pixel
  std::uint32_t flags = 0;
};

// Words of the instrument's own telemetry, [line][word]; empty for a line that was not received.
struct LineTelemetry {
  std::string name;  // "prt"
  std::vector<std::vector<std::uint16_t>> words;
};

// Points where geometry is known: row r lies on line first_line + r * line_step, column c on pixel
// first_pixel + c * pixel_step; the last row and column lie on the last line and pixel where the step does not
// divide (the grid carries the true positions in `lines` and `pixels`). All arrays are [row][column].
struct TieGrid {
  std::vector<double> lines;   // line index of each row (0 is the centre of the first line)
  std::vector<double> pixels;  // pixel index of each column
  std::uint32_t line_step = 0;
  std::uint32_t pixel_step = 0;
  std::vector<double> longitude_deg;  // -180 to 180, geodetic, WGS-84, height 0
  std::vector<double> latitude_deg;
  std::vector<float> sun_zenith_deg;
  std::vector<float> sun_azimuth_deg;  // clockwise from north, 0 to 360
  std::vector<float> sensor_zenith_deg;
  std::vector<float> sensor_azimuth_deg;

  [[nodiscard]] std::size_t rows() const { return lines.size(); }
  [[nodiscard]] std::size_t columns() const { return pixels.size(); }
};

struct LonLat {
  double longitude_deg = 0;
  double latitude_deg = 0;
};
// Outer rings, counter-clockwise, closed (first == last), cut at the antimeridian; one or more polygons.
struct Footprint {
  std::vector<std::vector<LonLat>> polygons;
  std::array<double, 4> bbox{};  // west, south, east, north; west > east when it crosses the antimeridian (RFC 7946)
};

// Where an orbit comes from.
enum class OrbitKind {
  element_file,         // two-line elements that the operator gave
  metop_admin_message,  // two-line elements that the spacecraft broadcasts
  jpss_ephemeris,       // positions and velocities that the spacecraft measures and broadcasts
};
// "element_file", ...: for provenance.
std::string_view to_string(OrbitKind kind);

struct OrbitSource {
  std::string name;   // as the file names it
  std::string line1;  // both lines are empty for an ephemeris
  std::string line2;
  std::string sha256;   // of "line1\nline2\n"; of an ephemeris of its samples' bytes, in order of time
  UtcTime epoch{};      // of an ephemeris the time of the first sample
  double age_days = 0;  // of the granule's start against the epoch, signed
  bool old = false;     // beyond the age that flags
  OrbitKind kind = OrbitKind::element_file;
  std::size_t samples = 0;  // of an ephemeris: how many
};

// One calibration row that a product used, and why.
struct UsedRow {
  std::string id;
  std::string sha256;
  std::string table;
  std::string bands;   // "1,2,3A"
  std::string status;  // operational, provisional, experimental, ...
  std::string valid_from;
  std::string valid_to;  // empty: open
  std::string recorded_at;
  std::string source;
  std::string reason;
  bool extrapolated = false;
  double extrapolated_days = 0;   // how far outside its time
  std::string interpolated_with;  // the other row of a linear stretch
  std::string override_id;        // the decision that let a suspect or withdrawn row be used
  std::string profile_event;      // the event that selected another profile than the product's
};

struct HitEvent {
  std::string id;
  std::string kind;
  std::string effect;
  std::string text;
  std::string source;
  std::string bands;  // of the granule's, those that it is about: "3A"
};

// Everything needed to make the same numbers again, and nothing that differs from run to run: no clock of
// the station, no pass id, no path.
struct Provenance {
  std::string calibration_profile;  // "noaa-ospo"
  std::string calibration_set_sha256;
  std::string known_at;  // the "as known on" date that was asked for; empty: all rows
  std::vector<UsedRow> rows;
  std::vector<HitEvent> events;
  std::vector<std::string> algorithms;  // "avhrr-3/thermal/1"
  std::vector<std::string> flags;       // "cal_extrapolated", "tle_old", ...
  std::vector<std::string> remarks;     // sentences for people
  std::optional<OrbitSource> orbit;
  std::string attitude_model;        // "yaw-steering"
  double earth_sun_distance_au = 0;  // 0: not used
  // SHA-256 over the packets that went into the granule, in their order: the raw-input hash. Not the hash of the
  // recording, which is still growing when a live scene is published (docs/decisions/0003).
  std::string packets_sha256;
  std::uint64_t packets = 0;
  std::uint64_t symbols_corrected = 0;
  std::uint64_t gaps = 0;  // sequence gaps among its packets
};

struct CalibratedGranule {
  std::string platform;    // "metop-b"
  std::string instrument;  // "avhrr-3"
  std::string level;       // "L1B" calibrated and located, "L1A" counts
  UtcTime slot_start{};    // of the fixed UTC slot: names the scene
  Seconds slot_length{};
  std::size_t line_count = 0;
  std::size_t pixel_count = 0;
  std::vector<Line> lines;  // [line]
  std::vector<LineTelemetry> telemetry;
  std::vector<Band> bands;
  std::vector<std::vector<std::uint8_t>> quality;  // [band][line][pixel], PixelQuality bits
  std::vector<std::string> quicklook_bands;        // one (grey) or three (red, green, blue) band names
  bool quicklook_rotate_180 = false;               // so that north is up (ascending pass)
  std::optional<TieGrid> tie_grid;
  std::optional<Footprint> footprint;
  std::string ungeolocated_reason;   // "no TLE": empty when there is a tie grid
  std::string orbit_state;           // "ascending", "descending", empty when unknown
  std::uint32_t absolute_orbit = 0;  // 0: unknown
  Provenance provenance;
};

}  // namespace dl::calibrate
