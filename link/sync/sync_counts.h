// What frame synchronisation saw, in the words of an operator's display; the bytes are in its ledger.
#pragma once

#include <cstdint>

namespace dl::link {

struct SyncCounts {
  std::uint64_t frames_in_lock = 0;     // whose marker was recognised
  std::uint64_t flywheel_frames = 0;    // whose marker was not, kept at the place where it had to be
  std::uint64_t inverted_frames = 0;    // received upside down
  std::uint64_t polarity_changes = 0;   // within a lock
  std::uint64_t slipped_frames = 0;     // whose next marker came early or late, by however much
  std::uint64_t slipped_bits = 0;       // bits that were missing or too many in these
  std::uint64_t marker_bit_errors = 0;  // in the markers of frames_in_lock
  std::uint64_t locks_acquired = 0;
  std::uint64_t locks_lost = 0;    // after the flywheel; the end of the input loses none
  std::uint64_t search_bytes = 0;  // passed over without lock
  std::uint64_t longest_lock_frames = 0;

  bool operator==(const SyncCounts&) const = default;
};

}  // namespace dl::link
