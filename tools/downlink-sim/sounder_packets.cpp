#include "tools/downlink-sim/sounder_packets.h"

#include <algorithm>

#include "decoders/amsu_a/encoder.h"
#include "decoders/mhs/encoder.h"
#include "tools/downlink-sim/sounder_scans.h"

namespace dl::sim {
namespace {

std::uint16_t sequence_count(std::size_t packet) {
  return static_cast<std::uint16_t>(packet & 0x3FFF);
}

}  // namespace

Result<std::vector<SounderPacket>> make_sounder_packets(const MetopPassOptions& options) {
  std::vector<SounderPacket> packets;
  DL_TRY(const std::vector<MhsScan> mhs, make_mhs_scans(options));
  for (std::size_t i = 0; i < mhs.size(); ++i) {
    const auto& [time, line] = mhs[i];
    packets.push_back({time, kMhsVcid, decoders::mhs::encode_metop_packet(line, time, sequence_count(i))});
  }
  DL_TRY(const std::vector<AmsuAScan> amsu_a, make_amsu_a_scans(options));
  for (std::size_t i = 0; i < amsu_a.size(); ++i) {
    const auto& [time, line] = amsu_a[i];
    for (std::size_t unit = 0; unit < decoders::amsu_a::kUnitCount; ++unit) {
      packets.push_back({time, kAmsuVcid, decoders::amsu_a::encode_metop_packet(line, unit, time, sequence_count(i))});
    }
  }
  std::stable_sort(packets.begin(), packets.end(),
                   [](const SounderPacket& a, const SounderPacket& b) { return a.time < b.time; });
  return packets;
}

}  // namespace dl::sim
