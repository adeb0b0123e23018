// One Metop AVHRR/3 packet is one scan line (Metop Space to Ground Interface Specification MO-IF-MMT-SY0001 07C,
// pp. 102-131; offsets in instruments.md section 5.1).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <tl/expected.hpp>

#include "core/bytes.h"
#include "core/loss_ledger.h"
#include "core/time.h"

namespace dl::decoders::avhrr3 {

inline constexpr std::uint16_t kApidChannel3A = 103;
inline constexpr std::uint16_t kApidChannel3B = 104;
inline constexpr std::size_t kPacketBytes = 12966;
inline constexpr std::size_t kPixels = 2048;
inline constexpr std::size_t kSlots = 5;  // channels 1, 2, 3A or 3B, 4, 5, in the order of the words
inline constexpr std::size_t kReferenceSamples = 10;
inline constexpr std::size_t kPrtSamples = 3;
inline constexpr std::uint16_t kMaxCount = 1023;
inline constexpr unsigned kLinesPerSecond = 6;

// Packet layout in bytes, and the application data in ten-bit words.
inline constexpr std::size_t kTimeOffset = 6;
inline constexpr std::size_t kApplicationOffset = 20;
inline constexpr std::size_t kSpaceWord = 0;
inline constexpr std::size_t kRampWord = 50;
inline constexpr std::size_t kEarthWord = 55;
inline constexpr std::size_t kPrtWord = 10297;
inline constexpr std::size_t kPatchWord = 10300;
inline constexpr std::size_t kBlackBodyWord = 10305;
inline constexpr std::size_t kApplicationWords = 10355;

// 2000-01-01, the epoch of Metop's CDS time.
inline constexpr UtcTime kMetopEpoch = std::chrono::sys_days(std::chrono::year(2000) / 1 / 1);

using ReferenceView = std::array<std::array<std::uint16_t, kSlots>, kReferenceSamples>;  // [sample][slot]

struct ScanLine {
  UtcTime time{};
  bool channel_3b = false;           // what slot 2 holds
  std::vector<std::uint16_t> earth;  // [slot][pixel]
  ReferenceView space{};
  ReferenceView black_body{};
  std::array<std::uint16_t, kPrtSamples> prt{};  // three samples of the thermometer of this line
  std::array<std::uint16_t, kSlots> ramp{};
  std::array<std::uint16_t, kSlots> patch{};  // patch temperature words, as sent

  [[nodiscard]] std::span<const std::uint16_t> counts(std::size_t slot) const {
    return std::span(earth).subspan(slot * kPixels, kPixels);
  }
};

// Whether this can be an AVHRR/3 packet at all: APID and length.
bool looks_like_avhrr3(std::uint16_t apid, ByteView packet);

// `packet` passed looks_like_avhrr3. Fails with packet_checksum when the words do not cancel out (VPC: the exclusive or
// of all 16-bit words of the packet is 0), with packet_time when the time code cannot be.
tl::expected<ScanLine, DropReason> decode_packet(ByteView packet);

// Exclusive or of all 16-bit words; 0 for an intact packet.
std::uint16_t vertical_parity(ByteView packet);

}  // namespace dl::decoders::avhrr3
