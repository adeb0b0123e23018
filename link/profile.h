// The managed parameters of one downlink: what must be known to turn its bits into packets.
// Names as in CCSDS 131.0-B (coding), 732.0-B (AOS) and 133.0-B (packets). Read from config/spacecraft/*.toml
// by config/spacecraft_profile.h; a new spacecraft with known framing is a new file, not new code.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/time.h"

namespace dl::link {

// Both of CCSDS 131.0-B section 10: the sequence of 255 bits, and the newer one of 131071.
enum class Randomizer { none, ccsds_255, ccsds_131071 };
// Whether the randomizer was added outermost (CCSDS 131.0-B), or to the data before Reed-Solomon encoding, parity left
// plain (Terra direct broadcast).
enum class RandomizerPlace { outside_code, inside_code };
enum class ReedSolomonCode { none, rs_255_223, rs_255_239 };  // corrects 16 or 8 symbols a codeword
enum class Basis { dual, conventional };
// Whether codewords are corrected, or a frame with any error is dropped.
enum class ReedSolomonUse { correct, detect };

// How bits are handed over, which is the station's choice and not the spacecraft's (config: form of a source).
enum class InputForm {
  bits,          // a stream of bits with markers, at any bit position, in either polarity
  codeblocks,    // channel access data units without their marker, back to back: coded, randomized
  frames,        // transfer frames back to back: the station has decoded them
  packets,       // space packets back to back, no frames
  soft_symbols,  // demodulated symbols, a signed byte each, most certain at the ends of the range
};

// What the demodulator hands over is coded once more (CCSDS 131.0-B section 3). Soft symbols only.
enum class Modulation { bpsk, qpsk, oqpsk };
enum class ConvolutionalRate { none, rate_1_2, rate_2_3, rate_3_4, rate_5_6, rate_7_8 };
enum class SymbolInterleaver { none, lrpt_80k };
struct SoftCoding {
  Modulation modulation = Modulation::bpsk;
  ConvolutionalRate rate = ConvolutionalRate::rate_1_2;
  bool second_output_inverted = false;  // G2 inverted, as CCSDS says; many spacecraft do not
  SymbolInterleaver interleaver = SymbolInterleaver::none;
  bool differential = false;  // NRZ-M: a one is a change
};

enum class FrameKind {
  aos,          // CCSDS 732.0-B
  tm,           // CCSDS 132.0-B
  uslp,         // CCSDS 732.1-B
  minor_frame,  // fixed format without a CCSDS header: one packet a frame, APID 0, VCID 0
  hrpt,         // minor frame of NOAA HRPT (link/frames/hrpt_frame.h): as above, and TIP and AIP minor frames out of it
};

// What the data field of a virtual channel carries.
enum class VirtualChannelService {
  packets,    // AOS, USLP: M_PDU (multiplexed packets); TM: packets with a first header pointer
  bitstream,  // B_PDU: passed through, one packet a frame
  access,     // virtual channel access: passed through, one packet a frame
};

// Of the packets of an APID: over the packet from its first byte, the last bytes are the checksum.
enum class PacketChecksum {
  none,
  crc_16,       // CCSDS CRC-16 (0x1021, start 0xFFFF) over the whole packet
  crc_16_data,  // the same over the packet data field only (xRIT)
  xor_16,       // exclusive or of all 16-bit words
  xor_8,
};

// Packets of these virtual channels and APIDs go to the named instrument; what no route takes goes to Level-0. Several
// instruments may take the same packets: an AIP minor frame is AMSU-A's and MHS's.
struct Route {
  std::uint8_t vcid = 0;
  std::vector<std::uint16_t> apids;
  std::string instrument;  // "avhrr-3"
};

// The packets of one APID, or of all, that end in a checksum. A packet whose checksum is wrong is dropped as
// packet_checksum.
struct ChecksumRule {
  std::vector<std::uint16_t> apids;  // empty: all but idle packets
  PacketChecksum checksum = PacketChecksum::none;
};

// How the sequence count of space packets runs on this spacecraft.
enum class SequenceCount {
  per_apid,      // CCSDS 133.0-B
  across_apids,  // Meteor LRPT: one counter for all APIDs of the virtual channel
};

enum class TimeCode { cds, cuc };

// The time code at the start of the packet data field, where packets have one (CCSDS 301.0-B). No P-field is sent.
struct PacketTime {
  TimeCode code = TimeCode::cds;
  std::int32_t epoch_days_from_1970 = 0;
  bool day_is_valid = true;               // Meteor-M2 sends day 0: a time of day only
  std::int32_t utc_offset_s = 0;          // what to add to the packet's time to get UTC (Meteor: -10800, Moscow time)
  unsigned cds_day_bytes = 2;             // 2 or 3
  unsigned cds_submillisecond_bytes = 2;  // 0, 2 (microseconds) or 4 (picoseconds)
  unsigned cuc_coarse_bytes = 4;          // 1 to 7, seconds
  unsigned cuc_fine_bytes = 2;            // 0 to 10, fractions
  bool cuc_counts_leap_seconds = true;    // CUC counts TAI-like seconds since the epoch
};

struct Profile {
  std::string name;      // of the file: "meteor-m2-lrpt"
  std::string platform;  // "meteor-m2"
  std::string title;
  std::uint32_t norad_id = 0;
  std::string cospar_id;
  std::string sha256;  // of the file's text: which framing made a product

  InputForm form = InputForm::bits;
  std::optional<SoftCoding> soft;  // only where the downlink is convolutionally coded

  // Attached sync marker and channel access data unit. Without a marker (marker_bits 0) the input is cut into units of
  // cadu_size_bytes from its start.
  std::uint64_t marker = 0x1ACFFC1D;
  unsigned marker_bits = 32;          // 0, or 16 to 64; what follows the marker need not begin at a byte
  unsigned cadu_size_bytes = 1024;    // marker included, rounded up
  unsigned cadu_size_bits = 0;        // 0: cadu_size_bytes whole bytes; HRPT minor frames are 110900 bits
  unsigned marker_errors_search = 0;  // bit errors allowed while searching, when checking, and in lock
  unsigned marker_errors_check = 1;
  unsigned marker_errors_lock = 4;
  unsigned slip_bits = 2;        // 0 to 2: how far from its place, either way, a marker is looked for in lock
  unsigned flywheel_frames = 3;  // frames kept without a marker before the search begins anew

  Randomizer randomizer = Randomizer::ccsds_255;
  RandomizerPlace randomizer_place = RandomizerPlace::outside_code;
  unsigned randomizer_offset_bytes =
      0;  // leading bytes of the frame that are not randomized; the sequence starts there
  ReedSolomonCode code = ReedSolomonCode::rs_255_223;
  ReedSolomonUse code_use = ReedSolomonUse::correct;
  unsigned interleave = 4;  // codewords per frame, 1 to 8
  Basis basis = Basis::dual;
  unsigned virtual_fill_bytes = 0;  // per codeword, not transmitted

  // Transfer frame.
  FrameKind frame_kind = FrameKind::aos;
  std::uint8_t frame_version = 1;     // as in the header: TM 0, AOS 1, USLP 12
  std::uint16_t scid = 0;             // TM 10 bits; AOS 8, or 10 with extended_scid; USLP 16; HRPT 4
  bool scid_known = true;             // HRPT: false where every spacecraft address is taken
  bool extended_scid = false;         // AOS: two more bits in the signaling field (CCSDS 732.0-B-4 4.1.2.6)
  bool header_error_control = false;  // AOS: two bytes behind the primary header (4.1.2.6)
  unsigned insert_zone_bytes = 0;
  unsigned trailer_bytes = 0;        // unused bytes behind the packet zone
  bool operational_control = false;  // OCF: 4 bytes behind the data field
  bool frame_error_control = false;  // FECF: CRC-16 in the last 2 bytes
  std::vector<std::uint8_t> idle_vcids = {63};
  struct ChannelService {
    std::uint8_t vcid = 0;
    VirtualChannelService service = VirtualChannelService::packets;
  };
  std::vector<ChannelService> services;  // of channels that do not carry packets

  bool encapsulation_packets = false;  // version 8 packets (CCSDS 133.1-B) may stand between space packets
  std::vector<ChecksumRule> checksums;
  SequenceCount sequence_count = SequenceCount::per_apid;
  std::optional<PacketTime> packet_time;
  std::vector<Route> routes;

  // Of the parity of a frame.
  [[nodiscard]] unsigned parity_bytes() const {
    if (code == ReedSolomonCode::none) return 0;
    return (code == ReedSolomonCode::rs_255_223 ? 32 : 16) * interleave;
  }
  [[nodiscard]] unsigned cadu_bits() const { return cadu_size_bits != 0 ? cadu_size_bits : 8 * cadu_size_bytes; }
  // Bytes behind the marker, the last one filled up with zero bits.
  [[nodiscard]] unsigned codeblock_size_bytes() const { return (cadu_bits() - marker_bits + 7) / 8; }
  // Of whatever fixed format, without virtual channels and counters.
  [[nodiscard]] bool has_minor_frames() const {
    return frame_kind == FrameKind::minor_frame || frame_kind == FrameKind::hrpt;
  }
  // Bytes of one transfer frame: the CADU without marker and parity.
  [[nodiscard]] unsigned frame_size_bytes() const { return codeblock_size_bytes() - parity_bytes(); }

  // The same downlink as it is handed over in `form`: without marker, without code where the station has taken them
  // off. A form that is nearer to the antenna than what the profile describes is the profile's own: bits stand for
  // whatever a station sends.
  [[nodiscard]] Profile received_as(InputForm form) const;
};

}  // namespace dl::link
