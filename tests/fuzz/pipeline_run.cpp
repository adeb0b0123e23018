#include "tests/fuzz/pipeline_run.h"

#include <tuple>

namespace dl::fuzz {
namespace {

using Kept = std::tuple<unsigned, unsigned, unsigned, unsigned, bool, std::uint64_t, Bytes>;

struct Outcome {
  std::vector<Kept> packets;
  link::LinkReport report;
  std::uint64_t bytes = 0;
};

Outcome run(const link::Profile& profile, ByteView bytes, std::uint8_t seed, std::size_t longest) {
  link::LinkPipeline pipeline(profile);
  auto& batch = empty_batch<link::PacketBatch>();
  Outcome outcome;
  const auto collect = [&] {
    for (const link::Packet& packet : batch.packets()) {
      outcome.packets.emplace_back(static_cast<unsigned>(packet.kind), packet.vcid, packet.apid, packet.sequence_count,
                                   packet.gap_before, packet.input_offset, copy_of(packet.bytes));
      outcome.bytes += packet.bytes.size();
    }
    batch.clear();
  };
  const auto push = [&](ByteView piece) {
    pipeline.push(piece, kReceived, batch);
    collect();
  };
  in_pieces(bytes, seed, longest, push);
  pipeline.skip(seed, seed % 2 == 0 ? DropReason::quarantined : DropReason::torn_recording, batch);
  collect();
  in_pieces(bytes.last(bytes.size() / 2), seed, longest, push);
  pipeline.flush(batch);
  collect();
  outcome.report = pipeline.report();
  return outcome;
}

void must_balance(const link::LinkReport& report) {
  for (const std::string& problem : report.imbalances()) std::fprintf(stderr, "%s\n", problem.c_str());
  DL_MUST(report.balanced());
}

}  // namespace

void must_not_depend_on_pushes(const link::Profile& profile, ByteView bytes, std::uint8_t seed) {
  const Outcome whole = run(profile, bytes, seed, bytes.size() + 1);
  must_balance(whole.report);
  DL_MUST(whole.bytes <= whole.report.bytes_in());
  if (!compares_pieces(seed)) return;
  const Outcome pieces = run(profile, bytes, seed, 1 + seed % 60U);
  must_balance(pieces.report);
  DL_MUST(whole.packets == pieces.packets);
  DL_MUST(whole.report.sync_counts == pieces.report.sync_counts);
  DL_MUST(whole.report.packets().lost().bytes == pieces.report.packets().lost().bytes);
}

}  // namespace dl::fuzz
