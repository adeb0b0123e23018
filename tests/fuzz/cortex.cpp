#include "daemon/ingest/cortex/cortex_reply.h"

#include <tuple>

#include "tests/fuzz/fuzz_target.h"

namespace dl::fuzz {
namespace {

daemon::CortexLayout choose_layout(Input& input) {
  constexpr std::size_t kEnds[] = {0, 4, 20, 3};
  daemon::CortexLayout layout;
  const std::uint8_t sync = input.byte();
  if ((sync & 1) != 0) layout.sync_word = {0x1A, 0xCF, 0xFC, 0x1D};
  layout.sync_errors = sync >> 1 & 3;
  layout.sync_word_is_ours = (sync & 8) != 0;
  layout.frame_bytes = layout.sync_word.size() + 1 + input.below(30);
  layout.padding_bytes = input.below(8);
  layout.has_time_tag = input.flag();
  layout.has_status = input.flag();
  layout.spare_bytes = 8 * input.below(3);
  layout.preamble_bytes = input.one_of(kEnds);
  layout.postamble_bytes = input.one_of(kEnds);
  layout.blocks_per_reply = 1 + input.below(4);
  return layout;
}

struct Outcome {
  std::vector<std::tuple<Bytes, std::uint32_t, std::uint32_t>> blocks;
  daemon::CortexCounts counts;
};

Outcome run(const daemon::CortexLayout& layout, ByteView bytes, std::uint8_t seed, std::size_t longest) {
  daemon::CortexReplyReader reader(layout);
  Outcome outcome;
  const auto take = [&](const daemon::CortexBlock& block) {
    const daemon::CortexTimeTag tag = block.time_tag.value_or(daemon::CortexTimeTag{});
    if (block.time_tag) (void)daemon::utc_of(tag, kReceived);
    outcome.blocks.emplace_back(copy_of(block.frame), tag.seconds, tag.microseconds);
  };
  in_pieces(bytes, seed, longest, [&](ByteView piece) { reader.push(piece, take); });
  reader.end_connection();
  reader.push(bytes.first(bytes.size() / 2), take);
  reader.end_connection();
  outcome.counts = reader.counts();
  return outcome;
}

}  // namespace
}  // namespace dl::fuzz

// How the connection cuts replies changes nothing, and no byte is counted twice.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace dl::fuzz;
  Input input(data, size);
  const dl::daemon::CortexLayout layout = choose_layout(input);
  const std::uint8_t seed = input.byte();
  const Outcome whole = run(layout, input.rest(), seed, size + 1);
  DL_MUST(whole.counts.blocks == whole.blocks.size());
  const std::size_t bytes = input.rest().size() + input.rest().size() / 2;
  DL_MUST(whole.counts.blocks * layout.block_bytes() + whole.counts.skipped_bytes + whole.counts.cut_bytes <= bytes);
  if (!compares_pieces(seed)) return 0;
  const Outcome pieces = run(layout, input.rest(), seed, 1 + seed % 30U);
  DL_MUST(whole.blocks == pieces.blocks);
  DL_MUST(whole.counts.blocks == pieces.counts.blocks);
  DL_MUST(whole.counts.resynchronised == pieces.counts.resynchronised);
  DL_MUST(whole.counts.skipped_bytes == pieces.counts.skipped_bytes);
  DL_MUST(whole.counts.cut_bytes == pieces.counts.cut_bytes);
  return 0;
}
