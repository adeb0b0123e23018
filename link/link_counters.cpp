#include "link/link_counters.h"

#include <array>

namespace dl::link {

std::vector<Counter> counters(const SoftDecoder::Counts& counts) {
  return {{"locks_acquired", counts.locks},
          {"locks_lost", counts.losses_of_lock},
          {"phase_changes", counts.relocks},
          {"channel_symbols", counts.channel_errors.compared},
          {"channel_symbol_errors", counts.channel_errors.wrong}};
}

std::vector<Counter> counters(const SyncCounts& counts) {
  return {{"lock", counts.frames_in_lock},
          {"flywheel", counts.flywheel_frames},
          {"slipped", counts.slipped_frames},
          {"slipped_bits", counts.slipped_bits},
          {"inverted", counts.inverted_frames},
          {"polarity_changes", counts.polarity_changes},
          {"marker_bit_errors", counts.marker_bit_errors},
          {"locks_acquired", counts.locks_acquired},
          {"locks_lost", counts.locks_lost},
          {"longest_lock", counts.longest_lock_frames},
          {"search_bytes", counts.search_bytes}};
}

std::vector<Counter> counters(const CodewordCounts& counts) {
  std::uint64_t corrected = 0;
  std::uint64_t symbols = 0;
  for (std::size_t i = 1; i < counts.by_symbols_corrected.size(); ++i) {
    corrected += counts.by_symbols_corrected[i];
    symbols += i * counts.by_symbols_corrected[i];
  }
  return {{"clean", counts.by_symbols_corrected[0]},
          {"corrected", corrected},
          {"corrected_symbols", symbols},
          {"uncorrectable", counts.uncorrectable}};
}

std::vector<Counter> counters(const MasterChannel::Counts& counts) {
  return {{"frames", counts.frames}, {"missing", counts.frames_lost}, {"gaps", counts.gaps}};
}

std::vector<Counter> counters(const VirtualChannelReport& channel) {
  const VirtualChannel::Counts& counts = channel.counts;
  return {{"vcid", channel.vcid},
          {"frames", counts.frames},
          {"first_counter", counts.first_counter},
          {"last_counter", counts.last_counter},
          {"missing", counts.frames_lost},
          {"gaps", counts.gaps},
          {"resets", counts.counter_resets},
          {"frozen", counts.frozen_frames},
          {"repeated", channel.frames.dropped(DropReason::repeated_frame).units},
          {"late", channel.frames.dropped(DropReason::late_frame).units},
          {"idle", counts.idle_frames},
          {"flywheel", counts.flywheel_frames},
          {"marker_bit_errors", counts.marker_bit_errors},
          {"corrected", counts.frames_with_corrections},
          {"corrected_symbols", counts.symbols_corrected},
          {"bad_first_header_pointers", channel.pointer_mismatches},
          {"discarded_fragments", channel.discarded_fragments()}};
}

std::vector<Counter> counters(const ApidReport& apid) {
  return {{"packets", apid.counts.packets},  {"bytes", apid.counts.bytes},
          {"gaps", apid.counts.gaps},        {"missing", apid.counts.packets_missing},
          {"repeated", apid.counts.repeats}, {"backward_steps", apid.counts.backward_steps}};
}

std::string_view to_string(PacketKind kind) {
  constexpr std::array<std::string_view, 4> kNames = {"space", "encapsulation", "frame_data", "tip_frame"};
  return kNames[static_cast<std::size_t>(kind)];
}

}  // namespace dl::link
