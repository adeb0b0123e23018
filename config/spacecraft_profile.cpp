#include "config/spacecraft_profile.h"

#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "config/load.h"
#include "config/nearest_name.h"
#include "config/spacecraft_rules.h"
#include "config/spacecraft_sections.h"
#include "config/spacecraft_table.h"
#include "config/text_form.h"
#include "config/toml_tree.h"
#include "core/file.h"
#include "core/sha256.h"

namespace dl::config {
namespace {

namespace fs = std::filesystem;
using link::Profile;

constexpr std::uint64_t kFileSizeLimitBytes = 1U << 20;
constexpr std::string_view kEnding = ".toml";

std::string joined(const std::vector<ConfigError>& errors) {
  std::string text;
  for (const ConfigError& error : errors) text += (text.empty() ? "" : "\n") + error.text();
  return text;
}

Failure unknown_name(const std::string& name, const std::vector<fs::path>& directories) {
  const std::vector<std::string> names = list_spacecraft_profiles(directories);
  const std::vector<std::string_view> candidates(names.begin(), names.end());
  std::vector<std::string> places;
  for (const fs::path& directory : directories) places.push_back(fmt::format("'{}'", directory.native()));
  const std::string known = names.empty() ? "none" : fmt::format("{}", fmt::join(names, ", "));
  return fail(ErrorKind::config,
              fmt::format("looking for the link profile of a spacecraft in {}: expected one of {}, or a path that ends "
                          "in '.toml', found '{}'{}",
                          fmt::join(places, ", "), known, name, suggestion(name, candidates)));
}

Result<Profile> load_file(const fs::path& file) {
  const auto text = read_text_file(file, kFileSizeLimitBytes);
  if (!text) return fail(ErrorKind::config, text.error().in("reading a link profile").message);
  return parse_spacecraft_profile(*text, file);
}

}  // namespace

Result<Profile> load_spacecraft_profile(const std::string& name_or_path,
                                        const std::vector<fs::path>& search_directories) {
  if (name_or_path.ends_with(kEnding)) return load_file(name_or_path);
  // Only a name: never a way out of the folders.
  if (!matches(Form::name, name_or_path)) return unknown_name(name_or_path, search_directories);
  for (const fs::path& directory : search_directories) {
    const fs::path file = directory / (name_or_path + std::string(kEnding));
    std::error_code error;
    if (fs::exists(file, error)) return load_file(file);
  }
  return unknown_name(name_or_path, search_directories);
}

Result<Profile> parse_spacecraft_profile(std::string_view text, const fs::path& file) {
  const auto document = parse_toml(text);
  if (!document) {
    const ConfigError error{file.native(), document.error().position.line, document.error().position.column, "",
                            "expected TOML: " + document.error().message};
    return fail(ErrorKind::config, error.text());
  }
  Profile profile;
  profile.name = file.stem().native();
  profile.sha256 = sha256_hex(as_bytes(text));
  Findings findings(file.native());
  SpacecraftTable top(&*document, "", findings);
  read_profile(top, profile);
  check_profile(profile, findings);
  if (const auto errors = findings.take(); !errors.empty()) return fail(ErrorKind::config, joined(errors));
  return profile;
}

std::vector<std::string> list_spacecraft_profiles(const std::vector<fs::path>& search_directories) {
  std::set<std::string> names;
  for (const fs::path& directory : search_directories) {
    std::error_code error;
    for (fs::directory_iterator entry(directory, error), end; !error && entry != end; entry.increment(error)) {
      if (entry->path().extension() == kEnding) names.insert(entry->path().stem().native());
    }
  }
  return {names.begin(), names.end()};
}

}  // namespace dl::config
