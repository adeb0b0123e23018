// Everything that a pass knows of its spacecraft's orbit: the operator's element sets from the start, and what the
// spacecraft itself sends, as it comes. A granule asks when it is closed, so the answer depends on the packets before
// and on nothing else: a live pass and an archive get the same.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "calibrate/geolocation/ephemeris.h"
#include "calibrate/geolocation/orbit.h"
#include "calibrate/geolocation/two_line_elements.h"
#include "core/error.h"
#include "core/time.h"

namespace dl::calibrate {

struct OrbitAgeLimits {
  double flag_days = 1;    // older: OrbitSource::old
  double refuse_days = 3;  // older: no geolocation
};

class OrbitBook {
 public:
  static constexpr std::size_t kMostSets = 256;  // that the spacecraft sent; further ones are refused

  // `tle_text`: one or more two-line sets of any satellites, with or without name lines; empty when there are none.
  OrbitBook(std::string_view tle_text, std::uint32_t norad_id, OrbitAgeLimits limits = {});

  // An element set that the spacecraft sent. Kind corrupt when SGP4 refuses it, when it is another satellite's, or when
  // at its epoch it is further than kLargestDisagreement_km from the set known before that is nearest in time, where
  // one is young enough to tell. A set that is known already is no failure.
  Result<void> add(const TwoLineElements& set, OrbitKind kind);
  // A sample of the spacecraft's own ephemeris, as Ephemeris::add(); also refused when it contradicts the element sets.
  Ephemeris::Outcome add(EphemerisSample sample);

  // The newest good one for a granule of [from, to]:
  //  - the spacecraft's own ephemeris where it reaches over the granule;
  //  - otherwise the newest element set, wherever it comes from, whose epoch is not after `from`, or where that is too
  //    old or there is none, the nearest one after. Of two of one epoch the one without a remark, then the operator's.
  // Kind config when there is none, or every one is further away than refuse_days: the message says what to do.
  [[nodiscard]] Result<std::shared_ptr<const Orbit>> choose(UtcTime from, UtcTime to) const;

  // Whether the operator gave any element sets at all.
  [[nodiscard]] bool has_file() const { return has_file_; }

  // Sets of a day differ by a few kilometres, of three days by tens; a wrong digit makes hundreds.
  static constexpr double kLargestDisagreement_km = 100;

 private:
  struct Entry {
    TwoLineElements set;
    OrbitKind kind = OrbitKind::element_file;
  };

  [[nodiscard]] const Entry* choose_set(UtcTime at) const;
  [[nodiscard]] const Entry* nearest_set(UtcTime at) const;
  [[nodiscard]] Failure no_set() const;
  // nullopt where nothing can be compared.
  [[nodiscard]] std::optional<double> distance_from_known_km(const StateVector& earth_fixed, UtcTime at) const;

  std::uint32_t norad_id_;
  OrbitAgeLimits limits_;
  bool has_file_ = false;
  std::size_t sets_of_others_ = 0;  // in the file
  std::string unreadable_;          // why a set of this satellite in the file cannot be read
  std::vector<Entry> entries_;      // in the order in which they came
  std::size_t sent_ = 0;
  Ephemeris ephemeris_;
};

}  // namespace dl::calibrate
