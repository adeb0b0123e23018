#include "process/pass_verdict.h"

#include <fmt/format.h>

namespace dl::process {
namespace {

// Below this a pass says nothing about the set-up: a few frames of noise, a connection that somebody tried.
constexpr std::uint64_t kTellingFrames = 8;

}  // namespace

std::vector<Verdict> judge(const PassReport& report) {
  const link::Profile& profile = report.context->profile;
  const std::uint64_t used = report.link.frames().units_out;
  const std::uint64_t found = report.link.sync.units_out;
  if (report.input_bytes == 0 || used > 0) return {};
  const std::uint64_t telling_bytes = kTellingFrames * profile.cadu_size_bytes;
  if (report.input_bytes < telling_bytes) return {};
  const auto dropped = [](const LossLedger& ledger, DropReason reason) { return ledger.dropped(reason).units; };
  const std::uint64_t foreign =
      dropped(report.link.aos, DropReason::frame_version) + dropped(report.link.aos, DropReason::frame_scid);
  if (foreign >= kTellingFrames) {
    return {
        {"wrong_spacecraft",
         fmt::format("{} frames were found in {} bytes, but none has version {} and spacecraft id {} as the link "
                     "profile '{}' expects",
                     found, report.input_bytes, profile.frame_version, profile.scid, profile.name),
         "check the source's 'spacecraft', and whether the receiver derandomizes already; the recording is kept, so "
         "that 'downlink-process batch' can decode it with the right profile"}};
  }
  if (found >= kTellingFrames) {
    return {
        {"frames_uncorrectable",
         fmt::format("{} frames were found in {} bytes, but Reed-Solomon could correct none of them", found,
                     report.input_bytes),
         "check the signal, and randomizer, code, interleave and basis in the link profile; the recording is kept"}};
  }
  return {
      {"no_frames",
       fmt::format("{} bytes were received, but no frame of the link profile '{}' is in them", report.input_bytes,
                   profile.name),
       "check that the receiver was locked, that the peer is the receiver, and the marker and frame length in the link "
       "profile; the recording is kept"}};
}

}  // namespace dl::process
