// One MSU-MR image packet of Meteor-M LRPT: 14 blocks of 8 x 8 pixels of one channel.
// CGMS, "LRPT/AHRPT Global Specification"; offsets checked on a recording (instruments.md 5.11). From the start of
// the packet:
//   0  6  primary header; APID 64 to 69 = channel 1 to 6
//   6  8  time: u16 day, u32 ms of the day, u16 us of the ms
//  14  1  first block of the packet in its line of blocks: 0, 14, ... 182
//  15  1  quantisation table, 0     16  1  Huffman tables (DC, AC), 0     17  2  0xFFF0
//  19  1  quality, 1 to 100
//  20  .  14 blocks, JPEG Huffman code, filled up to whole bytes
#pragma once

#include <cstdint>

#include <tl/expected.hpp>

#include "core/bytes.h"
#include "core/loss_ledger.h"
#include "core/time.h"

namespace dl::decoders::msu_mr {

inline constexpr std::uint16_t kFirstApid = 64;
inline constexpr unsigned kChannels = 6;
inline constexpr unsigned kBlockSize = 8;  // pixels and lines
inline constexpr unsigned kBlocksPerPacket = 14;
inline constexpr unsigned kPacketsPerStrip = 14;  // of one channel
inline constexpr unsigned kBlocksPerStrip = kBlocksPerPacket * kPacketsPerStrip;
inline constexpr unsigned kPixels = kBlocksPerStrip * kBlockSize;  // 1568

struct ImagePacket {
  unsigned channel = 1;   // 1 to 6
  std::uint16_t day = 0;  // since the profile's epoch, where the spacecraft sends one
  Microseconds time_of_day{};
  unsigned packet_in_strip = 0;  // 0 to 13
  unsigned quality = 0;
  ByteView coded_blocks;  // a view into the packet
};

inline bool is_image_apid(std::uint16_t apid) {
  return apid >= kFirstApid && apid < kFirstApid + kChannels;
}

// `bytes` is a whole packet with an image APID. Fails with packet_length, packet_time (a time beyond the day) or
// decoder_refused (fields that no image packet has).
tl::expected<ImagePacket, DropReason> parse_image_packet(std::uint16_t apid, ByteView bytes);

}  // namespace dl::decoders::msu_mr
