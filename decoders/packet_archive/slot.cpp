#include "decoders/packet_archive/slot.h"

#include <algorithm>
#include <tuple>

#include "core/sha256.h"

namespace dl::decoders::packet_archive {
namespace {

using calibrate::ArchivedPacket;

// Packets of the same time and APID stand in the order of their counts; where these began anew in between, the high
// ones go first.
void order_over_the_wrap(std::vector<ArchivedPacket>& packets, std::uint32_t counter_modulus) {
  for (auto begin = packets.begin(); begin != packets.end();) {
    const auto end = std::find_if(begin, packets.end(), [&](const ArchivedPacket& packet) {
      return packet.time != begin->time || packet.apid != begin->apid;
    });
    if (std::uint32_t{(end - 1)->sequence_count} - begin->sequence_count > counter_modulus / 2) {
      std::rotate(
          begin,
          std::find_if(begin, end,
                       [&](const ArchivedPacket& packet) { return packet.sequence_count > counter_modulus / 2; }),
          end);
    }
    begin = end;
  }
}

// A count that goes on without beginning anew.
class Unwrapper {
 public:
  explicit Unwrapper(std::uint32_t modulus) : modulus_(modulus) {}

  std::int64_t operator()(std::uint16_t count) {
    if (!started_) {
      started_ = true;
      return last_ = count;
    }
    const std::int64_t modulus = modulus_;
    std::int64_t step = (count - last_) % modulus;
    if (step < 0) step += modulus;
    if (step > modulus / 2) step -= modulus;
    return last_ += step;
  }

 private:
  std::uint32_t modulus_;
  bool started_ = false;
  std::int64_t last_ = 0;
};

struct Counted {
  std::int64_t count = 0;
  ArchivedPacket* packet = nullptr;
};

}  // namespace

bool Slot::Before::operator()(const ArchivedPacket& a, const ArchivedPacket& b) const {
  return std::tie(a.time, a.apid, a.sequence_count, a.bytes) < std::tie(b.time, b.apid, b.sequence_count, b.bytes);
}

bool Slot::add(ArchivedPacket packet, std::uint16_t symbols_corrected) {
  const std::size_t size = packet.bytes.size();
  const auto [place, is_new] = packets_.try_emplace(std::move(packet), symbols_corrected);
  if (!is_new) {
    ++duplicates_;
    place->second = std::min(place->second, symbols_corrected);
    return false;
  }
  size_bytes_ += size;
  return true;
}

void Slot::finish(std::uint32_t counter_modulus, LastCounts& last_counts, calibrate::PacketGranule& granule) && {
  granule.duplicates = duplicates_;
  granule.packets.reserve(packets_.size());
  while (!packets_.empty()) {
    auto node = packets_.extract(packets_.begin());
    granule.provenance.symbols_corrected += node.mapped();
    granule.packets.push_back(std::move(node.key()));
  }
  order_over_the_wrap(granule.packets, counter_modulus);
  count_missing(granule.packets, counter_modulus, last_counts);
  Sha256 hash;
  for (const ArchivedPacket& packet : granule.packets) {
    if (!packet.verified) continue;
    hash.update(packet.bytes);
    ++granule.provenance.packets;
    granule.provenance.gaps += packet.missing_before.value_or(0) > 0 ? 1 : 0;
  }
  granule.provenance.packets_sha256 = to_hex(hash.finish());
}

void count_missing(std::vector<ArchivedPacket>& packets, std::uint32_t counter_modulus, LastCounts& last_counts) {
  std::map<std::uint16_t, std::pair<Unwrapper, std::vector<Counted>>> by_apid;
  for (ArchivedPacket& packet : packets) {
    if (!packet.verified) continue;
    const auto place = by_apid.try_emplace(packet.apid, Unwrapper(counter_modulus), std::vector<Counted>{}).first;
    auto& [unwrap, counted] = place->second;
    if (counted.empty()) {
      // The slot before goes first, so that its last packet has a place in the row.
      if (const auto last = last_counts.find(packet.apid); last != last_counts.end()) {
        counted.push_back({unwrap(last->second), nullptr});
      }
    }
    counted.push_back({unwrap(packet.sequence_count), &packet});
  }
  last_counts.clear();
  for (auto& [apid, row] : by_apid) {
    std::vector<Counted>& counted = row.second;
    std::ranges::stable_sort(counted, {}, &Counted::count);
    for (std::size_t i = 1; i < counted.size(); ++i) {
      if (counted[i].packet == nullptr) continue;
      const std::int64_t step = counted[i].count - counted[i - 1].count;
      counted[i].packet->missing_before = static_cast<std::uint32_t>(std::max<std::int64_t>(step - 1, 0));
    }
    const std::int64_t last = counted.back().count % counter_modulus;
    last_counts[apid] = static_cast<std::uint16_t>(last < 0 ? last + counter_modulus : last);
  }
}

}  // namespace dl::decoders::packet_archive
