#include "decoders/avhrr3/hrpt_encoder.h"

#include <cassert>

#include "decoders/avhrr3/bands.h"
#include "decoders/avhrr3/hrpt_line.h"

namespace dl::decoders::avhrr3 {
namespace {

void put_view(const ReferenceView& view, std::size_t first_word, std::size_t first_slot, link::HrptWords& frame) {
  std::size_t word = first_word;
  for (const auto& sample : view) {
    for (std::size_t slot = first_slot; slot < kSlots; ++slot) frame.set(word++, sample[slot]);
  }
}

}  // namespace

void put_line(const ScanLine& line, link::HrptMinorFrameNumber number, std::uint8_t spacecraft_address,
              link::HrptWords& frame) {
  assert(line.earth.size() == kSlots * kPixels);
  link::HrptHeader header;
  header.number = number;
  header.spacecraft_address = spacecraft_address;
  header.channel_3a = !line.channel_3b;
  link::set_time(header, line.time);
  frame.set_header(header);
  for (std::size_t slot = 0; slot < kSlots; ++slot) frame.set(kHrptRampWord + slot, line.ramp[slot]);
  for (std::size_t i = 0; i < kPrtSamples; ++i) frame.set(kHrptPrtWord + i, line.prt[i]);
  frame.set(kHrptPatchWord, line.patch[kSlot3]);
  put_view(line.black_body, kHrptBlackBodyWord, kSlot3, frame);
  put_view(line.space, kHrptSpaceWord, 0, frame);
  for (std::size_t slot = 0; slot < kSlots; ++slot) {
    const auto counts = line.counts(slot);
    for (std::size_t x = 0; x < kPixels; ++x) frame.set(kHrptEarthWord + x * kSlots + slot, counts[x]);
  }
}

}  // namespace dl::decoders::avhrr3
