#include "link/soft/soft_decoder.h"

#include <bit>

#include "link/kernels/viterbi.h"
#include "link/soft/puncturing.h"
#include "tests/fuzz/fuzz_profile.h"

namespace dl::fuzz {
namespace {

// A signal out of commands of two bytes, since bytes alone never look like one: stretches of coded symbols, noise,
// turns of the constellation, symbols lost and doubled, and the bytes of the input themselves.
class Signal {
 public:
  Signal(const link::SoftCoding& coding, std::size_t most)
      : pattern_(link::puncture_pattern(coding.rate)), most_(most), stretch_(most > 1000 ? 16 : 1) {}

  Bytes make(Input& input) {
    while (!input.empty() && symbols_.size() < most_) {
      const std::uint8_t command = input.byte();
      const std::size_t amount = input.byte();
      switch (command % 6) {
        case 0:
          send(stretch_ * amount, 0);
          break;
        case 1:
          send(stretch_ * amount, 60);
          break;
        case 2:
          noise(stretch_ * amount);
          break;
        case 3:
          turn_ = static_cast<unsigned>(amount % 8);
          break;
        case 4:
          symbols_.resize(symbols_.size() - std::min(symbols_.size(), amount % 9));
          break;
        default:
          for (const Byte byte : input.take(amount)) symbols_.push_back(byte);
      }
    }
    symbols_.resize(std::min(symbols_.size(), most_));
    return std::move(symbols_);
  }

 private:
  std::uint32_t random() {
    state_ = state_ * 1664525U + 1013904223U;
    return state_ >> 8;
  }
  void noise(std::size_t count) {
    for (; count > 0 && symbols_.size() < most_; --count) symbols_.push_back(static_cast<Byte>(random()));
  }
  void send(std::size_t periods, unsigned noise_level) {
    for (; periods > 0 && symbols_.size() < most_; --periods) {
      unsigned outputs[8] = {};
      for (unsigned step = 0; step < pattern_.steps; ++step) {
        register_ = (register_ << 1 | (random() & 1)) & 0x7F;
        outputs[step] = (static_cast<unsigned>(std::popcount(register_ & link::kGenerator1)) & 1U) |
                        (static_cast<unsigned>(std::popcount(register_ & link::kGenerator2)) & 1U) << 1;
      }
      for (const auto& sent : pattern_.sent) {
        const int level = (outputs[sent.step] >> sent.output & 1) != 0 ? 60 : -60;
        add(level + static_cast<int>(noise_level == 0 ? 0 : random() % (2 * noise_level)) -
            static_cast<int>(noise_level));
      }
    }
  }
  // Symbols come in pairs, which are turned.
  void add(int symbol) {
    if (turn_ == 0) {
      symbols_.push_back(static_cast<Byte>(static_cast<std::int8_t>(symbol)));
      return;
    }
    if (!first_) {
      first_ = symbol;
      return;
    }
    int pair[2] = {*first_, symbol};
    first_.reset();
    if ((turn_ & 1) != 0) std::swap(pair[0], pair[1]);
    if ((turn_ & 2) != 0) pair[1] = -pair[1];
    for (const int each : pair)
      symbols_.push_back(static_cast<Byte>(static_cast<std::int8_t>((turn_ & 4) != 0 ? -each : each)));
  }

  link::PuncturePattern pattern_;
  std::size_t most_;     // symbols
  std::size_t stretch_;  // by which a command's amount counts
  std::uint32_t state_ = 1;
  unsigned register_ = 0;
  unsigned turn_ = 0;
  std::optional<int> first_;
  Bytes symbols_;
};

struct Outcome {
  Bytes bytes;
  LossLedger losses;
  std::uint64_t wrong = 0;
};

// As for a pass in one run of a thousand, whatever the corpus has grown into: it takes thousands of symbols. Else a few
// hundred go through all there is: phases found and lost, turned, symbols left over.
link::SoftSizes choose_sizes(const std::uint8_t* data, std::size_t size) {
  std::uint32_t hash = 2166136261U;  // FNV-1a
  for (std::size_t i = 0; i < size; ++i) hash = (hash ^ data[i]) * 16777619U;
  if ((hash >> 8) % 1000 == 0) return {};
  return {96, 24, 28, 3};
}

Outcome run(const link::SoftCoding& coding, const link::SoftSizes& sizes, ByteView symbols, std::uint8_t seed,
            std::size_t longest) {
  link::SoftDecoder decoder(coding, sizes);
  link::SoftBits bits;
  in_pieces(symbols, seed, longest, [&](ByteView piece) { decoder.push(piece, kReceived, bits); });
  decoder.skip(seed, DropReason::quarantined, bits);
  decoder.push(symbols.first(symbols.size() / 3), kReceived, bits);
  decoder.flush(bits);
  std::size_t in_runs = 0;
  for (const auto& run : bits.runs) in_runs += run.size_bytes;
  DL_MUST(in_runs == bits.bytes.size());
  std::uint64_t last = 0;
  for (std::uint64_t byte = 0; byte < bits.bytes.size(); byte += 97) {
    const std::uint64_t offset = decoder.input_offset_of(byte);
    DL_MUST(offset <= decoder.losses().bytes_in &&
            (coding.interleaver != link::SymbolInterleaver::none || offset >= last));
    last = offset;
  }
  return {bits.bytes, decoder.losses(), decoder.counts().channel_errors.wrong};
}

}  // namespace
}  // namespace dl::fuzz

// How the symbols are cut changes nothing, every symbol is accounted for, and this comes to an end.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace dl::fuzz;
  Input input(data, size);
  dl::link::SoftCoding coding = choose_soft(input);
  const std::uint8_t seed = input.byte();
  const dl::link::SoftSizes sizes = choose_sizes(data, size);
  const bool as_in_a_pass = sizes.block_symbols > 96;
  // The interleaver's delay line is 2.7 MB, and a sync word stands in every 80 symbols.
  if (coding.interleaver != dl::link::SymbolInterleaver::none && !as_in_a_pass) coding.interleaver = {};
  const std::size_t most = as_in_a_pass ? (seed % 4 == 0 ? 40'000 : 9'000) : 300;
  const dl::Bytes symbols = Signal(coding, most).make(input);
  const auto must_add_up = [&](const dl::LossLedger& losses) {
    DL_MUST(losses.balanced());
    DL_MUST(losses.units_in == losses.units_out + losses.all_dropped().units);
    DL_MUST(losses.bytes_in == symbols.size() + symbols.size() / 3 + seed);
  };
  const Outcome whole = run(coding, sizes, symbols, seed, symbols.size() + 1);
  must_add_up(whole.losses);
  if (!compares_pieces(seed)) return 0;
  const Outcome pieces = run(coding, sizes, symbols, seed, 1 + seed * 20U);
  must_add_up(pieces.losses);
  DL_MUST(whole.bytes == pieces.bytes);
  DL_MUST(whole.wrong == pieces.wrong);
  return 0;
}
