// Demodulated symbols to bits: takes off the interleaver, finds the phase of the symbols, undoes the convolutional code
// and the differential coding (link/profile.h SoftCoding).
//
// The phase (link/soft/symbol_phase.h) is found by decoding a block of 4096 symbols in every phase there is: the right
// one is the one whose bits, encoded again, contradict the fewest symbols. In lock the same error rate watches over the
// phase; when it jumps, the others are tried on that block, and one that fits better takes over where the symbols
// turned. After eight bad blocks in which no phase is any better the search begins anew. Bits come out of bad blocks
// too, so that frame synchronisation keeps its place in a fade.
//
// What is supported:
//   bpsk   inverted or not; where a pair of outputs or a puncture period begins
//   qpsk   I and Q alternate; turned by any quarter, mirrored or not. A stream may begin with Q. At rate 5/6 a mirrored
//          constellation cannot be told from an upright one (the difference is itself a codeword) and is not tried
//   oqpsk  as qpsk: the demodulator takes out the half symbol between I and Q. Where it takes the wrong half, pairs
//          straddle two symbols, which is one of the phases that are tried
// Without a code (rate none) symbols become bits as they stand.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "core/bytes.h"
#include "core/loss_ledger.h"
#include "core/time.h"
#include "link/profile.h"
#include "link/soft/lrpt_deinterleaver.h"
#include "link/soft/symbol_phase.h"
#include "link/soft/viterbi_decoder.h"

namespace dl::link {

// Decoded bits, eight to a byte, the first highest.
struct SoftBits {
  struct Run {
    std::size_t size_bytes = 0;
    UtcTime received_at{};  // of the symbols of its first byte
  };
  Bytes bytes;
  std::vector<Run> runs;  // of `bytes`, in order

  void clear() {
    bytes.clear();
    runs.clear();
  }
};

// How much is judged at a time. A pass has the defaults, for which the error rates that tell a phase from noise were
// measured; the fuzz target takes less, to get through many blocks in a few symbols.
struct SoftSizes {
  std::size_t block_symbols = 4096;        // at least 8: a puncture period
  std::size_t least_block_symbols = 1024;  // to find a phase in, at the end of the input
  // Of the ViterbiDecoder, at least 7; whole puncture periods of it are used. Less than a block, or turning back to
  // change the phase could go on for ever.
  std::size_t depth_steps = 1050;
  unsigned bad_blocks_to_loss = 8;
};

// How the input is cut into pushes never changes what comes out. Memory is bounded: two blocks of symbols, and the
// interleaver's 2.7 MB.
class SoftDecoder {
 public:
  explicit SoftDecoder(const SoftCoding& coding, const SoftSizes& sizes = {});

  // Takes symbols, a signed byte each, all received at the same time; positive is a one (or a zero: the whole stream
  // comes out inverted). Appends to `out`.
  void push(ByteView symbols, UtcTime received_at, SoftBits& out);

  // The input has ended: all its bits come out, the last byte filled up with zeros. A new input may begin.
  void flush(SoftBits& out);

  // Implies flush(); the next `size_bytes` of the input are stepped over unread, and booked under `reason`.
  void skip(std::uint64_t size_bytes, DropReason reason, SoftBits& out);

  // Bytes and units are symbols, but for bytes_out. Dropped: no_symbol_lock, what was skipped, and overhead: what the
  // code and the interleaver's sync words have added.
  [[nodiscard]] LossLedger losses() const;

  // The first symbol of a byte that came out, counted from the first one on. Exact for what came out of the last 1024
  // phases that were found.
  [[nodiscard]] std::uint64_t input_offset_of(std::uint64_t byte) const;

  struct Counts {
    std::uint64_t locks = 0;  // phases found where there was none
    std::uint64_t losses_of_lock = 0;
    std::uint64_t relocks = 0;    // changes from one phase straight to another
    SymbolErrors channel_errors;  // while in lock
    LrptDeinterleaver::Counts interleaver;
  };
  [[nodiscard]] Counts counts() const;
  [[nodiscard]] bool locked() const { return phase_.has_value(); }
  // Of the phase in use, without symbols_to_start.
  [[nodiscard]] std::optional<SymbolPhase> phase() const { return phase_; }

 private:
  struct Found {
    SymbolPhase phase;
    double error_rate = 1;
  };
  // Where in the symbols the bits from `first_bit` on come from.
  struct Place {
    std::uint64_t first_bit = 0;
    std::uint64_t symbol = 0;
  };

  void work(SoftBits& out);
  void slice(SoftBits& out);
  void step_searching(std::size_t symbols);
  void step_locked(std::size_t symbols, bool last, SoftBits& out);
  void work_tail(SoftBits& out);
  [[nodiscard]] Found find_phase(std::size_t symbols);
  void read(std::size_t symbols, const SymbolPhase& phase);
  void change_phase(const Found& found, std::size_t symbols, SoftBits& out);
  void lock(const Found& found);
  void give_up_phase(SoftBits& out);
  void pass_over(std::size_t symbols);
  void advance(std::size_t symbols);
  void go_back(std::size_t symbols);
  void begin_place();
  [[nodiscard]] std::size_t available() const { return symbols_.size() - next_; }

  void put_out(SoftBits& out);
  [[nodiscard]] std::uint64_t input_offset_of_symbol(std::uint64_t symbol) const;
  [[nodiscard]] UtcTime received_at(std::uint64_t input_offset) const;
  void forget_arrivals();

  SoftCoding coding_;
  SoftSizes sizes_;
  PuncturePattern pattern_;
  std::vector<SymbolPhase> phases_;
  SymbolReader reader_;
  std::optional<LrptDeinterleaver> deinterleaver_;
  std::size_t block_symbols_;

  ViterbiDecoder decoder_;
  ViterbiDecoder trial_;
  std::optional<SymbolPhase> phase_;
  double usual_error_rate_ = 0;
  unsigned bad_blocks_ = 0;

  // Kept before the next one: those that are undecided, and one that may be the other half of a pair.
  std::vector<std::int8_t> symbols_;
  std::size_t next_ = 1;
  std::uint64_t first_ = 0;  // number of symbols_[next_]: its place in the input, but for an interleaver
  std::vector<std::int8_t> pairs_;
  std::vector<std::uint8_t> bits_;

  bool last_bit_ = false;  // before differential decoding
  Byte started_byte_ = 0;
  std::uint64_t bits_out_ = 0;  // filled-up ones at an end included
  std::uint64_t decoded_ = 0;   // symbols
  std::uint64_t passed_over_ = 0;
  std::deque<Place> places_;
  struct Arrival {
    std::uint64_t first_symbol = 0;  // of the input
    UtcTime time{};
  };
  std::deque<Arrival> arrivals_;
  std::uint64_t symbols_in_ = 0;  // of the input, skipped ones included
  LossLedger losses_;
  Counts counts_;
};

}  // namespace dl::link
