#include "link/frames/hrpt_words.h"

#include <bit>
#include <cassert>
#include <span>

namespace dl::link {
namespace {

// Table 4.1.3-1: the first 60 bits of a maximal sequence.
constexpr std::array<std::uint16_t, kHrptMarkerWords> kMarker = {0x284, 0x16F, 0x35C, 0x19D, 0x20F, 0x095};

// Appends words of ten bits; `pending` holds what does not fill a byte.
void pack(std::span<const std::uint16_t> words, std::uint32_t& pending, unsigned& pending_bits, Bytes& out) {
  for (const std::uint16_t word : words) {
    pending = pending << kHrptWordBits | word;
    for (pending_bits += kHrptWordBits; pending_bits >= 8; pending_bits -= 8) {
      out.push_back(static_cast<Byte>(pending >> (pending_bits - 8)));
    }
  }
}

}  // namespace

HrptWords::HrptWords() {
  for (std::size_t i = 0; i < kHrptMarkerWords; ++i) words_[i] = kMarker[i];
}

void HrptWords::set_header(const HrptHeader& header) {
  constexpr unsigned kSynchronised = 1U << 9;
  constexpr unsigned kTimeSpare = 0b101U << 7;
  set(kHrptIdWord, static_cast<std::uint16_t>(kSynchronised | static_cast<unsigned>(header.number) << 7 |
                                              (header.spacecraft_address & 15U) << 3 | (header.pseudo_noise ? 2U : 0U) |
                                              (header.channel_3a ? 1U : 0U)));
  set(kHrptTimeWord, static_cast<std::uint16_t>(header.day_of_year << 1));
  set(kHrptTimeWord + 1, static_cast<std::uint16_t>(kTimeSpare | header.millisecond_of_day >> 20));
  set(kHrptTimeWord + 2, static_cast<std::uint16_t>(header.millisecond_of_day >> 10 & 0x3FFU));
  set(kHrptTimeWord + 3, static_cast<std::uint16_t>(header.millisecond_of_day & 0x3FFU));
}

// The tenth bit as its name in the table, "-bit 1", can be read: the first one inverted.
void HrptWords::set_tip(std::size_t place, const TipFrame& frame) {
  assert(place < kHrptTipFrames);
  for (std::size_t i = 0; i < frame.size(); ++i) {
    const unsigned octet = frame[i];
    const unsigned parity = static_cast<unsigned>(std::popcount(octet)) % 2U;
    const unsigned last = octet >> 7 ^ 1U;
    set(kHrptTipWord + place * kTipFrameBytes + i, static_cast<std::uint16_t>(octet << 2 | parity << 1 | last));
  }
}

Bytes HrptWords::frame_bytes() const {
  Bytes out;
  out.reserve(kHrptFrameBytes);
  std::uint32_t pending = 0;
  unsigned pending_bits = 0;
  pack(std::span(words_).subspan(kHrptMarkerWords), pending, pending_bits, out);
  return out;
}

void set_time(HrptHeader& header, UtcTime time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  header.day_of_year = static_cast<std::uint16_t>((day - std::chrono::sys_days(date.year() / 1 / 1)).count() + 1);
  header.millisecond_of_day = static_cast<std::uint32_t>(std::chrono::floor<Milliseconds>(time - UtcTime(day)).count());
}

void HrptFileWriter::add(const HrptWords& frame, Bytes& out) {
  if (container_ == HrptContainer::packed) {
    pack(frame.words(), pending_, pending_bits_, out);
    return;
  }
  for (const std::uint16_t word : frame.words()) {
    const auto high = static_cast<Byte>(word >> 8);
    const auto low = static_cast<Byte>(word);
    out.push_back(container_ == HrptContainer::words_be ? high : low);
    out.push_back(container_ == HrptContainer::words_be ? low : high);
  }
}

void HrptFileWriter::finish(Bytes& out) {
  if (pending_bits_ > 0) out.push_back(static_cast<Byte>(pending_ << (8 - pending_bits_)));
  pending_bits_ = 0;
}

}  // namespace dl::link
