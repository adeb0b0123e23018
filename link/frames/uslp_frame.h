// Unified Space Link Protocol transfer frames (CCSDS 732.1-B section 4.1): primary header and data field header.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "core/bytes.h"

namespace dl::link {

inline constexpr std::uint8_t kUslpVersion = 12;
inline constexpr std::size_t kUslpTruncatedHeaderBytes = 4;
inline constexpr std::size_t kUslpHeaderBytes = 7;  // without the counter, of 0 to 7 bytes behind them
inline constexpr unsigned kUslpMaxCounterBytes = 7;
inline constexpr std::uint8_t kUslpMaxMapId = 15;

struct UslpHeader {
  std::uint8_t version = kUslpVersion;  // 4 bits
  std::uint16_t scid = 0;
  bool is_destination = false;         // what the scid names: the sender, or whom the frame is for
  std::uint8_t vcid = 0;               // 6 bits
  std::uint8_t map_id = 0;             // 4 bits, the multiplexer access point
  bool truncated = false;              // end of frame primary header: nothing of what follows is there
  std::uint32_t frame_size_bytes = 0;  // of the whole frame, 1 to 65536; sent as one less
  bool sequence_controlled = true;     // bypass flag 0; 1 is expedited
  bool protocol_control_command = false;
  bool has_operational_control = false;
  unsigned counter_bytes = 0;  // 0 to 7
  std::uint64_t counter = 0;

  [[nodiscard]] std::size_t size_bytes() const {
    return truncated ? kUslpTruncatedHeaderBytes : kUslpHeaderBytes + counter_bytes;
  }
};

// Nothing when `frame` is shorter than the header that it announces.
std::optional<UslpHeader> parse_uslp_header(ByteView frame);
// `frame` has at least header.size_bytes().
void write_uslp_header(const UslpHeader& header, std::span<Byte> frame);

// Transfer frame data field construction rules (4.1.4.2.2).
enum class UslpRule : std::uint8_t {
  packets_spanning_frames = 0,  // with a first header pointer
  access_start = 1,             // a MAP_SDU or VCA_SDU begins; with a pointer to its last valid byte
  access_continued = 2,         // the same
  octet_stream = 3,
  segment_start = 4,
  segment_continued = 5,
  segment_last = 6,
  unsegmented = 7,
};

inline constexpr std::uint8_t kUslpPacketsProtocol = 0;  // space packets or encapsulation packets
inline constexpr std::uint8_t kUslpIdleProtocol = 31;    // idle data
inline constexpr std::uint16_t kUslpNoPointer = 0xFFFF;  // no packet begins; or the whole zone is valid

struct UslpDataFieldHeader {
  UslpRule rule = UslpRule::packets_spanning_frames;
  std::uint8_t protocol = kUslpPacketsProtocol;  // USLP protocol identifier, 5 bits
  std::uint16_t pointer = kUslpNoPointer;        // rules 0, 1 and 2 only

  [[nodiscard]] bool has_pointer() const { return rule <= UslpRule::access_continued; }
  [[nodiscard]] std::size_t size_bytes() const { return has_pointer() ? 3 : 1; }
};

// Nothing when `field` is shorter than the header that it announces.
std::optional<UslpDataFieldHeader> parse_uslp_data_field_header(ByteView field);
void write_uslp_data_field_header(const UslpDataFieldHeader& header, std::span<Byte> field);

}  // namespace dl::link
