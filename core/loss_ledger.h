// Where every byte and unit of a stage went. What goes in comes out or is counted here with a reason.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace dl {

// Why something did not come out of a stage. Append new reasons before `count_`, with their text in the .cpp.
enum class DropReason : std::uint8_t {
  // Not loss: taken off by design, booked so that bytes add up.
  overhead,      // markers, parity, frame and packet-zone headers
  idle,          // idle frames, idle packets, fill
  not_selected,  // what the user's own filter left out
  // Recording
  torn_recording,  // what a power cut took of the recording's tail, or of a file abandoned in the middle of it
  quarantined,     // a stretch that killed the decoder three times
  // Frame synchronisation
  no_sync,         // bytes passed over while searching for the marker
  slip,            // a frame cut short or long by a slip of the bit clock
  truncated_tail,  // a frame that the end of the input cut
  // Frames
  rs_uncorrectable,
  fecf_bad,
  frame_version,   // the transfer frame version is not the profile's
  frame_scid,      // the spacecraft id is not the profile's
  frame_header,    // any other field of the frame header that contradicts itself
  repeated_frame,  // received before, for example from a sender that started again
  unrouted_vcid,   // the profile says that this virtual channel carries nothing for us
  // Packets
  no_packet_start,    // packet-zone bytes before the first header after a gap
  packet_cut_by_gap,  // a packet whose rest was in a lost frame
  packet_cut_by_end,  // a packet whose rest had not come when the pass ended
  packet_header,      // version, length or pointer that cannot be
  packet_length,      // not the length that its instrument sends
  packet_checksum,
  packet_time,  // a time code that cannot be, or far from the pass
  duplicate_packet,
  late_packet,      // belongs to a granule that has been closed
  decoder_refused,  // the payload contradicts the instrument's format
  // Lines and pixels
  missing_line,  // filled, because its packet never came
  missing_pixels,
  // Frames, added later
  late_frame,            // fills a gap of its virtual channel that has been passed and reported
  header_error_control,  // the AOS frame header error control finds more errors than it can correct
  station_erred,         // the station said that its decoder could not correct the frame
  weaker_copy,           // another reception of the same pass has this frame at least as good; not loss
  // Recording, added later
  wrong_size,  // a datagram, message or rest of a reading that is not of the size of its frame
  // Soft symbols
  no_symbol_lock,  // passed over while the convolutional decoder looked for its phase
  // Packets, added later
  orbit_implausible,  // an orbit that contradicts the others known, or cannot be
  count_,
};

inline constexpr std::size_t kDropReasonCount = static_cast<std::size_t>(DropReason::count_);

// The reason's stable name in reports, such as "rs_uncorrectable".
std::string_view to_string(DropReason reason);
std::optional<DropReason> drop_reason_from_string(std::string_view name);

// False for overhead, idle, not_selected and weaker_copy: booked, but nothing that anybody misses.
bool is_loss(DropReason reason);

struct LossCount {
  std::uint64_t units = 0;
  std::uint64_t bytes = 0;
};

// One per stage and virtual channel; not for use by two threads. "Unit" is the stage's own: frames, packets, lines.
class LossLedger {
 public:
  std::uint64_t bytes_in = 0;
  std::uint64_t units_in = 0;
  std::uint64_t bytes_out = 0;
  std::uint64_t units_out = 0;

  void drop(DropReason reason, std::uint64_t units, std::uint64_t bytes) {
    dropped_[static_cast<std::size_t>(reason)].units += units;
    dropped_[static_cast<std::size_t>(reason)].bytes += bytes;
  }
  [[nodiscard]] const LossCount& dropped(DropReason reason) const { return dropped_[static_cast<std::size_t>(reason)]; }
  // Sums over every reason, or over those that are loss.
  [[nodiscard]] LossCount all_dropped() const;
  [[nodiscard]] LossCount lost() const;

  // bytes_in == bytes_out + dropped bytes. True after flush() of every stage that counts bytes, or the stage has a bug.
  [[nodiscard]] bool balanced() const { return bytes_in == bytes_out + all_dropped().bytes; }

  // Adds what another ledger of the same stage counted (another virtual channel, another instance).
  void merge(const LossLedger& other);

 private:
  std::array<LossCount, kDropReasonCount> dropped_{};
};

}  // namespace dl
