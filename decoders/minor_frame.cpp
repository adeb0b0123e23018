#include "decoders/minor_frame.h"

#include "link/packets/tip_splitter.h"

namespace dl::decoders {
namespace {

// Two of HRPT's minor frames of 1/6 s; its time code is in whole milliseconds.
constexpr Milliseconds kAipDelay{333};

}  // namespace

UtcTime minor_frame_time(const link::Packet& packet, UtcTime reference) {
  const link::TipPacket tip = link::read_tip_packet(packet.bytes);
  const std::chrono::year_month_day date(std::chrono::floor<std::chrono::days>(reference));
  const Milliseconds of_day = Milliseconds(tip.millisecond_of_day) + tip.place * kMinorFramePeriod -
                              (packet.apid == link::kAipApid ? kAipDelay : Milliseconds(0));
  UtcTime nearest{};
  for (const int step : {-1, 0, 1}) {
    const std::chrono::sys_days new_year{(date.year() + std::chrono::years(step)) / 1 / 1};
    const UtcTime time = new_year + std::chrono::days(tip.day_of_year - 1) + of_day;
    if (step == -1 || std::chrono::abs(time - reference) < std::chrono::abs(nearest - reference)) nearest = time;
  }
  return nearest;
}

std::uint16_t minor_frame_counter(const link::Packet& packet) {
  const ByteView frame = link::read_tip_packet(packet.bytes).frame;
  if (packet.apid == link::kAipApid) return frame[kAipCounterOctet];
  return read_u16(frame, kTipCounterOctet) & 0x1FF;
}

std::uint16_t minor_frames_in_major_frame(std::uint16_t apid) {
  return apid == link::kAipApid ? kAipFrames : kTipFrames;
}

}  // namespace dl::decoders
