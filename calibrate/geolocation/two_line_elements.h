// Two-line element sets: the text form of an orbit (Spacetrack Report No. 3; format notes of space-track.org).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "core/time.h"

namespace dl::calibrate {

// Angles and rates as SGP4 takes them.
struct TwoLineElements {
  std::string name;   // of the name line, trimmed; empty when the file has none
  std::string line1;  // without line end and trailing blanks
  std::string line2;
  std::uint32_t norad_id = 0;  // "A0000" style numbers (alpha-5) resolved
  std::string international_designator;
  UtcTime epoch{};                  // rounded to microseconds
  double epoch_days_from_1950 = 0;  // 1949-12-31T00:00:00Z: the day count of the SGP4 papers
  double bstar = 0;                 // drag, per Earth radius
  double inclination_rad = 0;
  double right_ascension_rad = 0;  // of the ascending node
  double eccentricity = 0;
  double argument_of_perigee_rad = 0;
  double mean_anomaly_rad = 0;
  double mean_motion_rad_min = 0;  // Kozai's, as the set carries it
  std::uint32_t revolution = 0;    // at the epoch, modulo 100000
  std::string remark;              // a missing or wrong check digit, in words
};

// Both lines; kind corrupt, with the column, when a field cannot be read or the two do not belong together. A missing
// or wrong check digit is no error: archives (EO-CFI's Metop files among them) carry such lines. It becomes `remark`.
Result<TwoLineElements> parse_two_line_elements(std::string_view name, std::string_view line1, std::string_view line2);

// What a file holds: sets of any satellites, with or without name lines, comments ('#') and blank lines between.
struct ElementSets {
  std::vector<TwoLineElements> sets;  // in the order of the file
  std::vector<std::string> refused;   // one message per pair of lines that could not be read
};
// Only the sets of `norad_id` when that is given: the rest of a big catalogue is skipped unread.
ElementSets parse_element_sets(std::string_view text, std::optional<std::uint32_t> norad_id = std::nullopt);

}  // namespace dl::calibrate
