#include "config/spacecraft_profile.h"

#include <algorithm>
#include <charconv>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "config/load.h"
#include "config/nearest_name.h"
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

// Primary header and M_PDU header (CCSDS 732.0-B 4.1.2, 4.1.4.2).
constexpr unsigned kFrameHeaderBytes = 6 + 2;
// The two highest values of the first header pointer have meanings of their own.
constexpr unsigned kMaxZoneBytes = 2046;
constexpr unsigned kCodewordBytes = 255;

template <class To, class From>
void set(To& member, const std::optional<From>& value) {
  if (value) member = static_cast<To>(*value);
}

bool is_hex_digit(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F') || (c >= 'a' && c <= 'f');
}

bool is_marker(std::string_view text) {
  return text.size() >= 4 && text.size() <= 16 && text.size() % 2 == 0 &&
         std::all_of(text.begin(), text.end(), is_hex_digit);
}

bool is_name(std::string_view text) {
  return matches(Form::name, text);
}

bool is_title(std::string_view text) {
  return !text.empty() && text.size() <= 200;
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// "2012-049A": year and number of the launch, the piece's letters.
bool is_cospar_id(std::string_view text) {
  return text.size() >= 9 && text.size() <= 11 && text[4] == '-' &&
         std::all_of(text.begin(), text.begin() + 4, is_digit) &&
         std::all_of(text.begin() + 5, text.begin() + 8, is_digit) &&
         std::all_of(text.begin() + 8, text.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
}

std::optional<std::int64_t> days_from_1970(std::string_view date) {
  if (date.size() != 10) return std::nullopt;
  const auto time = parse_utc(date);
  if (!time) return std::nullopt;
  return std::chrono::floor<std::chrono::days>(*time).time_since_epoch().count();
}

bool is_epoch(std::string_view text) {
  return days_from_1970(text).has_value();
}

void read_spacecraft(SpacecraftTable& top, Profile& profile) {
  set(profile.title, top.text("title", true, "a text", is_title));
  set(profile.platform, top.text("platform", true, form_text(Form::name), is_name));
  set(profile.norad_id, top.integer("norad_id", true, 1, 999'999'999));
  set(profile.cospar_id, top.text("cospar_id", true, "a COSPAR number such as \"2012-049A\"", is_cospar_id));
}

void read_marker(SpacecraftTable table, Profile& profile) {
  if (const auto hex = table.text("pattern", true, "4 to 16 hexadecimal digits, an even number of them", is_marker)) {
    std::from_chars(hex->data(), hex->data() + hex->size(), profile.marker, 16);
    profile.marker_bits = static_cast<unsigned>(4 * hex->size());
  }
  set(profile.marker_errors_search, table.integer("errors_search", false, 0, 16));
  set(profile.marker_errors_check, table.integer("errors_check", false, 0, 16));
  set(profile.marker_errors_lock, table.integer("errors_lock", false, 0, 16));
  set(profile.flywheel_frames, table.integer("flywheel_frames", false, 0, 100));
  table.finish();
}

void read_cadu(SpacecraftTable table, Profile& profile) {
  set(profile.cadu_size_bytes, table.integer("size_bytes", true, 16, 65536));
  set(profile.randomizer, table.word("randomizer", true, {"none", "ccsds_255"}));
  table.finish();
}

void read_reed_solomon(SpacecraftTable table, Profile& profile) {
  set(profile.code, table.word("code", true, {"none", "rs_255_223"}));
  const bool coded = profile.code != link::ReedSolomonCode::none;
  for (const std::string_view key : {"interleave", "basis", "virtual_fill_bytes"}) {
    if (!coded && table.has(key)) table.complain(key, "only with a code", "with code = \"none\"");
  }
  set(profile.interleave, table.integer("interleave", coded, 1, 8));
  set(profile.basis, table.word("basis", coded, {"dual", "conventional"}));
  set(profile.virtual_fill_bytes, table.integer("virtual_fill_bytes", false, 0, 222));
  table.finish();
}

void read_frame(SpacecraftTable table, Profile& profile) {
  set(profile.frame_version, table.integer("version", false, 0, 3));
  set(profile.scid, table.integer("scid", true, 0, 255));
  set(profile.insert_zone_bytes, table.integer("insert_zone_bytes", false, 0, 2000));
  set(profile.trailer_bytes, table.integer("trailer_bytes", false, 0, 2000));
  if (const auto vcids = table.integers("idle_vcids", false, 0, 63))
    profile.idle_vcids.assign(vcids->begin(), vcids->end());
  table.finish();
}

void read_packets(SpacecraftTable table, Profile& profile) {
  set(profile.sequence_count, table.word("sequence_count", false, {"per_apid", "across_apids"}));
  SpacecraftTable time = table.table("time", false);
  if (time.exists()) {
    link::PacketTime& packet_time = profile.packet_time.emplace();
    if (const auto epoch = time.text("epoch", true, "a date such as \"2000-01-01\"", is_epoch)) {
      packet_time.epoch_days_from_1970 = static_cast<std::int32_t>(*days_from_1970(*epoch));
    }
    set(packet_time.day_is_valid, time.boolean("day_is_valid"));
    set(packet_time.utc_offset_s, time.integer("utc_offset_s", false, -86400, 86400));
  }
  time.finish();
  table.finish();
}

void read_routes(SpacecraftTable& top, Profile& profile) {
  std::set<std::pair<std::int64_t, std::int64_t>> taken;
  for (SpacecraftTable& table : top.tables("route")) {
    link::Route& route = profile.routes.emplace_back();
    set(route.vcid, table.integer("vcid", true, 0, 63));
    const auto& idle = profile.idle_vcids;
    if (table.has("vcid") && std::find(idle.begin(), idle.end(), route.vcid) != idle.end()) {
      table.complain("vcid", "a virtual channel that is not one of frame.idle_vcids", std::to_string(route.vcid));
    }
    if (const auto apids = table.integers("apids", true, 0, 2046)) route.apids.assign(apids->begin(), apids->end());
    for (const std::uint16_t apid : route.apids) {
      if (taken.insert({route.vcid, apid}).second) continue;
      table.complain("apids", "each APID of a virtual channel in one route only", fmt::format("{} again", apid));
    }
    set(route.instrument, table.text("instrument", true, form_text(Form::name), is_name));
    table.finish();
  }
}

// What the keys must be to each other. Keys with a mistake of their own are left out.
void check_sizes(const Profile& profile, Findings& findings) {
  const auto ordered = [&](std::string_view key, unsigned value, std::string_view above, unsigned limit) {
    if (value <= limit) return;
    findings.add(fmt::format("marker.{}", key),
                 fmt::format("expected no more than marker.{} ({}), found {}", above, limit, value));
  };
  ordered("errors_search", profile.marker_errors_search, "errors_check", profile.marker_errors_check);
  ordered("errors_check", profile.marker_errors_check, "errors_lock", profile.marker_errors_lock);
  if (profile.marker_errors_lock > profile.marker_bits / 4) {
    findings.add("marker.errors_lock", fmt::format("expected no more than a quarter of the marker's {} bits, found {}",
                                                   profile.marker_bits, profile.marker_errors_lock));
  }
  if (findings.failed("cadu.size_bytes") || findings.failed("marker.pattern")) return;

  const unsigned marker_bytes = profile.marker_bits / 8;
  if (profile.code == link::ReedSolomonCode::rs_255_223) {
    const unsigned expected = marker_bytes + profile.interleave * (kCodewordBytes - profile.virtual_fill_bytes);
    if (profile.cadu_size_bytes != expected) {
      findings.add(
          "cadu.size_bytes",
          fmt::format("expected {}: {} of marker and {} codewords of {}, found {}", expected, marker_bytes,
                      profile.interleave, kCodewordBytes - profile.virtual_fill_bytes, profile.cadu_size_bytes));
      return;
    }
  }
  const unsigned frame = profile.frame_size_bytes();
  const unsigned taken = kFrameHeaderBytes + profile.insert_zone_bytes + profile.trailer_bytes;
  if (frame <= taken || frame - taken > kMaxZoneBytes) {
    findings.add("cadu.size_bytes",
                 fmt::format("expected a packet zone of 1 to {} bytes, found a frame of {} with {} of headers, insert "
                             "zone and trailer",
                             kMaxZoneBytes, frame, taken));
  }
}

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
  if (!is_name(name_or_path)) return unknown_name(name_or_path, search_directories);
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
  read_spacecraft(top, profile);
  read_marker(top.table("marker", true), profile);
  read_cadu(top.table("cadu", true), profile);
  read_reed_solomon(top.table("reed_solomon", true), profile);
  read_frame(top.table("frame", true), profile);
  read_packets(top.table("packets", false), profile);
  read_routes(top, profile);
  top.finish();
  check_sizes(profile, findings);
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
