#include "decoders/avhrr3/hrpt_line.h"

#include <cassert>

#include "decoders/avhrr3/bands.h"
#include "link/frames/hrpt_frame.h"

namespace dl::decoders::avhrr3 {
namespace {

UtcTime time_in(std::chrono::year year, const link::HrptHeader& header) {
  const auto new_year = std::chrono::sys_days(year / 1 / 1);
  return UtcTime(new_year) + std::chrono::days(header.day_of_year - 1) + Milliseconds(header.millisecond_of_day);
}

UtcTime nearest_time(const link::HrptHeader& header, UtcTime near) {
  const std::chrono::year year = std::chrono::year_month_day(std::chrono::floor<std::chrono::days>(near)).year();
  UtcTime best = time_in(year, header);
  for (const std::chrono::year other : {year - std::chrono::years(1), year + std::chrono::years(1)}) {
    const UtcTime time = time_in(other, header);
    if (std::chrono::abs(time - near) < std::chrono::abs(best - near)) best = time;
  }
  return best;
}

template <std::size_t N>
std::array<std::uint16_t, N> words(ByteView frame, std::size_t first) {
  std::array<std::uint16_t, N> out{};
  for (std::size_t i = 0; i < N; ++i) out[i] = link::hrpt_word(frame, first + i);
  return out;
}

// `slots` from `first_slot` on are sent; the others stay 0.
ReferenceView view(ByteView frame, std::size_t first_word, std::size_t first_slot) {
  const std::size_t sent = kSlots - first_slot;
  ReferenceView out{};
  for (std::size_t sample = 0; sample < kReferenceSamples; ++sample) {
    for (std::size_t slot = first_slot; slot < kSlots; ++slot) {
      out[sample][slot] = link::hrpt_word(frame, first_word + sample * sent + slot - first_slot);
    }
  }
  return out;
}

std::vector<std::uint16_t> earth_view(ByteView frame) {
  std::vector<std::uint16_t> earth(kSlots * kPixels);
  for (std::size_t pixel = 0; pixel < kPixels; ++pixel) {
    for (std::size_t slot = 0; slot < kSlots; ++slot) {
      earth[slot * kPixels + pixel] = link::hrpt_word(frame, kHrptEarthWord + pixel * kSlots + slot);
    }
  }
  return earth;
}

}  // namespace

bool looks_like_hrpt_line(const link::Packet& packet) {
  return packet.kind == link::PacketKind::frame_data && packet.bytes.size() == link::kHrptFrameBytes;
}

tl::expected<ScanLine, DropReason> decode_hrpt_frame(ByteView frame, UtcTime near) {
  assert(frame.size() == link::kHrptFrameBytes);
  const link::HrptHeader header = link::parse_hrpt_header(frame);
  if (header.pseudo_noise) return tl::unexpected(DropReason::idle);
  if (!header.has_possible_time()) return tl::unexpected(DropReason::packet_time);
  ScanLine line;
  line.time = nearest_time(header, near);
  line.channel_3b = !header.channel_3a;
  line.earth = earth_view(frame);
  line.space = view(frame, kHrptSpaceWord, 0);
  line.black_body = view(frame, kHrptBlackBodyWord, kSlot3);
  line.prt = words<kPrtSamples>(frame, kHrptPrtWord);
  line.ramp = words<kSlots>(frame, kHrptRampWord);
  line.patch[kSlot3] = link::hrpt_word(frame, kHrptPatchWord);
  return line;
}

}  // namespace dl::decoders::avhrr3
