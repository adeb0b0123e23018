#include "decoders/msu_mr/packet.h"

namespace dl::decoders::msu_mr {

namespace {

constexpr std::size_t kTime = 6;
constexpr std::size_t kFirstBlock = 14;
constexpr std::size_t kQuantisationTable = 15;
constexpr std::size_t kHuffmanTables = 16;
constexpr std::size_t kQualityMarker = 17;
constexpr std::uint16_t kQualityMarkerValue = 0xFFF0;
constexpr std::size_t kQuality = 19;
constexpr std::size_t kBlocks = 20;
constexpr unsigned kHighestQuality = 100;
constexpr std::uint32_t kMillisecondsPerDay = 86400000;

}  // namespace

tl::expected<ImagePacket, DropReason> parse_image_packet(std::uint16_t apid, ByteView bytes) {
  if (bytes.size() <= kBlocks) return tl::unexpected(DropReason::packet_length);
  const std::uint32_t time_ms = read_u32(bytes, kTime + 2);
  const std::uint16_t time_us = read_u16(bytes, kTime + 6);
  if (time_ms >= kMillisecondsPerDay || time_us >= 1000) return tl::unexpected(DropReason::packet_time);

  const unsigned first_block = bytes[kFirstBlock];
  const unsigned quality = bytes[kQuality];
  const bool known_tables = bytes[kQuantisationTable] == 0 && bytes[kHuffmanTables] == 0 &&
                            read_u16(bytes, kQualityMarker) == kQualityMarkerValue;
  if (!known_tables || first_block % kBlocksPerPacket != 0 || first_block >= kBlocksPerStrip || quality == 0 ||
      quality > kHighestQuality) {
    return tl::unexpected(DropReason::decoder_refused);
  }
  return ImagePacket{.channel = static_cast<unsigned>(apid - kFirstApid) + 1,
                     .day = read_u16(bytes, kTime),
                     .time_of_day = Milliseconds(time_ms) + Microseconds(time_us),
                     .packet_in_strip = first_block / kBlocksPerPacket,
                     .quality = quality,
                     .coded_blocks = bytes.subspan(kBlocks)};
}

}  // namespace dl::decoders::msu_mr
