#include "decoders/sounder_input.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "calibrate/table_load.h"

namespace dl::decoders {

Result<SounderInput> load_sounder_input(const PassContext& context, std::string_view instrument,
                                        std::string_view default_profile,
                                        Result<void> (*check_rows)(const calibrate::TableSet& tables)) {
  const std::string& platform = context.profile.platform;
  DL_TRY(calibrate::TableSet tables, calibrate::load_tables(context.tables, platform, instrument));
  DL_CHECK(check_rows(tables));
  const std::string profile =
      context.calibration_profile.empty() ? std::string(default_profile) : context.calibration_profile;
  const std::vector<std::string> known = tables.profiles();
  if (std::find(known.begin(), known.end(), profile) == known.end()) {
    return fail(ErrorKind::config, fmt::format("calibration profile '{}' of '{}' on '{}': expected one of {}", profile,
                                               instrument, platform, fmt::join(known, ", ")));
  }
  SounderInput input;
  input.platform = platform;
  input.tables = std::make_shared<const calibrate::TableSet>(std::move(tables));
  input.request = {input.tables.get(), profile, context.known_at};
  input.orbits = context.orbits;
  input.started_at = context.started_at;
  return input;
}

}  // namespace dl::decoders
