#include "link/sync/frame_sync.h"

#include <tuple>

#include "tests/fuzz/fuzz_profile.h"

namespace dl::fuzz {
namespace {

using Cut = std::tuple<std::uint64_t, bool, bool, unsigned, unsigned, Bytes>;

struct Outcome {
  std::vector<Cut> frames;
  LossLedger losses;
  link::SyncCounts counts;
};

void collect(link::FrameBatch& batch, Outcome& outcome) {
  for (const link::Frame& frame : batch.frames()) {
    outcome.frames.emplace_back(frame.input_offset, frame.inverted, frame.quality.flywheel,
                                frame.quality.marker_bit_errors, frame.dropped ? 1U : 0U, copy_of(frame.bytes));
  }
  batch.clear();
}

Outcome run(const link::Profile& profile, ByteView bytes, std::uint8_t seed, std::size_t longest) {
  link::FrameSync sync(profile);
  auto& batch = empty_batch<link::FrameBatch>();
  Outcome outcome;
  in_pieces(bytes, seed, longest, [&](ByteView piece) {
    sync.push(piece, kReceived, batch);
    collect(batch, outcome);
  });
  sync.skip(seed, DropReason::quarantined, batch);
  sync.push(bytes.first(bytes.size() / 2), kReceived, batch);
  sync.flush(batch);
  collect(batch, outcome);
  outcome.losses = sync.losses();
  outcome.counts = sync.counts();
  return outcome;
}

}  // namespace
}  // namespace dl::fuzz

// How the input is cut changes nothing, and every byte is a frame's or booked.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace dl::fuzz;
  Input input(data, size);
  dl::link::Profile profile;
  choose_marker(input, profile);
  profile.code = dl::link::ReedSolomonCode::none;
  profile.frame_error_control = input.flag();
  const std::uint8_t seed = input.byte();
  const Outcome whole = run(profile, input.rest(), seed, size + 1);
  DL_MUST(whole.losses.balanced());
  DL_MUST(whole.losses.units_in == whole.losses.units_out + whole.losses.all_dropped().units);
  DL_MUST(whole.losses.bytes_in == input.rest().size() + input.rest().size() / 2 + seed);
  if (!compares_pieces(seed)) return 0;
  const Outcome pieces = run(profile, input.rest(), seed, 1 + seed % 50U);
  DL_MUST(whole.frames == pieces.frames);
  DL_MUST(whole.counts == pieces.counts);
  DL_MUST(pieces.losses.balanced());
  DL_MUST(whole.losses.lost().bytes == pieces.losses.lost().bytes);
  return 0;
}
