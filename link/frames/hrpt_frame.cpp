#include "link/frames/hrpt_frame.h"

#include <bit>
#include <cassert>

namespace dl::link {
namespace {

constexpr std::uint16_t kMaxDayOfYear = 366;
constexpr std::uint32_t kMillisecondsPerDay = 86'400'000;

}  // namespace

bool HrptHeader::has_possible_time() const {
  return day_of_year >= 1 && day_of_year <= kMaxDayOfYear && millisecond_of_day < kMillisecondsPerDay;
}

// ID, from its highest bit: AVHRR synchronised, minor frame number (2), spacecraft address (4), resynchronised, pseudo
// noise, channel 3 (1: 3A). Time code: day of the year (9), a spare bit, then 3 spare bits and 27 of the millisecond.
HrptHeader parse_hrpt_header(ByteView frame) {
  assert(frame.size() == kHrptFrameBytes);
  const std::uint16_t id = hrpt_word(frame, kHrptIdWord);
  HrptHeader header;
  header.number = static_cast<HrptMinorFrameNumber>((id >> 7) & 3U);
  header.spacecraft_address = static_cast<std::uint8_t>((id >> 3) & 15U);
  header.pseudo_noise = (id & 2U) != 0;
  header.channel_3a = (id & 1U) != 0;
  header.day_of_year = static_cast<std::uint16_t>(hrpt_word(frame, kHrptTimeWord) >> 1);
  header.millisecond_of_day = (hrpt_word(frame, kHrptTimeWord + 1) & 0x7FU) << 20 |
                              std::uint32_t{hrpt_word(frame, kHrptTimeWord + 2)} << 10 |
                              hrpt_word(frame, kHrptTimeWord + 3);
  return header;
}

std::optional<Byte> hrpt_tip_octet(ByteView frame, std::size_t place, std::size_t index) {
  assert(frame.size() == kHrptFrameBytes && place < kHrptTipFrames && index < kTipFrameBytes);
  const unsigned word = hrpt_word(frame, kHrptTipWord + place * kTipFrameBytes + index);
  if (std::popcount(word >> 1) % 2 != 0) return std::nullopt;
  return static_cast<Byte>(word >> 2);
}

}  // namespace dl::link
