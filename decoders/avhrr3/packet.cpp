#include "decoders/avhrr3/packet.h"

#include <cassert>

namespace dl::decoders::avhrr3 {
namespace {

constexpr std::uint32_t kMillisecondsPerDay = 86'400'000;

// Ten bits, most significant first, always within two bytes because words begin at even bits.
std::uint16_t word(ByteView application, std::size_t index) {
  const std::size_t bit = index * 10;
  const unsigned pair = read_u16(application, bit / 8);
  return static_cast<std::uint16_t>((pair >> (6 - bit % 8)) & 0x3FFU);
}

template <std::size_t N>
std::array<std::uint16_t, N> words(ByteView application, std::size_t first) {
  std::array<std::uint16_t, N> out{};
  for (std::size_t i = 0; i < N; ++i) out[i] = word(application, first + i);
  return out;
}

ReferenceView reference_view(ByteView application, std::size_t first) {
  ReferenceView view{};
  for (std::size_t sample = 0; sample < kReferenceSamples; ++sample) {
    view[sample] = words<kSlots>(application, first + sample * kSlots);
  }
  return view;
}

std::vector<std::uint16_t> earth_view(ByteView application) {
  std::vector<std::uint16_t> earth(kSlots * kPixels);
  for (std::size_t pixel = 0; pixel < kPixels; ++pixel) {
    for (std::size_t slot = 0; slot < kSlots; ++slot) {
      earth[slot * kPixels + pixel] = word(application, kEarthWord + pixel * kSlots + slot);
    }
  }
  return earth;
}

}  // namespace

bool looks_like_avhrr3(std::uint16_t apid, ByteView packet) {
  return (apid == kApidChannel3A || apid == kApidChannel3B) && packet.size() == kPacketBytes;
}

std::uint16_t vertical_parity(ByteView packet) {
  std::uint16_t parity = 0;
  for (std::size_t i = 0; i + 1 < packet.size(); i += 2)
    parity = static_cast<std::uint16_t>(parity ^ read_u16(packet, i));
  return parity;
}

tl::expected<ScanLine, DropReason> decode_packet(ByteView packet) {
  assert(packet.size() == kPacketBytes);
  if (vertical_parity(packet) != 0) return tl::unexpected(DropReason::packet_checksum);
  const std::uint32_t milliseconds = read_u32(packet, kTimeOffset + 2);
  const std::uint16_t microseconds = read_u16(packet, kTimeOffset + 6);
  if (milliseconds >= kMillisecondsPerDay || microseconds >= 1000) return tl::unexpected(DropReason::packet_time);

  const ByteView application = packet.subspan(kApplicationOffset);
  ScanLine line;
  line.time = kMetopEpoch + std::chrono::days(read_u16(packet, kTimeOffset)) + Milliseconds(milliseconds) +
              Microseconds(microseconds);
  line.channel_3b = (read_u16(packet, 0) & 0x7FFU) == kApidChannel3B;
  line.earth = earth_view(application);
  line.space = reference_view(application, kSpaceWord);
  line.black_body = reference_view(application, kBlackBodyWord);
  line.prt = words<kPrtSamples>(application, kPrtWord);
  line.ramp = words<kSlots>(application, kRampWord);
  line.patch = words<kSlots>(application, kPatchWord);
  return line;
}

}  // namespace dl::decoders::avhrr3
