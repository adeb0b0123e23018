// MHS and AMSU-A out of AIP minor frames. Each piece of the input sends a stretch of minor frames, with right or wrong
// counters and times, and any octets in the places of the instruments.
#include <algorithm>
#include <array>

#include "decoders/aip_encoder.h"
#include "decoders/amsu_a/instrument.h"
#include "decoders/mhs/instrument.h"
#include "link/packets/tip_splitter.h"
#include "tests/fuzz/sounder_run.h"

namespace dl::fuzz {
namespace {

constexpr UtcTime kStart = std::chrono::sys_days(std::chrono::year(2012) / 12 / 31) + std::chrono::hours(23);

// What the frames of a piece carry: a major frame with science packets of `pattern` over and over, `damage` on one of
// its octets.
decoders::AipMajorFrame major_frame(const decoders::SounderInstrument& instrument, ByteView pattern,
                                    std::uint16_t damage) {
  decoders::AipMajorFrame frame = decoders::make_aip_major_frame(15);
  for (const decoders::AipUnit& unit : instrument.aip_units) {
    Bytes science(unit.science_bytes);
    for (std::size_t i = 0; i < science.size() && !pattern.empty(); ++i) science[i] = pattern[i % pattern.size()];
    for (std::size_t place = 0; place < std::max<std::size_t>(1, unit.places.size()); ++place) {
      decoders::put_science(unit, place, science, frame);
    }
  }
  if (damage != 0)
    frame[damage % decoders::kAipFrames][damage % link::kTipFrameBytes] ^= static_cast<Byte>(damage >> 8);
  return frame;
}

using TipPacketBytes = std::array<Byte, link::kTipPacketBytes>;

TipPacketBytes packet_of(const link::TipFrame& frame, std::uint64_t number, UtcTime start) {
  link::HrptHeader header;
  link::set_time(header, start + Milliseconds(500) * static_cast<std::int64_t>(number / link::kHrptTipFrames));
  TipPacketBytes bytes = {15, static_cast<Byte>(number % link::kHrptTipFrames),
                          static_cast<Byte>(header.day_of_year >> 8), static_cast<Byte>(header.day_of_year)};
  for (unsigned i = 0; i < 4; ++i) bytes[4 + i] = static_cast<Byte>(header.millisecond_of_day >> (24 - 8 * i));
  std::copy(frame.begin(), frame.end(), bytes.begin() + link::kTipPacketHeaderBytes);
  return bytes;
}

}  // namespace
}  // namespace dl::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace dl::fuzz;
  Input input(data, size);
  const auto& instrument = input.flag() ? dl::decoders::mhs::kSounder : dl::decoders::amsu_a::kSounder;
  dl::decoders::SounderDecoder decoder = make_decoder(instrument, "noaa-19", kStart);
  CheckingSink sink;
  std::uint64_t accepted = 0;
  std::uint64_t number = 0;
  dl::UtcTime start = kStart + dl::Milliseconds(input.word() * 100);
  for (int piece = 0; piece < 8 && !input.empty(); ++piece) {
    const std::uint8_t frames = input.byte();
    number += input.byte() & 0x7FU;
    start += dl::Milliseconds(static_cast<std::int8_t>(input.byte()) * 40);
    const std::uint16_t damage = input.word();
    const dl::decoders::AipMajorFrame frame = major_frame(instrument, input.take(input.byte()), damage);
    for (unsigned i = 0; i < frames; ++i, ++number) {
      TipPacketBytes bytes = packet_of(frame[number % dl::decoders::kAipFrames], number, start);
      if (i == 0 && (damage & 0x80) != 0) bytes[damage & 7] ^= static_cast<dl::Byte>(damage >> 8);
      dl::link::Packet packet;
      packet.kind = dl::link::PacketKind::tip_frame;
      packet.apid = dl::link::kAipApid;
      packet.bytes = bytes;
      DL_MUST(decoder.push(packet, sink) == dl::decoders::Accepted::yes);
      ++accepted;
    }
  }
  finish(decoder, sink, accepted);
  return 0;
}
