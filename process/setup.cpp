#include "process/setup.h"

#include <fmt/format.h>

#include "config/data_directory.h"
#include "config/spacecraft_profile.h"
#include "core/file.h"
#include "core/sha256.h"

namespace dl::process {
namespace {

// What the operator's settings say about the products, in one hash: two stations with the same settings have the same.
std::string configuration_hash(const CommonSettings& settings, const link::Profile& profile) {
  return sha256_hex(
      as_bytes(fmt::format("spacecraft={}\nprofile_sha256={}\nstation={}\ncalibration_profile={}\nknown_at={}\n"
                           "tle_age_flag_days={}\ntle_age_refuse_days={}\n",
                           profile.name, profile.sha256, settings.station, settings.calibration_profile,
                           settings.known_at ? format_utc(*settings.known_at) : "", settings.tle_age_flag_days,
                           settings.tle_age_refuse_days)));
}

}  // namespace

Result<std::filesystem::path> directory_or_default(const std::filesystem::path& given, config::DataDirectory kind) {
  if (!given.empty()) return given;
  return config::find_data_directory(kind);
}

Result<PassSetup> make_setup(const CommonSettings& settings, UtcTime started_at) {
  PassSetup setup;
  DL_TRY(const std::filesystem::path spacecraft,
         directory_or_default(settings.spacecraft_directory, config::DataDirectory::spacecraft));
  DL_TRY(setup.context.profile, config::load_spacecraft_profile(settings.spacecraft, {spacecraft}));
  DL_TRY(setup.context.tables.shipped, directory_or_default(settings.tables_directory, config::DataDirectory::tables));
  setup.context.tables.overlays = settings.overlays_directories;
  std::string tle_text;
  if (!settings.tle_file.empty()) {
    Result<std::string> text = read_text_file(settings.tle_file, 256U << 20);
    if (!text) return Failure(Error{ErrorKind::config, text.error().in("the file of element sets (--tle)").message});
    tle_text = std::move(*text);
  }
  setup.context.orbits = std::make_shared<calibrate::OrbitBook>(
      tle_text, setup.context.profile.norad_id,
      calibrate::OrbitAgeLimits{settings.tle_age_flag_days, settings.tle_age_refuse_days});
  setup.context.started_at = started_at;
  setup.context.calibration_profile = settings.calibration_profile;
  setup.context.known_at = settings.known_at;
  setup.scene.station = settings.station;
  setup.scene.program_version = DL_VERSION;
  setup.scene.link_profile = setup.context.profile.name;
  setup.scene.configuration_sha256 = configuration_hash(settings, setup.context.profile);
  setup.scene.compression_threads = settings.threads;
  return setup;
}

int exit_code_of(const Error& error) {
  switch (error.kind) {
    case ErrorKind::config:
    case ErrorKind::unsupported:
      return kExitConfig;
    case ErrorKind::cancelled:
      return kExitDone;
    default:
      return kExitIo;
  }
}

}  // namespace dl::process
