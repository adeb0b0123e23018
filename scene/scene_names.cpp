#include "scene/scene_names.h"

#include <algorithm>
#include <chrono>

#include <fmt/format.h>

namespace dl::scene {

namespace {

// std::tolower follows the locale; object names must not.
char lower(char character) {
  return character >= 'A' && character <= 'Z' ? static_cast<char>(character - 'A' + 'a') : character;
}

bool allowed(char character) {
  const char small = lower(character);
  return (small >= 'a' && small <= 'z') || (character >= '0' && character <= '9') || character == '-' ||
         character == '.';
}

}  // namespace

std::string scene_id(const SceneIdentity& identity) {
  return fmt::format("{}_{}_{}", identity.platform, identity.instrument, format_utc_compact(identity.start));
}

std::string object_prefix(const SceneIdentity& identity) {
  const std::chrono::year_month_day date(std::chrono::floor<std::chrono::days>(identity.start));
  return fmt::format("{}/{}/{:04}/{:02}/{:02}/{}", identity.platform, identity.instrument,
                     static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                     static_cast<unsigned>(date.day()), scene_id(identity));
}

std::string band_asset_key(std::string_view band_name) {
  std::string key = "band-";
  std::transform(band_name.begin(), band_name.end(), std::back_inserter(key), lower);
  return key;
}

std::string band_file_name(std::string_view band_name) {
  return band_asset_key(band_name) + ".tif";
}

Result<void> check_name(std::string_view what, std::string_view name) {
  if (!name.empty() && name.front() != '.' && std::all_of(name.begin(), name.end(), allowed)) return {};
  return fail(
      ErrorKind::permanent,
      fmt::format("the {} '{}' cannot stand in a file name: expected letters, digits, '-' and '.'", what, name));
}

}  // namespace dl::scene
