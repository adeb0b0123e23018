#include "process/pass_verdict.h"

#include <fmt/format.h>

namespace dl::process {
namespace {

// Below this a pass says nothing about the set-up: a few frames of noise, a connection that somebody tried.
constexpr std::uint64_t kTellingFrames = 8;
// A pass of which less than this share of the frames was of use is not a pass with losses but one that went wrong.
constexpr double kUsefulShare = 0.1;

constexpr const char* kWrongSpacecraftKind = "wrong_spacecraft";

Verdict wrong_spacecraft(const PassReport& report, std::uint64_t foreign) {
  const link::Profile& profile = report.context->profile;
  return {
      kWrongSpacecraftKind,
      fmt::format("{} frames were found in {} bytes, but {} of them have not version {} and spacecraft id {} as the "
                  "link profile '{}' expects",
                  report.link.sync.units_out, report.input_bytes, foreign, profile.frame_version, profile.scid,
                  profile.name),
      "check the source's 'spacecraft', and whether the receiver derandomizes already; the recording is kept, so "
      "that 'downlink-process batch' can decode it with the right profile"};
}

Verdict uncorrectable(const PassReport& report, std::uint64_t used) {
  return {"frames_uncorrectable",
          fmt::format("{} frames were found in {} bytes, but only {} of them could be corrected and come in order",
                      report.link.sync.units_out, report.input_bytes, used),
          "check the signal, and randomizer, code, interleave and basis in the link profile; the recording is kept"};
}

Verdict no_frames(const PassReport& report) {
  return {"no_frames",
          fmt::format("{} bytes were received, but no frame of the link profile '{}' is in them", report.input_bytes,
                      report.context->profile.name),
          "check that the receiver was locked, that the peer is the receiver, and the marker and frame length in the "
          "link profile; the recording is kept"};
}

}  // namespace

std::vector<Verdict> judge(const PassReport& report) {
  const std::uint64_t found = report.link.sync.units_out;
  const std::uint64_t idle = report.link.headers.dropped(DropReason::idle).units;
  const std::uint64_t repeated = report.link.frames().dropped(DropReason::repeated_frame).units;
  const std::uint64_t used = report.link.frames().units_out + idle + repeated;
  if (used > 0 && static_cast<double>(used) >= kUsefulShare * static_cast<double>(found)) return {};
  if (report.input_bytes < kTellingFrames * report.context->profile.cadu_size_bytes) return {};
  const std::uint64_t foreign =
      report.link.headers.dropped(DropReason::frame_version).units + report.link.headers.dropped(DropReason::frame_scid).units;
  if (foreign >= kTellingFrames) return {wrong_spacecraft(report, foreign)};
  if (found >= kTellingFrames) return {uncorrectable(report, used)};
  return {no_frames(report)};
}

}  // namespace dl::process
