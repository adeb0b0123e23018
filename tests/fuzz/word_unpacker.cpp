// Recordings of words of ten bits in each of the three containers, and anything else.
#include "link/sync/word_unpacker.h"

#include "tests/fuzz/fuzz_target.h"

namespace dl::fuzz {
namespace {

struct Outcome {
  Bytes bytes;
  LossLedger losses;
  std::optional<link::WordContainer> container;
};

// What is there is repeated, for the container is judged by 256 bytes that are not all 0; 8 bits of it are put in
// words of sixteen.
Bytes recording(Input& input) {
  const unsigned kind = input.below(4);
  const std::size_t zeros = std::size_t{input.byte()} * 3;
  const unsigned times = 1 + input.below(12);
  Bytes bytes(zeros);
  for (unsigned i = 0; i < times; ++i) {
    for (const Byte byte : input.rest()) {
      const Byte high = byte & 3;
      if (kind == 1) bytes.push_back(high);
      bytes.push_back(byte);
      if (kind == 2) bytes.push_back(high);
    }
    if (kind == 3) bytes.push_back(static_cast<Byte>(i));  // a word more or less begins here
  }
  return bytes;
}

Outcome unpack(ByteView bytes, std::uint8_t seed, std::size_t longest) {
  link::WordUnpacker unpacker;
  link::SoftBits out;
  in_pieces(bytes, seed, longest, [&](ByteView piece) { unpacker.push(piece, kReceived, out); });
  const std::uint64_t skipped = seed % 8;
  if (skipped > 0) unpacker.skip(skipped, DropReason::quarantined, out);
  in_pieces(bytes.first(bytes.size() / 2), seed, longest,
            [&](ByteView piece) { unpacker.push(piece, kReceived, out); });
  unpacker.flush(out);
  const LossLedger losses = unpacker.losses();
  DL_MUST(losses.balanced());
  DL_MUST(losses.bytes_in == bytes.size() + bytes.size() / 2 + skipped);
  DL_MUST(losses.bytes_out == out.bytes.size() && losses.bytes_out <= losses.bytes_in);
  std::size_t in_runs = 0;
  for (const auto& run : out.runs) in_runs += run.size_bytes;
  DL_MUST(in_runs == out.bytes.size());
  std::uint64_t last = 0;
  for (std::uint64_t byte = 0; byte < out.bytes.size(); byte += 1 + seed) {
    const std::uint64_t offset = unpacker.input_offset_of(byte);
    DL_MUST(offset >= last && offset <= losses.bytes_in);
    last = offset;
  }
  return {std::move(out.bytes), losses, unpacker.container()};
}

}  // namespace
}  // namespace dl::fuzz

// How the input is cut changes nothing, and every byte comes out or is booked.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace dl::fuzz;
  Input input(data, size);
  const std::uint8_t seed = input.byte();
  const dl::Bytes bytes = recording(input);
  const Outcome whole = unpack(bytes, seed, bytes.size() + 1);
  if (!compares_pieces(seed)) return 0;
  const Outcome pieces = unpack(bytes, seed, 1 + seed % 60U);
  DL_MUST(whole.bytes == pieces.bytes && whole.container == pieces.container);
  DL_MUST(whole.losses.lost().bytes == pieces.losses.lost().bytes);
  return 0;
}
