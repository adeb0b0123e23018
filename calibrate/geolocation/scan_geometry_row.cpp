#include "calibrate/geolocation/scan_geometry_row.h"

#include <cmath>

#include <fmt/format.h>

namespace dl::calibrate {

namespace {

constexpr double kMicrosecond_s = 1e-6;

// Reads numbers and remembers the first that is wrong.
class Numbers {
 public:
  Numbers(const Row& row, std::string_view scanner) : row_(row), scanner_(scanner) {}

  [[nodiscard]] bool has(std::string_view name) const { return row_.find(scanner_, name) != nullptr; }

  double required(std::string_view name, double low, double high) {
    const std::vector<double>* found = row_.find(scanner_, name);
    const bool usable = found != nullptr && found->size() == 1 && found->front() >= low && found->front() <= high;
    if (usable) return found->front();
    complain(name, fmt::format("one number from {:g} to {:g}", low, high), found);
    return low;
  }
  double optional(std::string_view name, double otherwise, double low, double high) {
    return has(name) ? required(name, low, high) : otherwise;
  }
  double whole(std::string_view name, double low, double high) {
    const double number = required(name, low, high);
    if (number != std::floor(number)) complain(name, "a whole number", row_.find(scanner_, name));
    return number;
  }

  [[nodiscard]] const std::string& complaint() const { return complaint_; }

 private:
  void complain(std::string_view name, const std::string& expected, const std::vector<double>* found) {
    if (!complaint_.empty()) return;
    std::string is = "nothing";
    if (found != nullptr) {
      is = found->size() == 1 ? fmt::format("{:g}", found->front()) : fmt::format("{} numbers", found->size());
    }
    complaint_ = fmt::format("row '{}': '{}' of '{}': expected {}, found {}", row_.id, name, scanner_, expected, is);
  }

  const Row& row_;
  std::string_view scanner_;
  std::string complaint_;
};

void read_angles(Numbers& numbers, ScanGeometry& geometry) {
  if (!numbers.has("cone_angle_deg")) {
    geometry.first_angle_deg = numbers.required("edge_scan_angle_deg", -90, 90);
    geometry.last_angle_deg = -geometry.first_angle_deg;
    return;
  }
  geometry.pattern = ScanPattern::conical;
  geometry.cone_angle_deg = numbers.required("cone_angle_deg", 0, 90);
  geometry.first_angle_deg = numbers.required("first_azimuth_deg", -360, 360);
  geometry.last_angle_deg = numbers.required("last_azimuth_deg", -360, 360);
}

void read_times(Numbers& numbers, ScanGeometry& geometry) {
  constexpr double kMinute_us = 60e6;
  geometry.pixel_interval_s = numbers.required("sample_interval_us", 0, kMinute_us) * kMicrosecond_s;
  geometry.line_interval_s = 1 / numbers.required("lines_per_second", 1e-3, 1e6);
  geometry.first_pixel_offset_s =
      numbers.optional("first_sample_offset_us", 0, -kMinute_us, kMinute_us) * kMicrosecond_s;
  geometry.dwell_s = numbers.optional("dwell_us", 0, 0, kMinute_us) * kMicrosecond_s;
}

}  // namespace

Result<ScanGeometry> scan_geometry(const Row& row, std::string_view scanner) {
  Numbers numbers(row, scanner);
  ScanGeometry geometry;
  geometry.id = row.id;
  geometry.pixel_count = static_cast<std::size_t>(numbers.whole("pixels", 1, 65536));
  read_angles(numbers, geometry);
  read_times(numbers, geometry);
  if (numbers.has("tie_step")) geometry.tie_step = static_cast<std::uint32_t>(numbers.whole("tie_step", 1, 1024));
  geometry.roll_deg = numbers.required("roll_deg", -180, 180);
  geometry.pitch_deg = numbers.required("pitch_deg", -180, 180);
  geometry.yaw_deg = numbers.required("yaw_deg", -180, 180);
  geometry.attitude =
      numbers.whole("yaw_steering", 0, 1) != 0 ? AttitudeLaw::local_normal_yaw_steering : AttitudeLaw::local_normal;
  if (!numbers.complaint().empty()) return fail(ErrorKind::corrupt, numbers.complaint());
  return geometry;
}

}  // namespace dl::calibrate
