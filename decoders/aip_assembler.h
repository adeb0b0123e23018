// Science packets of AMSU-A and MHS out of the minor frames of AIP, the AMSU Information Processor of NOAA-15 to -19:
// 104 octets, ten times a second, eighty to a major frame of 8 s, which is one scan of AMSU-A and three of MHS.
//
// NOAA KLM User's Guide 4.1 has the format; the pages could not be had. Octets, from 0: 7 counts the minor frames of a
// major frame, 8 to 33 are AMSU-A1's, 34 to 47 AMSU-A2's, 48 to 97 those of MHS's interface unit: as two programs read
// them that were written for recordings of NOAA-18 and -19, SatDump (amsu_reader.cpp, mhs_reader.cpp) and
// LeanHRPT-Decode (aip.h).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "core/bytes.h"
#include "core/loss_ledger.h"
#include "core/time.h"
#include "decoders/minor_frame.h"
#include "link/packet.h"

namespace dl::decoders {

inline constexpr Seconds kAipMajorFramePeriod{8};

// How the packets of a unit lie in its octets, all of them end to end.
enum class AipLayout : std::uint8_t {
  // AMSU-A: 16-bit words, the first of a packet 0xFFFF and the next 0xFF.. Words of the unit are even but for
  // those with an octet of 0xFF; others are fill.
  synchronised_words,
  // MHS: at fixed places of a major frame.
  fixed_places,
};

struct AipUnit {
  std::size_t first_octet = 0;
  std::size_t octets = 0;  // in every minor frame
  AipLayout layout = AipLayout::synchronised_words;
  std::size_t science_bytes = 0;
  // Of fixed_places: where packets begin in the unit's octets of a major frame, rising.
  std::span<const std::size_t> places = {};
};

inline constexpr std::uint16_t kAipSynchronisation = 0xFFFF;

// A science packet that came whole.
struct AipScience {
  std::size_t unit = 0;
  // The beginning of the major frame in which the packet begins; of fixed_places the n-th of N is n/N of 8 s later.
  UtcTime time{};
  Bytes data;  // science_bytes
  // The minor frames as packets, those since the science packet before: each goes with one.
  Bytes frames;
  std::uint64_t frame_count = 0;
  link::FrameQuality quality;  // the worst of them
  bool gap_before = false;
};

struct AipDrop {
  DropReason reason{};
  std::uint64_t frames = 0;
  std::size_t size_bytes = 0;
};

struct AipOutput {
  std::vector<AipScience> science;
  std::vector<AipDrop> drops;
};

// Only minor frames that follow one another by their counter and by their time make packets. Dropped: packet_time (no
// day of the year or time of the day), decoder_refused (a counter above 79, and 16 s of frames without a whole packet,
// of which one began), packet_cut_by_gap and packet_cut_by_end (frames of packets that are not whole, and of fill
// before a gap), no_packet_start (frames before any packet began).
class AipAssembler {
 public:
  // `units` lives longer. `reference` is near the pass and gives the year.
  AipAssembler(std::span<const AipUnit> units, UtcTime reference);

  // `packet` is of kind tip_frame and of APID kAipApid.
  void push(const link::Packet& packet, AipOutput& out);
  // The end of the pass.
  void flush(AipOutput& out);

 private:
  struct Open {
    bool begun = false;
    UtcTime time{};
    Bytes data;
  };

  [[nodiscard]] bool follows(std::size_t counter, UtcTime time) const;
  void begin_anew(DropReason reason, AipOutput& out);
  void take(std::size_t unit, std::size_t counter, UtcTime major_frame, ByteView octets, AipOutput& out);
  void take_word(std::size_t unit, UtcTime major_frame, std::uint16_t word, AipOutput& out);
  void take_place(std::size_t unit, std::size_t counter, UtcTime major_frame, ByteView octets, AipOutput& out);
  void complete_if_whole(std::size_t unit, AipOutput& out);

  std::span<const AipUnit> units_;
  UtcTime reference_;
  std::vector<Open> open_;  // [unit]
  std::optional<std::size_t> last_counter_;
  UtcTime last_time_{};
  // Since the science packet before.
  Bytes frames_;
  std::uint64_t frame_count_ = 0;
  link::FrameQuality quality_;
  bool gap_before_ = false;
};

}  // namespace dl::decoders
