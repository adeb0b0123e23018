#include "decoders/aip_encoder.h"

#include <cassert>

namespace dl::decoders {
namespace {

// Of TIP (NOAA KLM User's Guide 4.1); nothing here reads it.
constexpr std::array<Byte, 2> kFrameSynchronisation = {0xED, 0xE2};
// AMSU-A1's octets and, behind them, AMSU-A2's.
constexpr std::size_t kFirstAmsuOctet = 8;
constexpr std::size_t kAmsuOctets = 40;
constexpr std::uint16_t kFill = 0x0001;

// Octet `index` of the unit's in the whole major frame.
Byte& octet(const AipUnit& unit, std::size_t index, AipMajorFrame& frame) {
  return frame[index / unit.octets][unit.first_octet + index % unit.octets];
}

void put_word(const AipUnit& unit, std::size_t index, std::uint16_t word, AipMajorFrame& frame) {
  octet(unit, 2 * index, frame) = static_cast<Byte>(word >> 8);
  octet(unit, 2 * index + 1, frame) = static_cast<Byte>(word);
}

std::uint16_t word_of(ByteView science, std::size_t index) {
  if (index == 0) return kAipSynchronisation;
  if (index == 1) return 0xFF00;
  return read_u16(science, 2 * index);
}

}  // namespace

AipMajorFrame make_aip_major_frame(std::uint8_t spacecraft_address) {
  AipMajorFrame frame{};
  for (std::size_t counter = 0; counter < kAipFrames; ++counter) {
    link::TipFrame& minor = frame[counter];
    minor[0] = kFrameSynchronisation[0];
    minor[1] = kFrameSynchronisation[1];
    minor[2] = spacecraft_address;
    minor[kAipCounterOctet] = static_cast<Byte>(counter);
    for (std::size_t i = 1; i < kAmsuOctets; i += 2) minor[kFirstAmsuOctet + i] = static_cast<Byte>(kFill);
  }
  return frame;
}

void put_science(const AipUnit& unit, std::size_t place, ByteView science, AipMajorFrame& frame) {
  assert(science.size() == unit.science_bytes);
  if (unit.layout == AipLayout::fixed_places) {
    for (std::size_t i = 0; i < science.size(); ++i) octet(unit, unit.places[place] + i, frame) = science[i];
    return;
  }
  const std::size_t words = science.size() / 2;
  std::size_t fill = unit.octets * kAipFrames / 2 - words;
  std::size_t at = 0;
  for (std::size_t i = 0; i < words; ++i) {
    put_word(unit, at++, word_of(science, i), frame);
    if (fill == 0) continue;
    put_word(unit, at++, kFill, frame);
    --fill;
  }
}

}  // namespace dl::decoders
