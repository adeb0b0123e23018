#include "process/pass_verdict.h"

#include <algorithm>

#include <fmt/format.h>

namespace dl::process {
namespace {

// Below this a pass says nothing about the set-up: a few frames of noise, a connection that somebody tried.
constexpr std::uint64_t kTellingFrames = 8;
// A pass of which less than this share of the frames was of use is not a pass with losses but one that went wrong.
constexpr double kUsefulShare = 0.1;

constexpr const char* kWrongSpacecraftKind = "wrong_spacecraft";

// "spacecraft id 159 (1724 frames), 11 (3 frames)": what the frames say of themselves, most of them first.
std::string seen_spacecraft(const link::LinkReport& link) {
  constexpr std::size_t kMostNamed = 3;
  std::vector<link::ScidCount> rows = link.scids;
  std::stable_sort(rows.begin(), rows.end(),
                   [](const link::ScidCount& a, const link::ScidCount& b) { return a.frames > b.frames; });
  if (rows.size() > kMostNamed) rows.resize(kMostNamed);
  std::string text;
  for (const link::ScidCount& row : rows) {
    text += fmt::format("{}{} ({} frames of version {})", text.empty() ? "; seen: spacecraft id " : ", ", row.scid,
                        row.frames, row.version);
  }
  return text;
}

Verdict wrong_spacecraft(const PassReport& report, std::uint64_t foreign) {
  const link::Profile& profile = report.context->profile;
  return {
      kWrongSpacecraftKind,
      fmt::format("{} frames were found in {} bytes, but {} of them have not version {} and spacecraft id {} as the "
                  "link profile '{}' expects{}",
                  report.link.sync.units_out, report.input_bytes, foreign, profile.frame_version, profile.scid,
                  profile.name, seen_spacecraft(report.link)),
      "check the source's 'spacecraft', and whether the receiver derandomizes already; the recording is kept, so "
      "that 'downlink-process batch' can decode it with the right profile"};
}

Verdict uncorrectable(const PassReport& report, std::uint64_t used) {
  return {"frames_uncorrectable",
          fmt::format("{} frames were found in {} bytes, but only {} of them could be corrected and come in order",
                      report.link.sync.units_out, report.input_bytes, used),
          "check the signal, and randomizer, code, interleave and basis in the link profile; the recording is kept"};
}

// Of input that is packets already.
std::vector<Verdict> judge_packets(const PassReport& report) {
  const LossLedger packets = report.link.packets();
  const std::uint64_t used = packets.bytes_out + packets.dropped(DropReason::idle).bytes;
  if (static_cast<double>(used) >= kUsefulShare * static_cast<double>(report.input_bytes)) return {};
  return {
      {"no_frames",
       fmt::format("{} bytes were received as packets, but only {} of them belong to packets that follow one another",
                   report.input_bytes, used),
       "check the source's 'form', and that the peer sends packets without anything between them; the recording is "
       "kept"}};
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
  if (report.link.form == link::InputForm::packets) return judge_packets(report);
  const std::uint64_t found = report.link.sync.units_out;
  const std::uint64_t idle = report.link.headers.dropped(DropReason::idle).units;
  const std::uint64_t repeated = report.link.frames().dropped(DropReason::repeated_frame).units;
  const std::uint64_t used = report.link.frames().units_out + idle + repeated;
  if (used > 0 && static_cast<double>(used) >= kUsefulShare * static_cast<double>(found)) return {};
  if (report.input_bytes < kTellingFrames * report.context->profile.cadu_size_bytes) return {};
  const std::uint64_t foreign = report.link.headers.dropped(DropReason::frame_version).units +
                                report.link.headers.dropped(DropReason::frame_scid).units;
  if (foreign >= kTellingFrames) return {wrong_spacecraft(report, foreign)};
  if (found >= kTellingFrames) return {uncorrectable(report, used)};
  return {no_frames(report)};
}

}  // namespace dl::process
