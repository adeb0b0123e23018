#include "link/packets/sequence_tracker.h"

#include <algorithm>
#include <tuple>

namespace dl::link {
namespace {

constexpr std::uint16_t kSequenceMask = 0x3FFF;

}  // namespace

void SequenceTracker::take(Packet& packet) {
  Entry& of_apid = entry(packet);
  ++of_apid.row.counts.packets;
  of_apid.row.counts.bytes += packet.bytes.size();
  if (packet.kind != PacketKind::space) return;
  follow(rule_ == SequenceCount::across_apids ? next_count_ : of_apid.next_count, packet, of_apid.row.counts);
}

void SequenceTracker::follow(std::optional<std::uint16_t>& next_count, Packet& packet, Counts& counts) {
  const unsigned step = (packet.sequence_count - next_count.value_or(packet.sequence_count)) & kSequenceMask;
  next_count = (packet.sequence_count + 1) & kSequenceMask;
  packet.gap_before = step != 0 && step != kSequenceMask;
  if (step == 0) return;
  if (step == kSequenceMask) {
    ++counts.repeats;
    return;
  }
  ++counts.gaps;
  if (step <= kSequenceMask / 2) {
    counts.packets_missing += step;
  } else {
    ++counts.backward_steps;
  }
}

SequenceTracker::Entry& SequenceTracker::entry(const Packet& packet) {
  std::uint16_t& index = index_[static_cast<std::size_t>(packet.kind) * kApids + packet.apid];
  if (index == 0) {
    entries_.push_back({{packet.kind, packet.apid, {}}, std::nullopt});
    index = static_cast<std::uint16_t>(entries_.size());
  }
  return entries_[index - 1U];
}

std::vector<SequenceTracker::Row> SequenceTracker::rows() const {
  std::vector<Row> rows;
  rows.reserve(entries_.size());
  for (const Entry& entry : entries_) rows.push_back(entry.row);
  std::sort(rows.begin(), rows.end(),
            [](const Row& a, const Row& b) { return std::tie(a.kind, a.apid) < std::tie(b.kind, b.apid); });
  return rows;
}

}  // namespace dl::link
