#include "config/spacecraft_rules.h"

#include <string_view>

#include <fmt/format.h>

#include "link/frames/hrpt_frame.h"

namespace dl::config {
namespace {

using link::FrameKind;
using link::InputForm;
using link::Profile;
using link::ReedSolomonCode;

// The two highest values of a first header pointer of 11 bits have meanings of their own (CCSDS 732.0-B 4.1.4.2.2,
// 132.0-B 4.1.2.7.3), and of one of 16 bits the highest (732.1-B 4.1.4.2.4).
constexpr unsigned kMaxZoneBytes = 2046;
constexpr unsigned kMaxUslpZoneBytes = 65534;
constexpr unsigned kMaxMinorFrameBytes = 65536;
constexpr unsigned kCodewordBytes = 255;

void check_marker(const Profile& profile, Findings& findings) {
  if (profile.marker_bits == 0) return;
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
}

// Of the primary header and the header of the packet zone.
unsigned header_bytes(const Profile& profile) {
  switch (profile.frame_kind) {
    case FrameKind::tm:
      return 6;
    case FrameKind::uslp:
      return 7 + 3;
    case FrameKind::minor_frame:
    case FrameKind::hrpt:
      return 0;
    case FrameKind::aos:
      break;
  }
  return 6 + (profile.header_error_control ? 2U : 0U) + 2;
}

unsigned max_zone_bytes(const Profile& profile) {
  if (profile.has_minor_frames()) return kMaxMinorFrameBytes;
  return profile.frame_kind == FrameKind::uslp ? kMaxUslpZoneBytes : kMaxZoneBytes;
}

bool check_codewords(const Profile& profile, Findings& findings) {
  if (profile.code == ReedSolomonCode::none) return true;
  const unsigned codewords = profile.interleave * (kCodewordBytes - profile.virtual_fill_bytes);
  if (profile.cadu_bits() == profile.marker_bits + 8 * codewords) return true;
  const std::string expected =
      fmt::format("{} and {} codewords of {}",
                  profile.marker_bits % 8 == 0 ? fmt::format("{} of marker", profile.marker_bits / 8)
                                               : fmt::format("{} bits of marker", profile.marker_bits),
                  profile.interleave, kCodewordBytes - profile.virtual_fill_bytes);
  if (profile.cadu_size_bits != 0 || profile.marker_bits % 8 != 0) {
    findings.add("cadu.size_bits", fmt::format("expected {}: {}, found {}", profile.marker_bits + 8 * codewords,
                                               expected, profile.cadu_bits()));
  } else {
    findings.add("cadu.size_bytes", fmt::format("expected {}: {}, found {}", profile.marker_bits / 8 + codewords,
                                                expected, profile.cadu_size_bytes));
  }
  return false;
}

void check_zone(const Profile& profile, Findings& findings) {
  const char* key = profile.form == InputForm::frames ? "frame.size_bytes"
                    : profile.cadu_size_bits != 0     ? "cadu.size_bits"
                                                      : "cadu.size_bytes";
  const unsigned frame = profile.frame_size_bytes();
  const unsigned taken = header_bytes(profile) + profile.insert_zone_bytes + profile.trailer_bytes +
                         (profile.operational_control ? 4 : 0) + (profile.frame_error_control ? 2 : 0);
  const unsigned most = max_zone_bytes(profile);
  if (profile.frame_kind == FrameKind::hrpt && (frame != link::kHrptFrameBytes || taken != 0)) {
    findings.add(key, fmt::format("expected {} bytes behind the marker with kind = \"hrpt\" and nothing else in the "
                                  "frame, found {} with {} of insert zone and trailers",
                                  link::kHrptFrameBytes, frame, taken));
  }
  if (frame <= taken || frame - taken > most) {
    findings.add(key, fmt::format("expected a packet zone of 1 to {} bytes, found a frame of {} with {} of headers, "
                                  "insert zone and trailers",
                                  most, frame, taken));
  }
  if (profile.randomizer_offset_bytes >= frame) {
    findings.add("cadu.randomizer_offset_bytes", fmt::format("expected less than the {} bytes of the frame, found {}",
                                                             frame, profile.randomizer_offset_bytes));
  }
}

}  // namespace

void check_profile(const Profile& profile, Findings& findings) {
  if (profile.form == InputForm::packets) return;
  check_marker(profile, findings);
  for (const char* key : {"cadu", "cadu.size_bytes", "cadu.size_bits", "marker", "marker.pattern", "marker.bits",
                          "frame", "frame.size_bytes"}) {
    if (findings.failed(key)) return;
  }
  if (profile.cadu_bits() <= profile.marker_bits) {
    findings.add("cadu.size_bits", fmt::format("expected more than the marker's {} bits, found {}", profile.marker_bits,
                                               profile.cadu_bits()));
    return;
  }
  if (check_codewords(profile, findings)) check_zone(profile, findings);
}

}  // namespace dl::config
