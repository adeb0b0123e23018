// Makes HRPT minor frames, for the simulator and for tests: the inverse of link/frames/hrpt_frame.h.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/bytes.h"
#include "core/time.h"
#include "link/frames/hrpt_frame.h"

namespace dl::link {

using TipFrame = std::array<Byte, kTipFrameBytes>;

// The words of one minor frame, marker included. All others are 0 until they are set.
class HrptWords {
 public:
  HrptWords();

  // `value` of ten bits.
  void set(std::size_t index, std::uint16_t value) { words_[index] = value & 0x3FFU; }
  void set_header(const HrptHeader& header);
  // With parity.
  void set_tip(std::size_t place, const TipFrame& frame);

  [[nodiscard]] const std::array<std::uint16_t, kHrptWords>& words() const { return words_; }
  // The frame behind its marker, as the link layer hands it over: kHrptFrameBytes.
  [[nodiscard]] Bytes frame_bytes() const;

 private:
  std::array<std::uint16_t, kHrptWords> words_{};
};

// Day of the year and millisecond, as the time code of a minor frame counts them.
void set_time(HrptHeader& header, UtcTime time);

// How recordings hold the words.
enum class HrptContainer { packed, words_be, words_le };  // ten bits back to back; sixteen bits, the upper six 0

class HrptFileWriter {
 public:
  explicit HrptFileWriter(HrptContainer container) : container_(container) {}

  void add(const HrptWords& frame, Bytes& out);
  // Fills up the last byte with zeros.
  void finish(Bytes& out);

 private:
  HrptContainer container_;
  std::uint32_t pending_ = 0;
  unsigned pending_bits_ = 0;
};

}  // namespace dl::link
