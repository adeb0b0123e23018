// One MHS science packet is one scan line (NOAA KLM User's Guide 7.6; offsets in instruments.md 5.4). Metop sends it in
// a space packet of its own, NOAA in the octets that AIP's minor frames have for the instrument's interface unit.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "core/bytes.h"
#include "decoders/mhs/bands.h"

namespace dl::decoders::mhs {

inline constexpr std::uint16_t kMetopApid = 34;
inline constexpr std::size_t kScienceBytes = 1286;
inline constexpr std::size_t kMetopPacketBytes = 1308;
// Where it begins in the 4000 octets of a major frame of AIP, as SatDump (mhs_reader.cpp) and LeanHRPT-Decode (aip.h)
// have it: minor frames 0, 27 and 54. The six octets before each are the instrument's clock, which counts from its last
// reset (KLM User's Guide 8.3.1.9.3.1).
inline constexpr std::array<std::size_t, 3> kAipPlaces = {48, 1382, 2714};
inline constexpr std::size_t kPixels = 90;
inline constexpr std::size_t kViewSamples = 4;
inline constexpr std::size_t kPrtCount = 5;
inline constexpr std::size_t kResistorCount = 3;
inline constexpr std::size_t kThermistorCount = 24;
// Byte 0, upper half. In other modes the reflector stands or moves otherwise, and the samples are of something else.
inline constexpr std::uint8_t kScanMode = 3;

template <std::size_t N>
using BandSamples = std::array<std::array<std::uint16_t, N>, kBandCount>;  // [band][sample]

struct ScanLine {
  std::uint8_t mode = kScanMode;
  bool side_b = false;  // of the processor interface electronics (PIE), which measure the thermometers
  std::array<std::uint8_t, kThermistorCount> thermistors{};
  BandSamples<kPixels> earth{};
  BandSamples<kViewSamples> space{};
  BandSamples<kViewSamples> target{};
  std::array<std::uint16_t, kPrtCount> prt{};
  std::array<std::uint16_t, kResistorCount> resistors{};  // what the bridge says of three known resistors
};

// `science` is of kScienceBytes.
ScanLine read_science(ByteView science);
// What read_science reads; the rest is 0.
Bytes write_science(const ScanLine& line);

}  // namespace dl::decoders::mhs
