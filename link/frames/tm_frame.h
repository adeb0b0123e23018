// Telemetry transfer frames (CCSDS 132.0-B section 4.1): primary and secondary header.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "core/bytes.h"

namespace dl::link {

inline constexpr std::uint8_t kTmVersion = 0;
inline constexpr std::size_t kTmHeaderBytes = 6;
inline constexpr std::uint16_t kTmMaxScid = 0x3FF;
inline constexpr std::uint8_t kTmMaxVcid = 7;
inline constexpr std::uint8_t kTmCounterBits = 8;
inline constexpr std::uint16_t kTmNoPacketStart = 0x7FF;
inline constexpr std::uint16_t kTmIdleDataOnly = 0x7FE;

struct TmHeader {
  std::uint8_t version = kTmVersion;     // 2 bits
  std::uint16_t scid = 0;                // 10 bits
  std::uint8_t vcid = 0;                 // 3 bits
  bool has_operational_control = false;  // 4 bytes behind the data field
  std::uint8_t master_counter = 0;       // over all virtual channels of the spacecraft
  std::uint8_t counter = 0;              // of the virtual channel
  bool has_secondary_header = false;
  bool carries_no_packets = false;     // synchronisation flag: virtual channel access data, nothing behind it counts
  bool packets_out_of_order = false;   // packet order flag, 0 with packets
  std::uint8_t segment_length_id = 3;  // 2 bits, 3 with packets
  std::uint16_t first_header_pointer = kTmNoPacketStart;  // 11 bits
};

// `frame` has at least kTmHeaderBytes.
TmHeader parse_tm_header(ByteView frame);
void write_tm_header(const TmHeader& header, std::span<Byte> frame);

// Bytes of the secondary header that begins at `bytes`, its own first byte included: 2 to 64. Nothing when its version
// is not 0, or its length is that of a header without data (4.1.3.2).
std::optional<std::size_t> tm_secondary_header_size(ByteView bytes);

}  // namespace dl::link
