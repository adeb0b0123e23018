// Recordings of NOAA HRPT hold its words of ten bits in one of three ways: packed, or each in sixteen bits, the upper
// six of them 0, the high byte first (what satpy reads) or the low byte first (.raw16 of LeanHRPT and SatDump). Which
// one it is shows in the first 256 bytes that are not all 0; then words in sixteen bits are packed.
//
// A byte that cannot begin a word, because its six bits are not 0, is dropped (no_sync): so the place of the words is
// found again where a byte is missing.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string_view>

#include "core/bytes.h"
#include "core/loss_ledger.h"
#include "core/time.h"
#include "link/soft/soft_decoder.h"

namespace dl::link {

enum class WordContainer { packed, words_be, words_le };
std::string_view to_string(WordContainer container);  // "packed", "words-be", "words-le"

// How the input is cut into pushes never changes what comes out. Holds up to 256 bytes, then less than four words.
class WordUnpacker {
 public:
  // The next bytes, all received at the same time. Appends to `out`.
  void push(ByteView bytes, UtcTime received_at, SoftBits& out);
  // The input has ended: all its bits come out, the last byte filled up with zeros.
  void flush(SoftBits& out);
  // Implies flush(); the next `size_bytes` of the input are stepped over unread, and booked under `reason`.
  void skip(std::uint64_t size_bytes, DropReason reason, SoftBits& out);

  // Units are words of sixteen bits. Dropped: overhead (their upper bits), no_sync, truncated_tail, what was skipped.
  [[nodiscard]] LossLedger losses() const;
  // None until it is known.
  [[nodiscard]] std::optional<WordContainer> container() const { return container_; }

  // Where in the input a byte that came out began. Exact for what came out of the last 1024 stretches without a drop.
  [[nodiscard]] std::uint64_t input_offset_of(std::uint64_t byte) const;

 private:
  // Bits from `first_bit` on come from the input from `offset` on.
  struct Place {
    std::uint64_t first_bit = 0;
    std::uint64_t offset = 0;
    bool in_words = false;  // else byte for byte
  };

  void decide(bool at_end);
  void convert(SoftBits& out);
  void pass(ByteView bytes, SoftBits& out);
  void convert_words(SoftBits& out);
  void put_word(unsigned word, SoftBits& out);
  void begin_place();

  std::optional<WordContainer> container_;
  Bytes held_;                // not converted yet
  std::uint64_t offset_ = 0;  // in the input, of held_
  std::uint32_t pending_ = 0;
  unsigned pending_bits_ = 0;
  std::uint64_t bytes_out_ = 0;
  UtcTime received_at_{};
  std::deque<Place> places_;  // never empty once a byte came out
  bool place_is_new_ = true;
  LossLedger losses_;
};

}  // namespace dl::link
