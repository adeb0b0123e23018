// The packets of one slot while they arrive, in whatever order.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "calibrate/packet_granule.h"
#include "core/time.h"

namespace dl::decoders::packet_archive {

// The last sequence count of each APID in the slot before, where that one is known.
using LastCounts = std::map<std::uint16_t, std::uint16_t>;

class Slot {
 public:
  explicit Slot(UtcTime start) : start_(start) {}

  // False: a packet of the same bytes is here already. It is left out and counted.
  bool add(calibrate::ArchivedPacket packet, std::uint16_t symbols_corrected);

  [[nodiscard]] UtcTime start() const { return start_; }
  [[nodiscard]] std::size_t size_bytes() const { return size_bytes_; }

  // Fills packets, duplicates and what the provenance says of the packets. `counter_modulus`: after how many packets
  // the sequence counts begin anew. `last_counts` becomes that of this slot.
  void finish(std::uint32_t counter_modulus, LastCounts& last_counts, calibrate::PacketGranule& granule) &&;

 private:
  struct Before {
    bool operator()(const calibrate::ArchivedPacket& a, const calibrate::ArchivedPacket& b) const;
  };

  UtcTime start_;
  std::map<calibrate::ArchivedPacket, std::uint16_t, Before> packets_;  // and symbols corrected in their frames
  std::uint64_t duplicates_ = 0;
  std::size_t size_bytes_ = 0;
};

// Sets missing_before of the verified packets, which are in the order of time. Packets of an APID are counted in the
// order of their counts, so that one whose time lies behind the next one's makes no gap.
void count_missing(std::vector<calibrate::ArchivedPacket>& packets, std::uint32_t counter_modulus,
                   LastCounts& last_counts);

}  // namespace dl::decoders::packet_archive
