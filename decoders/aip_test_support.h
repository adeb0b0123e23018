// AIP minor frames as the link layer hands them over.
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "decoders/aip_encoder.h"
#include "decoders/sounder_test_support.h"
#include "link/packets/tip_splitter.h"

namespace dl::decoders::testing {

// Minor frame `number` of a pass whose first was made at `start`: five go with the third of three HRPT minor frames.
inline Bytes aip_packet_bytes(const AipMajorFrame& frame, std::size_t number, UtcTime start) {
  const std::size_t place = number % link::kHrptTipFrames;
  const auto half_seconds = static_cast<std::int64_t>(number / link::kHrptTipFrames);
  link::HrptHeader header;
  link::set_time(header, start + Milliseconds(500) * half_seconds + Microseconds(333'333));
  Bytes bytes = {15, static_cast<Byte>(place)};
  append_u16(bytes, header.day_of_year);
  append_u32(bytes, header.millisecond_of_day);
  const link::TipFrame& minor = frame[number % kAipFrames];
  bytes.insert(bytes.end(), minor.begin(), minor.end());
  return bytes;
}

inline link::Packet aip_packet(ByteView bytes) {
  link::Packet packet;
  packet.kind = link::PacketKind::tip_frame;
  packet.apid = link::kAipApid;
  packet.bytes = bytes;
  return packet;
}

// All of what `decoder` makes of major frames, the first of which was made at `start`.
inline std::vector<calibrate::CalibratedGranule> granules_of_aip(InstrumentDecoder& decoder,
                                                                 const std::vector<AipMajorFrame>& frames,
                                                                 UtcTime start) {
  CollectingSink sink;
  for (std::size_t number = 0; number < frames.size() * kAipFrames; ++number) {
    const Bytes bytes = aip_packet_bytes(frames[number / kAipFrames], number, start);
    EXPECT_EQ(decoder.push(aip_packet(bytes), sink).value(), Accepted::yes);
  }
  EXPECT_TRUE(decoder.flush(sink));
  EXPECT_TRUE(decoder.losses().balanced());
  return std::move(sink.granules);
}

// Bands, quality, flags, and times to the millisecond that AIP's have.
inline void expect_same_values(const std::vector<calibrate::CalibratedGranule>& a,
                               const std::vector<calibrate::CalibratedGranule>& b) {
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    ASSERT_EQ(a[i].bands.size(), b[i].bands.size());
    ASSERT_EQ(a[i].lines.size(), b[i].lines.size());
    for (std::size_t band = 0; band < a[i].bands.size(); ++band) {
      EXPECT_EQ(a[i].bands[band].values, b[i].bands[band].values) << "band " << band;
      EXPECT_EQ(a[i].bands[band].uncalibrated_reason, b[i].bands[band].uncalibrated_reason);
    }
    EXPECT_EQ(a[i].quality, b[i].quality);
    for (std::size_t line = 0; line < a[i].lines.size(); ++line) {
      EXPECT_EQ(a[i].lines[line].flags, b[i].lines[line].flags) << "line " << line;
      EXPECT_LT(std::chrono::abs(a[i].lines[line].time - b[i].lines[line].time), Milliseconds(2));
    }
  }
}

}  // namespace dl::decoders::testing
