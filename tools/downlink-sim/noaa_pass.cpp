#include "tools/downlink-sim/noaa_pass.h"

#include "decoders/avhrr3/hrpt_encoder.h"
#include "tools/downlink-sim/avhrr_scene.h"

namespace dl::sim {
namespace {

using link::HrptMinorFrameNumber;
using link::TipFrame;

constexpr std::uint64_t kMinorFramesPerMajorFrame = 3;
// KLM User's Guide 4.3.3: TIP counts its minor frames 0 to 319 (32 s), in nine bits of words 4 and 5.
constexpr std::uint64_t kTipCycle = 320;
constexpr Milliseconds kTipFramePeriod{100};
// A count in every octet that the instruments own, so that a test sees where it came from.
constexpr Byte kTipSynchronisation[] = {0xED, 0xE2};

TipFrame pattern(std::uint64_t number, std::uint8_t spacecraft) {
  TipFrame frame{};
  const std::uint64_t count = number % kTipCycle;
  frame[0] = kTipSynchronisation[0];
  frame[1] = kTipSynchronisation[1];
  frame[2] = spacecraft;
  frame[4] = static_cast<Byte>(count >> 8 & 1);
  frame[5] = static_cast<Byte>(count);
  for (std::size_t i = 6; i < frame.size(); ++i) frame[i] = static_cast<Byte>(i * 3 + number * 5);
  return frame;
}

// Alternating, so that a receiver would keep its clock.
void put_auxiliary_sync(link::HrptWords& frame) {
  constexpr std::size_t kFirst = 10990;
  for (std::size_t i = kFirst; i < link::kHrptWords; ++i) frame.set(i, i % 2 == 0 ? 0x155 : 0x2AA);
}

// Five frames of TIP in every first minor frame of three, five of AIP in every third.
void put_tip(std::uint64_t line, UtcTime start, TipSource& source, link::HrptWords& frame) {
  const std::uint64_t first = line / kMinorFramesPerMajorFrame * link::kHrptTipFrames;
  for (std::size_t place = 0; place < link::kHrptTipFrames; ++place) {
    const std::uint64_t number = first + place;
    const UtcTime time = start + number * kTipFramePeriod;
    const bool tip = line % kMinorFramesPerMajorFrame == 0;
    frame.set_tip(place, tip ? source.tip_frame(number, time) : source.aip_frame(number, time));
  }
}

}  // namespace

TipFrame PatternTipSource::tip_frame(std::uint64_t number, UtcTime /*time*/) {
  return pattern(number, spacecraft_);
}

Result<SimulatedPass> make_noaa_pass(const MetopPassOptions& options, link::HrptContainer container, TipSource& tip) {
  DL_TRY(const auto scene, AvhrrScene::create(options));
  SimulatedPass pass;
  link::HrptFileWriter writer(container);
  for (std::uint64_t line = 0; line < scene->lines(); ++line) {
    DL_TRY(const auto scan, scene->line(line));
    link::HrptWords frame;
    const auto number = static_cast<HrptMinorFrameNumber>(1 + line % kMinorFramesPerMajorFrame);
    decoders::avhrr3::put_line(scan, number, static_cast<std::uint8_t>(options.profile.scid), frame);
    if (number != HrptMinorFrameNumber::spare) {
      put_tip(line, options.start, tip, frame);
      pass.packets += link::kHrptTipFrames;
    }
    put_auxiliary_sync(frame);
    writer.add(frame, pass.cadus);
    ++pass.packets;
  }
  writer.finish(pass.cadus);
  pass.lines = scene->lines();
  pass.frames = pass.lines;
  return pass;
}

}  // namespace dl::sim
