// The counters of a LinkReport under the names that every report shows: those that operators know from RT-STPS and its
// like (lock, flywheel, slipped, inverted, corrected, uncorrectable, missing, bad first header pointer, discarded
// fragments). docs/formats/pass-report.md says what each one counts.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "link/link_report.h"

namespace dl::link {

struct Counter {
  std::string_view name;  // "bad_first_header_pointers"
  std::uint64_t value = 0;
};

std::vector<Counter> counters(const SoftDecoder::Counts& counts);
std::vector<Counter> counters(const SyncCounts& counts);
// The codewords by how many symbols were corrected are a list of their own.
std::vector<Counter> counters(const CodewordCounts& counts);
std::vector<Counter> counters(const MasterChannel::Counts& counts);
std::vector<Counter> counters(const VirtualChannelReport& channel);
std::vector<Counter> counters(const ApidReport& apid);

// "space", "encapsulation", "frame_data", "tip_frame"
std::string_view to_string(PacketKind kind);

}  // namespace dl::link
