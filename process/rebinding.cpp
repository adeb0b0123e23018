#include "process/rebinding.h"

#include <tuple>

#include <fmt/format.h>

#include "config/data_directory.h"
#include "config/spacecraft_profile.h"
#include "process/setup.h"

namespace dl::process {
namespace {

auto soft_framing(const link::SoftCoding& soft) {
  return std::tuple(soft.modulation, soft.rate, soft.second_output_inverted, soft.interleaver, soft.differential);
}

auto framing(const link::Profile& profile) {
  return std::tuple(profile.form, profile.marker, profile.marker_bits, profile.cadu_bits(), profile.randomizer,
                    profile.randomizer_place, profile.randomizer_offset_bytes, profile.code, profile.code_use,
                    profile.interleave, profile.basis, profile.virtual_fill_bytes, profile.frame_kind,
                    profile.frame_version, profile.extended_scid, profile.header_error_control,
                    profile.insert_zone_bytes, profile.trailer_bytes, profile.operational_control,
                    profile.frame_error_control);
}

}  // namespace

bool same_framing(const link::Profile& a, const link::Profile& b) {
  if (a.soft.has_value() != b.soft.has_value()) return false;
  if (a.soft && soft_framing(*a.soft) != soft_framing(*b.soft)) return false;
  return framing(a) == framing(b);
}

Result<std::vector<std::string>> profiles_of(const link::ScidCount& seen, const link::Profile& ours,
                                             const CommonSettings& settings) {
  std::vector<std::string> names;
  if (seen.version != ours.frame_version) return names;
  DL_TRY(const std::filesystem::path directory,
         directory_or_default(settings.spacecraft_directory, config::DataDirectory::spacecraft));
  for (const std::string& name : config::list_spacecraft_profiles({directory})) {
    const auto profile = config::load_spacecraft_profile(name, {directory});
    if (profile && profile->scid == seen.scid && same_framing(*profile, ours)) names.push_back(name);
  }
  return names;
}

std::string describe(const link::ScidCount& seen) {
  return fmt::format("spacecraft id {} ({} frames)", seen.scid, seen.frames);
}

}  // namespace dl::process
