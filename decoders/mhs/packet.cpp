#include "decoders/mhs/packet.h"

#include <cassert>

namespace dl::decoders::mhs {
namespace {

constexpr std::size_t kThermistorOffset = 9;
// Twelve bytes a sample, of which the first two are not a band: 90 of the Earth, 4 of space, 4 of the target.
constexpr std::size_t kSampleOffset = 49;
constexpr std::size_t kSampleBytes = 12;
constexpr std::size_t kSpaceSample = kPixels;
constexpr std::size_t kTargetSample = kSpaceSample + kViewSamples;
constexpr std::size_t kPrtOffset = 1225;
constexpr std::size_t kResistorOffset = kPrtOffset + 2 * kPrtCount;
constexpr std::uint8_t kSideBit = 0x08;

std::size_t sample_offset(std::size_t sample, std::size_t band) {
  return kSampleOffset + kSampleBytes * sample + 2 * (band + 1);
}

template <std::size_t N>
void read_samples(ByteView science, std::size_t first, BandSamples<N>& out) {
  for (std::size_t band = 0; band < kBandCount; ++band) {
    for (std::size_t i = 0; i < N; ++i) out[band][i] = read_u16(science, sample_offset(first + i, band));
  }
}

void put_u16(Bytes& bytes, std::size_t at, std::uint16_t value) {
  bytes[at] = static_cast<Byte>(value >> 8);
  bytes[at + 1] = static_cast<Byte>(value);
}

template <std::size_t N>
void write_samples(Bytes& science, std::size_t first, const BandSamples<N>& samples) {
  for (std::size_t band = 0; band < kBandCount; ++band) {
    for (std::size_t i = 0; i < N; ++i) put_u16(science, sample_offset(first + i, band), samples[band][i]);
  }
}

}  // namespace

ScanLine read_science(ByteView science) {
  assert(science.size() == kScienceBytes);
  ScanLine line;
  line.mode = static_cast<std::uint8_t>(science[0] >> 4);
  line.side_b = (science[0] & kSideBit) != 0;
  for (std::size_t i = 0; i < kThermistorCount; ++i) line.thermistors[i] = science[kThermistorOffset + i];
  read_samples(science, 0, line.earth);
  read_samples(science, kSpaceSample, line.space);
  read_samples(science, kTargetSample, line.target);
  for (std::size_t i = 0; i < kPrtCount; ++i) line.prt[i] = read_u16(science, kPrtOffset + 2 * i);
  for (std::size_t i = 0; i < kResistorCount; ++i) line.resistors[i] = read_u16(science, kResistorOffset + 2 * i);
  return line;
}

Bytes write_science(const ScanLine& line) {
  Bytes science(kScienceBytes);
  science[0] = static_cast<Byte>(line.mode << 4 | (line.side_b ? kSideBit : 0));
  for (std::size_t i = 0; i < kThermistorCount; ++i) science[kThermistorOffset + i] = line.thermistors[i];
  write_samples(science, 0, line.earth);
  write_samples(science, kSpaceSample, line.space);
  write_samples(science, kTargetSample, line.target);
  for (std::size_t i = 0; i < kPrtCount; ++i) put_u16(science, kPrtOffset + 2 * i, line.prt[i]);
  for (std::size_t i = 0; i < kResistorCount; ++i) put_u16(science, kResistorOffset + 2 * i, line.resistors[i]);
  return science;
}

}  // namespace dl::decoders::mhs
