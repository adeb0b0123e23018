#include "daemon/ingest/cortex/cortex_protocol.h"

namespace dl::daemon {

Result<void> CortexProtocol::push(ByteView bytes, const Take& take) {
  reader_.push(bytes, [&](const CortexBlock& block) {
    time_tag_ = block.time_tag;
    IntakeCounters counters = uncounted();
    counters.messages = 1;
    take(block.frame, counters);
  });
  if (const IntakeCounters rest = uncounted(); rest != IntakeCounters{}) take({}, rest);
  return {};
}

UtcTime CortexProtocol::received_at(UtcTime now) {
  if (!time_tag_) return now;
  const auto time = utc_of(*time_tag_, now);
  if (!time) ++times_refused_;
  return time.value_or(now);
}

IntakeCounters CortexProtocol::end() {
  reader_.end_connection();
  return uncounted();
}

// What was not told yet, but for blocks.
IntakeCounters CortexProtocol::uncounted() {
  const CortexCounts& now = reader_.counts();
  IntakeCounters counters;
  counters.protocol_errors = now.resynchronised - counted_.resynchronised;
  counters.wrong_size_messages = now.cut_blocks - counted_.cut_blocks;
  counters.wrong_size_bytes = now.skipped_bytes - counted_.skipped_bytes + now.cut_bytes - counted_.cut_bytes;
  counters.times_refused = std::exchange(times_refused_, 0);
  counted_ = now;
  return counters;
}

}  // namespace dl::daemon
