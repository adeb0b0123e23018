// Takes off the interleaver of Meteor-M2's LRPT mode of 80 ksymbol/s, which stands between the convolutional encoder
// and the modulator so that a fade of seconds becomes single wrong symbols.
//
// On the air: a sync word of 8 symbols, 0x27, before every 72 coded symbols. Of the coded symbols, number n is sent
// (n mod 36) * 36 * 2048 coded symbols later than it would be: 36 branches, an elementary delay of 2048. Source: the
// NASA LRPT demonstration report ("36 interleaver branches, 2048 bits per elementary delay"), and the constants of
// dbdexter-dev/meteor_decode (deinterleave.h) and of SatDump's meteor plug-in, which agree.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "core/bytes.h"

namespace dl::link {

// 2.7 MB, whatever the input. The sync word also tells how the constellation is turned, mirrored or inverted: what
// comes out is upright.
class LrptDeinterleaver {
 public:
  static constexpr std::size_t kSyncSymbols = 8;
  static constexpr std::size_t kBlockSymbols = 72;  // between two sync words
  static constexpr std::size_t kBranches = 36;
  static constexpr std::size_t kBranchDelay = 2048;
  // A symbol comes out when those that may have been sent so much later have come in: 32 s.
  static constexpr std::size_t kLatency = (kBranches - 1) * kBranches * kBranchDelay;

  LrptDeinterleaver();

  // Takes symbols, a signed byte each, and appends to `out` those whose place is settled, in the encoder's order. 0:
  // never came. How the input is cut into pushes never changes what comes out.
  void push(ByteView symbols, std::vector<std::int8_t>& out);

  // The input has ended: appends the rest. Afterwards a new input may begin.
  void flush(std::vector<std::int8_t>& out);

  // The input goes on `size` symbols later. Only after flush().
  void skip(std::uint64_t size) { base_ += size; }

  // Where a symbol that has come out would have stood in the input without interleaving. Exact for the last 350,000
  // symbols to have come out.
  [[nodiscard]] std::uint64_t input_offset_of(std::uint64_t number) const;

  struct Counts {
    std::uint64_t sync = 0;         // symbols of sync words
    std::uint64_t passed_over = 0;  // symbols while the sync word was looked for, or between two places of it
    std::uint64_t inserted = 0;     // symbols that came out and never came in
    std::uint64_t resyncs = 0;      // the sync word stood elsewhere, or the constellation turned
  };
  [[nodiscard]] const Counts& counts() const { return counts_; }

 private:
  // How the received symbols are turned back: axes swapped, then the second inverted, then both.
  struct Turn {
    bool swapped = false;
    bool second_inverted = false;
    bool inverted = false;
    friend bool operator==(const Turn&, const Turn&) = default;
  };
  struct Sync {
    std::size_t at = 0;  // of the sync word, 0 to 79
    Turn turn;
    double correlation = 0;  // 1: every symbol of every sync word is as sent
  };

  // By place within a block: sums over blocks, in which all but the sync word cancels itself.
  struct Sums {
    std::array<int, 2 * kSyncSymbols + kBlockSymbols> values{};
    std::array<int, 2 * kSyncSymbols + kBlockSymbols> magnitudes{};

    [[nodiscard]] double correlation(std::size_t at, const Turn& turn) const;
  };

  [[nodiscard]] Sums sums_of(std::size_t blocks) const;
  [[nodiscard]] static Sync find_sync(const Sums& sums);
  void follow_sync(std::size_t blocks);
  void take_group(std::size_t blocks, std::vector<std::int8_t>& out);
  void take_block(ByteView block);
  void emit(std::uint64_t to, std::vector<std::int8_t>& out);
  void consume(std::size_t symbols);

  Bytes buffer_;
  std::uint64_t base_ = 0;  // of buffer_[0], symbols from the start of the input
  std::optional<Sync> sync_;

  std::vector<std::int8_t> delay_line_;
  std::vector<std::uint64_t> block_offsets_;  // ring, by block number: where it stood in the input
  std::uint64_t written_ = 0;                 // coded symbols, counted over all inputs
  std::uint64_t emitted_ = 0;
  std::uint64_t start_ = 0;  // `written_` when this input began
  Counts counts_;
};

}  // namespace dl::link
