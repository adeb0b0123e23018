#include "config/spacecraft_sections.h"

#include <algorithm>
#include <charconv>
#include <set>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "config/text_form.h"
#include "core/time.h"

namespace dl::config {
namespace {

using link::FrameKind;
using link::InputForm;
using link::Profile;

constexpr std::uint8_t kVersions[] = {1, 0, 12, 0};  // by FrameKind
constexpr std::int64_t kMaxScids[] = {0xFF, 0x3FF, 0xFFFF, 0xFFFF};
constexpr std::int64_t kMaxHrptAddress = 15;
constexpr std::int64_t kMaxExtendedScid = 0x3FF;
constexpr std::int64_t kMaxVcid = 63;
constexpr std::int64_t kMaxTmVcid = 7;
constexpr std::int64_t kMaxUnitBytes = 65536;

template <class To, class From>
void set(To& member, const std::optional<From>& value) {
  if (value) member = static_cast<To>(*value);
}

bool is_hex_digit(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F') || (c >= 'a' && c <= 'f');
}

bool is_marker(std::string_view text) {
  return text.size() >= 4 && text.size() <= 16 && std::all_of(text.begin(), text.end(), is_hex_digit);
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

std::int64_t max_vcid(const Profile& profile) {
  if (profile.has_minor_frames()) return 0;
  return profile.frame_kind == FrameKind::tm ? kMaxTmVcid : kMaxVcid;
}

void read_spacecraft(SpacecraftTable& top, Profile& profile) {
  set(profile.title, top.text("title", true, "a text", is_title));
  set(profile.platform, top.text("platform", true, form_text(Form::name), is_name));
  set(profile.norad_id, top.integer("norad_id", false, 1, 999'999'999));
  set(profile.cospar_id, top.text("cospar_id", false, "a COSPAR number such as \"2012-049A\"", is_cospar_id));
  set(profile.form, top.word("form", false, {"bits", "codeblocks", "frames", "packets", "soft-symbols"}));
}

void read_marker(SpacecraftTable table, Profile& profile) {
  if (const auto hex = table.text("pattern", true, "4 to 16 hexadecimal digits", is_marker)) {
    std::from_chars(hex->data(), hex->data() + hex->size(), profile.marker, 16);
    profile.marker_bits = static_cast<unsigned>(4 * hex->size());
  }
  if (const auto bits = table.integer("bits", false, 16, 64)) {
    const auto digits_bits = static_cast<std::int64_t>(profile.marker_bits);
    if (*bits > digits_bits || *bits + 4 <= digits_bits || (*bits < 64 && profile.marker >> *bits != 0)) {
      table.complain("bits", "the bits of marker.pattern, whose first digit may have up to three leading zeros less",
                     std::to_string(*bits));
    } else {
      profile.marker_bits = static_cast<unsigned>(*bits);
    }
  }
  set(profile.marker_errors_search, table.integer("errors_search", false, 0, 16));
  set(profile.marker_errors_check, table.integer("errors_check", false, 0, 16));
  set(profile.marker_errors_lock, table.integer("errors_lock", false, 0, 16));
  set(profile.slip_bits, table.integer("slip_bits", false, 0, 2));
  set(profile.flywheel_frames, table.integer("flywheel_frames", false, 0, 100));
  table.finish();
}

void read_cadu(SpacecraftTable table, Profile& profile) {
  const bool in_bits = table.has("size_bits");
  set(profile.cadu_size_bytes, table.integer("size_bytes", !in_bits, 16, kMaxUnitBytes));
  set(profile.cadu_size_bits, table.integer("size_bits", false, 128, 8 * kMaxUnitBytes));
  if (in_bits && table.has("size_bytes")) {
    table.complain("size_bits", "one of cadu.size_bytes and cadu.size_bits", "both");
  }
  if (in_bits) profile.cadu_size_bytes = (profile.cadu_size_bits + 7) / 8;
  set(profile.randomizer, table.word("randomizer", true, {"none", "ccsds_255", "ccsds_131071"}));
  const bool randomized = profile.randomizer != link::Randomizer::none;
  for (const std::string_view key : {"randomizer_place", "randomizer_offset_bytes"}) {
    if (!randomized && table.has(key)) table.complain(key, "only with a randomizer", "with randomizer = \"none\"");
  }
  set(profile.randomizer_place, table.word("randomizer_place", false, {"outside_code", "inside_code"}));
  set(profile.randomizer_offset_bytes, table.integer("randomizer_offset_bytes", false, 0, 2000));
  table.finish();
}

void read_reed_solomon(SpacecraftTable table, Profile& profile) {
  set(profile.code, table.word("code", true, {"none", "rs_255_223", "rs_255_239"}));
  const bool coded = profile.code != link::ReedSolomonCode::none;
  for (const std::string_view key : {"use", "interleave", "basis", "virtual_fill_bytes"}) {
    if (!coded && table.has(key)) table.complain(key, "only with a code", "with code = \"none\"");
  }
  set(profile.code_use, table.word("use", false, {"correct", "detect"}));
  set(profile.interleave, table.integer("interleave", coded, 1, 8));
  set(profile.basis, table.word("basis", coded, {"dual", "conventional"}));
  const bool short_code = profile.code == link::ReedSolomonCode::rs_255_239;
  set(profile.virtual_fill_bytes, table.integer("virtual_fill_bytes", false, 0, short_code ? 238 : 222));
  table.finish();
}

void read_soft(SpacecraftTable table, Profile& profile) {
  if (!table.exists()) return;
  link::SoftCoding& soft = profile.soft.emplace();
  set(soft.modulation, table.word("modulation", true, {"bpsk", "qpsk", "oqpsk"}));
  set(soft.rate, table.word("rate", true, {"none", "1/2", "2/3", "3/4", "5/6", "7/8"}));
  set(soft.second_output_inverted, table.boolean("second_output_inverted"));
  set(soft.interleaver, table.word("interleaver", false, {"none", "lrpt_80k"}));
  set(soft.differential, table.boolean("differential"));
  table.finish();
}

// Keys of the header, which minor frames do not have.
void read_frame_header(SpacecraftTable& table, Profile& profile) {
  const auto kind = static_cast<std::size_t>(profile.frame_kind);
  const bool aos = profile.frame_kind == FrameKind::aos;
  for (const std::string_view key : {"extended_scid", "header_error_control"}) {
    if (!aos && table.has(key)) table.complain(key, "only with kind = \"aos\"", "with another kind");
  }
  profile.frame_version = kVersions[kind];
  set(profile.frame_version, table.integer("version", false, 0, 15));
  set(profile.extended_scid, table.boolean("extended_scid"));
  set(profile.scid, table.integer("scid", true, 0, profile.extended_scid ? kMaxExtendedScid : kMaxScids[kind]));
  set(profile.header_error_control, table.boolean("header_error_control"));
  set(profile.operational_control, table.boolean("operational_control"));
  profile.idle_vcids = {static_cast<std::uint8_t>(kMaxVcid)};
  if (profile.frame_kind == FrameKind::tm) profile.idle_vcids.clear();
  if (const auto vcids = table.integers("idle_vcids", false, 0, max_vcid(profile)))
    profile.idle_vcids.assign(vcids->begin(), vcids->end());
}

// Without [cadu] the frame says its own size.
void read_frame(SpacecraftTable table, Profile& profile, bool has_size) {
  set(profile.frame_kind, table.word("kind", false, {"aos", "tm", "uslp", "minor_frame", "hrpt"}));
  if (has_size) {
    set(profile.cadu_size_bytes, table.integer("size_bytes", true, 8, kMaxUnitBytes));
  } else if (table.has("size_bytes")) {
    table.complain("size_bytes", "only with form = \"frames\", where no cadu.size_bytes tells it", "with another form");
    table.integer("size_bytes", false, 0, kMaxUnitBytes);
  }
  if (profile.has_minor_frames()) {
    profile.idle_vcids.clear();
    profile.frame_version = 0;
    if (profile.frame_kind == FrameKind::hrpt) {
      profile.scid_known = table.has("scid");
      set(profile.scid, table.integer("scid", false, 0, kMaxHrptAddress));
    }
  } else {
    read_frame_header(table, profile);
  }
  set(profile.insert_zone_bytes, table.integer("insert_zone_bytes", false, 0, 2000));
  if (profile.frame_kind == FrameKind::tm && profile.insert_zone_bytes != 0) {
    table.complain("insert_zone_bytes", "0 with kind = \"tm\"", std::to_string(profile.insert_zone_bytes));
  }
  set(profile.trailer_bytes, table.integer("trailer_bytes", false, 0, 2000));
  set(profile.frame_error_control, table.boolean("frame_error_control"));
  table.finish();
}

bool is_idle(const Profile& profile, std::uint8_t vcid) {
  const auto& idle = profile.idle_vcids;
  return std::find(idle.begin(), idle.end(), vcid) != idle.end();
}

void complain_if_idle(SpacecraftTable& table, const Profile& profile, std::uint8_t vcid) {
  if (!table.has("vcid") || !is_idle(profile, vcid)) return;
  table.complain("vcid", "a virtual channel that is not one of frame.idle_vcids", std::to_string(vcid));
}

void read_virtual_channels(SpacecraftTable& top, Profile& profile) {
  std::set<std::uint8_t> taken;
  for (SpacecraftTable& table : top.tables("virtual_channel")) {
    Profile::ChannelService& row = profile.services.emplace_back();
    set(row.vcid, table.integer("vcid", true, 0, max_vcid(profile)));
    complain_if_idle(table, profile, row.vcid);
    if (!taken.insert(row.vcid).second) {
      table.complain("vcid", "each virtual channel once", fmt::format("{} again", row.vcid));
    }
    set(row.service, table.word("service", true, {"packets", "bitstream", "access"}));
    if (row.service == link::VirtualChannelService::bitstream && profile.frame_kind != FrameKind::aos) {
      table.complain("service", "\"bitstream\" only with frame.kind = \"aos\"", "it with another kind");
    }
    table.finish();
  }
}

void read_cuc(SpacecraftTable& time, link::PacketTime& packet_time) {
  set(packet_time.cuc_coarse_bytes, time.integer("coarse_bytes", false, 1, 7));
  set(packet_time.cuc_fine_bytes, time.integer("fine_bytes", false, 0, 10));
  set(packet_time.cuc_counts_leap_seconds, time.boolean("counts_leap_seconds"));
}

void read_cds(SpacecraftTable& time, link::PacketTime& packet_time) {
  set(packet_time.day_is_valid, time.boolean("day_is_valid"));
  set(packet_time.cds_day_bytes, time.integer("day_bytes", false, 2, 3));
  const auto fine = time.integer("submillisecond_bytes", false, 0, 4);
  if (fine && *fine != 0 && *fine != 2 && *fine != 4) {
    time.complain("submillisecond_bytes", "0, 2 or 4", std::to_string(*fine));
  }
  set(packet_time.cds_submillisecond_bytes, fine);
}

void read_time(SpacecraftTable time, Profile& profile) {
  if (!time.exists()) return;
  link::PacketTime& packet_time = profile.packet_time.emplace();
  set(packet_time.code, time.word("code", false, {"cds", "cuc"}));
  if (const auto epoch = time.text("epoch", true, "a date such as \"2000-01-01\"", is_epoch)) {
    packet_time.epoch_days_from_1970 = static_cast<std::int32_t>(*days_from_1970(*epoch));
  }
  set(packet_time.utc_offset_s, time.integer("utc_offset_s", false, -86400, 86400));
  if (packet_time.code == link::TimeCode::cuc) {
    read_cuc(time, packet_time);
  } else {
    read_cds(time, packet_time);
  }
  time.finish();
}

void read_packets(SpacecraftTable table, Profile& profile) {
  set(profile.encapsulation_packets, table.boolean("encapsulation"));
  set(profile.sequence_count, table.word("sequence_count", false, {"per_apid", "across_apids"}));
  read_time(table.table("time", false), profile);
  table.finish();
}

void read_checksums(SpacecraftTable& top, Profile& profile) {
  std::set<std::int64_t> taken;
  bool for_all = false;
  for (SpacecraftTable& table : top.tables("checksum")) {
    link::ChecksumRule& rule = profile.checksums.emplace_back();
    if (const auto apids = table.integers("apids", false, 0, 2046)) {
      rule.apids.assign(apids->begin(), apids->end());
      if (apids->empty()) table.complain("apids", "an APID, or no key for all APIDs", "an empty list");
    }
    if (!table.has("apids") && std::exchange(for_all, true)) {
      table.complain("apids", "one checksum for all APIDs only", "another one without this key");
    }
    for (const std::uint16_t apid : rule.apids) {
      if (taken.insert(apid).second) continue;
      table.complain("apids", "each APID in one checksum only", fmt::format("{} again", apid));
    }
    const auto kind = table.word("kind", true, {"none", "crc_16", "crc_16_data", "xor_16", "xor_8"});
    set(rule.checksum, kind);
    table.finish();
  }
}

void read_routes(SpacecraftTable& top, Profile& profile) {
  std::set<std::tuple<std::uint8_t, std::uint16_t, std::string>> taken;
  for (SpacecraftTable& table : top.tables("route")) {
    link::Route& route = profile.routes.emplace_back();
    set(route.vcid, table.integer("vcid", true, 0, max_vcid(profile)));
    complain_if_idle(table, profile, route.vcid);
    if (const auto apids = table.integers("apids", true, 0, 2046)) route.apids.assign(apids->begin(), apids->end());
    set(route.instrument, table.text("instrument", true, form_text(Form::name), is_name));
    for (const std::uint16_t apid : route.apids) {
      if (taken.insert({route.vcid, apid, route.instrument}).second) continue;
      table.complain("apids", "each APID of a virtual channel in one route to an instrument only",
                     fmt::format("{} again", apid));
    }
    table.finish();
  }
}

void refuse(SpacecraftTable& top, std::string_view name, std::string_view reason) {
  const SpacecraftTable table = top.table(name, false);
  if (table.exists()) top.complain(name, fmt::format("no such table {}", reason), "one");
}

// What the station has taken off is not described: the form says where the description begins.
void read_framing(SpacecraftTable& top, Profile& profile) {
  const bool marked = profile.form == InputForm::bits || profile.form == InputForm::soft_symbols;
  const bool coded = marked || profile.form == InputForm::codeblocks;
  if (!marked) {
    profile.marker = 0;
    profile.marker_bits = 0;
    refuse(top, "marker", "where the form has no markers");
  } else {
    read_marker(top.table("marker", true), profile);
  }
  if (!coded) {
    profile.randomizer = link::Randomizer::none;
    profile.code = link::ReedSolomonCode::none;
    refuse(top, "cadu", "where the form is decoded already");
    refuse(top, "reed_solomon", "where the form is decoded already");
  } else {
    read_cadu(top.table("cadu", true), profile);
    read_reed_solomon(top.table("reed_solomon", true), profile);
  }
  if (profile.form == InputForm::packets) {
    refuse(top, "frame", "where the form has no frames");
    profile.idle_vcids.clear();
  } else {
    read_frame(top.table("frame", true), profile, !coded);
  }
}

}  // namespace

void read_profile(SpacecraftTable& top, Profile& profile) {
  read_spacecraft(top, profile);
  read_framing(top, profile);
  read_soft(top.table("soft", profile.form == InputForm::soft_symbols), profile);
  read_virtual_channels(top, profile);
  read_packets(top.table("packets", false), profile);
  read_checksums(top, profile);
  read_routes(top, profile);
  top.finish();
}

}  // namespace dl::config
