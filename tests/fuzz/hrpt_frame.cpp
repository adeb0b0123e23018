// One minor frame of NOAA HRPT with any damage: the TIP and AIP frames inside, and the line of AVHRR. It is too long
// for a fuzzer to make, so the input says how a sound one is changed. Its marker is what frame_sync is about, and the
// words of a recording what word_unpacker is.
#include "decoders/avhrr3/hrpt_line.h"
#include "link/frames/hrpt_words.h"
#include "link/packets/tip_splitter.h"
#include "tests/fuzz/fuzz_target.h"

namespace dl::fuzz {
namespace {

constexpr std::uint8_t kAddress = 15;

// With a time code, and five frames of TIP.
const Bytes& sound_frame() {
  static const Bytes frame = [] {
    link::HrptWords words;
    link::HrptHeader header;
    header.number = link::HrptMinorFrameNumber::tip;
    header.spacecraft_address = kAddress;
    link::set_time(header, kReceived);
    words.set_header(header);
    for (std::size_t place = 0; place < link::kHrptTipFrames; ++place) {
      link::TipFrame tip{};
      tip.fill(static_cast<Byte>(0x35 + place));
      words.set_tip(place, tip);
    }
    for (std::size_t word = decoders::avhrr3::kHrptEarthWord; word < link::kHrptWords - 100; ++word) {
      words.set(word, static_cast<std::uint16_t>(word));
    }
    return words.frame_bytes();
  }();
  return frame;
}

// Header and telemetry, the TIP, or anything: what matters is a small part of the frame.
Bytes damaged_frame(Input& input) {
  constexpr std::size_t kFirst[] = {0, 0, 118, 0};
  constexpr std::size_t kBytes[] = {12, 120, 660, link::kHrptFrameBytes};
  Bytes frame = sound_frame();
  while (!input.empty()) {
    const unsigned where = input.below(4);
    const std::size_t at = kFirst[where] + (std::size_t{input.word()} % kBytes[where]);
    const std::size_t count = 1 + input.below(8);
    const std::uint8_t change = input.byte();
    for (std::size_t i = at; i < std::min(at + count, frame.size()); ++i) frame[i] ^= change;
  }
  return frame;
}

void split(Bytes& bytes, bool gap_before) {
  link::Frame frame;
  frame.bytes = bytes;
  frame.data_field = bytes;
  frame.gap_before = gap_before;
  frame.received_at = kReceived;
  link::TipSplitter splitter;
  auto& packets = empty_batch<link::PacketBatch>();
  splitter.push(frame, packets);
  const LossLedger& losses = splitter.losses();
  DL_MUST(losses.balanced() && losses.units_in == losses.units_out + losses.all_dropped().units);
  DL_MUST(packets.packets().size() == losses.units_out && losses.units_in <= link::kHrptTipFrames);
  for (const link::Packet& packet : packets.packets()) {
    DL_MUST(packet.kind == link::PacketKind::tip_frame && packet.bytes.size() == link::kTipPacketBytes);
    DL_MUST(packet.apid == link::kTipApid || packet.apid == link::kAipApid);
    const link::TipPacket tip = link::read_tip_packet(packet.bytes);
    DL_MUST(tip.place < link::kHrptTipFrames && tip.spacecraft_address < 16 &&
            tip.frame.size() == link::kTipFrameBytes);
  }
}

void decode(const Bytes& frame) {
  const auto line = decoders::avhrr3::decode_hrpt_frame(frame, kReceived);
  if (!line) return;
  DL_MUST(std::chrono::abs(line->time - kReceived) < std::chrono::days(184));
  unsigned bits = 0;
  for (const std::uint16_t count : line->earth) bits |= count;
  DL_MUST(bits <= decoders::avhrr3::kMaxCount);
}

}  // namespace
}  // namespace dl::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  dl::fuzz::Input input(data, size);
  const unsigned choice = input.below(4);
  dl::Bytes frame = dl::fuzz::damaged_frame(input);
  if (choice < 2) {
    dl::fuzz::decode(frame);
  } else {
    dl::fuzz::split(frame, choice == 3);
  }
  return 0;
}
