// The minor frame of NOAA HRPT: 11090 words of ten bits, of which the first six are the marker (NOAA KLM User's Guide,
// table 4.1.3-1). Words are counted from 0, as in the frame with its marker; the bytes are those behind the marker.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "core/bytes.h"

namespace dl::link {

inline constexpr std::size_t kHrptWords = 11090;
inline constexpr std::size_t kHrptMarkerWords = 6;
inline constexpr std::size_t kHrptWordBits = 10;
// Behind the marker: a whole number of bytes.
inline constexpr std::size_t kHrptFrameBytes = (kHrptWords - kHrptMarkerWords) * kHrptWordBits / 8;
inline constexpr std::size_t kHrptIdWord = 6;
inline constexpr std::size_t kHrptTimeWord = 8;
inline constexpr std::size_t kHrptTipWord = 103;
inline constexpr std::size_t kHrptTipFrames = 5;  // in one minor frame, back to back
inline constexpr std::size_t kTipFrameBytes = 104;

// Of a major frame of three: what its 520 words from kHrptTipWord on hold.
enum class HrptMinorFrameNumber : std::uint8_t {
  gac = 0,  // not sent by HRPT
  tip = 1,  // TIROS Information Processor: HIRS/3, SEM, DCS, housekeeping
  spare = 2,
  aip = 3,  // AMSU Information Processor: AMSU-A and AMSU-B or MHS
};

struct HrptHeader {
  HrptMinorFrameNumber number = HrptMinorFrameNumber::spare;
  std::uint8_t spacecraft_address = 0;  // four bits
  bool channel_3a = false;              // what AVHRR sends as its third channel; else 3B
  bool pseudo_noise = false;            // a test pattern in place of AVHRR
  std::uint16_t day_of_year = 0;        // from 1; there is no year
  std::uint32_t millisecond_of_day = 0;

  // 1 to 366, and less than a day.
  [[nodiscard]] bool has_possible_time() const;
};

// `frame` holds kHrptFrameBytes, as for all below.
HrptHeader parse_hrpt_header(ByteView frame);

// Word `index`, from kHrptMarkerWords to kHrptWords - 1.
[[nodiscard]] inline std::uint16_t hrpt_word(ByteView frame, std::size_t index) {
  // Words begin at even bits, so one lies within two bytes.
  const std::size_t bit = (index - kHrptMarkerWords) * kHrptWordBits;
  return static_cast<std::uint16_t>((read_u16(frame, bit / 8) >> (6 - bit % 8)) & 0x3FFU);
}

// Octet `index` of TIP or AIP minor frame `place`. Its word carries it in the eight highest bits, then the bit that
// makes these nine even (table 4.1.3-1). nullopt where they are odd. The tenth bit is not looked at: copies of the
// table do not agree whether it repeats or inverts the first.
std::optional<Byte> hrpt_tip_octet(ByteView frame, std::size_t place, std::size_t index);

}  // namespace dl::link
