// The sequence counts of space packets (CCSDS 133.0-B 4.1.3.4), which show what is missing.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "link/packet.h"
#include "link/profile.h"

namespace dl::link {

// Follows one virtual channel, by APID or, where the spacecraft counts so, across all of them. Counts packets of the
// other kinds as well, which have no count. Idle packets have none to follow (4.1.3.4.1.5) and must not be shown to it.
class SequenceTracker {
 public:
  struct Counts {
    std::uint64_t packets = 0;
    std::uint64_t bytes = 0;
    std::uint64_t gaps = 0;             // before a packet of this APID
    std::uint64_t packets_missing = 0;  // in these gaps; of any APID where one count runs across all
    std::uint64_t repeats = 0;          // the count of the packet before once more
    std::uint64_t backward_steps = 0;   // reordered, or the counter started anew: a gap of unknown length
  };
  struct Row {
    PacketKind kind = PacketKind::space;
    std::uint16_t apid = 0;
    Counts counts;
  };

  explicit SequenceTracker(SequenceCount rule) : rule_(rule) {}

  // Counts the packet and sets gap_before of a space packet. The count has 14 bits and wraps; a step of half its range
  // or more is backwards. A packet that is dropped after this one was taken is missing to the tracker.
  void take(Packet& packet);

  // By kind, then by APID; those with a packet.
  [[nodiscard]] std::vector<Row> rows() const;

 private:
  struct Entry {
    Row row;
    std::optional<std::uint16_t> next_count;
  };

  Entry& entry(const Packet& packet);
  static void follow(std::optional<std::uint16_t>& next_count, Packet& packet, Counts& counts);

  static constexpr std::size_t kApids = 2048;
  static constexpr std::size_t kKinds = 4;

  SequenceCount rule_;
  std::optional<std::uint16_t> next_count_;  // where one count runs across all APIDs
  // Index into entries_ plus 1, by kind and APID: looking up is no search, and few APIDs of many are in use.
  std::array<std::uint16_t, kKinds * kApids> index_{};
  std::vector<Entry> entries_;
};

}  // namespace dl::link
