#include "link/coding/channel_decoder.h"

#include "link/frame_encoder.h"
#include "tests/fuzz/fuzz_profile.h"

namespace dl::fuzz {
namespace {

struct Decoded {
  std::vector<Bytes> frames;
  std::vector<unsigned> corrected;  // 1000: dropped
  LossLedger losses;
  link::CodewordCounts codewords;
};

Decoded decode(const link::Profile& profile, const std::vector<Bytes>& blocks, Kernel kernel) {
  link::ChannelDecoder decoder(profile, kernel);
  auto& batch = empty_batch<link::FrameBatch>();
  for (const Bytes& block : blocks) {
    const std::span<Byte> room = batch.add({}, block.size());
    std::copy(block.begin(), block.end(), room.begin());
  }
  decoder.decode(batch);
  Decoded decoded;
  for (const link::Frame& frame : batch.frames()) {
    // What an uncorrectable frame holds is nobody's business.
    decoded.frames.push_back(frame.dropped ? Bytes{} : copy_of(frame.bytes));
    decoded.corrected.push_back(frame.dropped ? 1000U : frame.quality.symbols_corrected);
    DL_MUST(frame.dropped || frame.bytes.size() == profile.frame_size_bytes());
  }
  decoded.losses = decoder.losses();
  decoded.codewords = decoder.codewords();
  return decoded;
}

// Frames as sent, the input on top of them as errors; or the input itself.
std::vector<Bytes> choose_blocks(Input& input, const link::Profile& profile) {
  std::vector<Bytes> blocks(1 + input.below(5));
  const bool encoded = input.flag();
  for (Bytes& block : blocks) {
    block.assign(profile.codeblock_size_bytes(), 0);
    if (encoded) {
      Bytes frame(profile.frame_size_bytes(), input.byte());
      Bytes cadu;
      link::CaduEncoder(profile).encode(frame, cadu);
      block.assign(cadu.end() - static_cast<std::ptrdiff_t>(block.size()), cadu.end());
      for (unsigned errors = input.below(80); errors > 0; --errors) block[input.word() % block.size()] ^= input.byte();
    } else {
      const ByteView bytes = input.take(block.size());
      std::copy(bytes.begin(), bytes.end(), block.begin());
    }
  }
  return blocks;
}

}  // namespace
}  // namespace dl::fuzz

// Every kernel of this processor gives the same frames and counts, and bytes add up.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace dl::fuzz;
  Input input(data, size);
  dl::link::Profile profile;
  choose_marker(input, profile);
  profile.marker_bits = 32;
  profile.marker = 0x1ACFFC1D;
  profile.cadu_size_bits = 0;
  choose_code(input, profile);
  const std::vector<dl::Bytes> blocks = choose_blocks(input, profile);
  const Decoded scalar = decode(profile, blocks, dl::Kernel::scalar);
  DL_MUST(scalar.losses.balanced());
  DL_MUST(scalar.losses.units_in == blocks.size());
  for (const dl::Kernel kernel : {dl::Kernel::avx2, dl::Kernel::avx512_gfni}) {
    if (!dl::can_run(kernel)) continue;
    const Decoded other = decode(profile, blocks, kernel);
    DL_MUST(other.frames == scalar.frames);
    DL_MUST(other.corrected == scalar.corrected);
    DL_MUST(other.codewords.uncorrectable == scalar.codewords.uncorrectable);
    DL_MUST(other.codewords.by_symbols_corrected == scalar.codewords.by_symbols_corrected);
    DL_MUST(other.losses.bytes_out == scalar.losses.bytes_out);
  }
  return 0;
}
