// NOAA HRPT: recordings in every container, damaged, to minor frames, the TIP and AIP frames inside, and lines of
// AVHRR. A recording of whole minor frames is too long for a fuzzer, so the input says how a sound one is changed.
#include "decoders/avhrr3/hrpt_line.h"
#include "link/frames/hrpt_words.h"
#include "link/packets/tip_splitter.h"
#include "tests/fuzz/fuzz_profile.h"
#include "tests/fuzz/pipeline_run.h"

namespace {

using namespace dl;

constexpr std::uint8_t kAddress = 15;

link::Profile hrpt_profile() {
  link::Profile profile;
  profile.frame_kind = link::FrameKind::hrpt;
  profile.frame_version = 0;
  profile.scid = kAddress;
  profile.idle_vcids = {};
  profile.marker = 0xA116FD719D83C95;
  profile.marker_bits = 60;
  profile.marker_errors_check = 3;
  profile.marker_errors_lock = 6;
  profile.cadu_size_bits = 110900;
  profile.randomizer = link::Randomizer::none;
  profile.code = link::ReedSolomonCode::none;
  return profile;
}

// Two or three minor frames, some of whose words are others.
Bytes recording(fuzz::Input& input) {
  const auto container = static_cast<link::HrptContainer>(input.below(3));
  const unsigned frames = 2 + input.below(2);
  Bytes bytes;
  link::HrptFileWriter writer(container);
  for (unsigned i = 0; i < frames; ++i) {
    link::HrptWords words;
    link::HrptHeader header;
    header.number = static_cast<link::HrptMinorFrameNumber>(input.below(4));
    header.spacecraft_address = kAddress;
    header.day_of_year = static_cast<std::uint16_t>(input.word() & 0x1FFU);
    header.millisecond_of_day = i * 167U;
    words.set_header(header);
    for (unsigned edits = input.below(16); edits > 0; --edits) {
      words.set(input.word() % link::kHrptWords, input.word() & 0x3FFU);
    }
    writer.add(words, bytes);
  }
  writer.finish(bytes);
  return bytes;
}

// Takes bytes out, puts others in, or cuts the end off.
void damage(fuzz::Input& input, Bytes& bytes) {
  for (unsigned times = input.below(6); times > 0 && !bytes.empty(); --times) {
    const std::size_t at = (std::size_t{input.word()} << 4 | (input.byte() & 15U)) % bytes.size();
    const auto place = bytes.begin() + static_cast<std::ptrdiff_t>(at);
    switch (input.below(3)) {
      case 0:
        bytes.erase(place, place + static_cast<std::ptrdiff_t>(std::min<std::size_t>(input.byte(), bytes.size() - at)));
        break;
      case 1:
        bytes.insert(place, input.byte() & 15U, input.byte());
        break;
      default:
        *place = static_cast<Byte>(*place ^ input.byte());
    }
  }
}

void look_at(const link::Packet& packet) {
  if (packet.kind == link::PacketKind::tip_frame) {
    DL_MUST(packet.bytes.size() == link::kTipPacketBytes);
    DL_MUST(packet.apid == link::kTipApid || packet.apid == link::kAipApid);
    const link::TipPacket tip = link::read_tip_packet(packet.bytes);
    DL_MUST(tip.place < link::kHrptTipFrames && tip.spacecraft_address == kAddress);
    return;
  }
  DL_MUST(decoders::avhrr3::looks_like_hrpt_line(packet));
  const auto line = decoders::avhrr3::decode_hrpt_frame(packet.bytes, fuzz::kReceived);
  if (!line) return;
  DL_MUST(std::chrono::abs(line->time - fuzz::kReceived) < std::chrono::days(184));
  for (const std::uint16_t count : line->earth) DL_MUST(count <= decoders::avhrr3::kMaxCount);
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input input(data, size);
  const std::uint8_t seed = input.byte();
  Bytes bytes = recording(input);
  damage(input, bytes);
  fuzz::must_not_depend_on_pushes(hrpt_profile(), bytes, seed);

  link::LinkPipeline pipeline(hrpt_profile());
  link::PacketBatch packets;
  pipeline.push(bytes, fuzz::kReceived, packets);
  for (const link::Packet& packet : packets.packets()) look_at(packet);
  packets.clear();
  pipeline.flush(packets);
  for (const link::Packet& packet : packets.packets()) look_at(packet);
  return 0;
}
