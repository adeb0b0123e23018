#include "tools/downlink-sim/metop_pass.h"

#include <cstdint>
#include <set>
#include <vector>

#include "decoders/avhrr3/encoder.h"
#include "decoders/metop_admin/admin_message.h"
#include "decoders/metop_packet.h"
#include "link/frame_encoder.h"
#include "tools/downlink-sim/avhrr_scene.h"
#include "tools/downlink-sim/instrument_packets.h"
#include "tools/downlink-sim/sounder_packets.h"

namespace dl::sim {
namespace {

namespace avhrr3 = decoders::avhrr3;

// instruments.md section 3: virtual channels of Metop.
constexpr std::uint8_t kAvhrrVcid = 9;
// Packets that no decoder knows: of a channel and an APID that we know nothing of.
constexpr std::uint8_t kUnknownVcid = 40;
constexpr std::uint16_t kUnknownApid = 900;
constexpr std::size_t kUnknownPacketBytes = 1308;
constexpr std::uint64_t kLinesPerUnknownPacket = 16;
constexpr std::uint64_t kLinesPerIdleFrame = 4;
constexpr std::uint8_t kAdminVcid = 34;
constexpr std::uint64_t kLinesPerAdminMessage = 180;

// A packet with a true header and time and made-up content.
Bytes unknown_packet(UtcTime time, std::uint16_t sequence_count) {
  Bytes content;
  constexpr std::size_t kContentBytes = kUnknownPacketBytes - decoders::kMetopDataOffset - decoders::kMetopParityBytes;
  while (content.size() < kContentBytes) content.push_back(static_cast<Byte>(content.size() * 7 + sequence_count));
  return decoders::make_metop_packet(kUnknownApid, sequence_count, time, content);
}

std::uint16_t sequence_count(std::uint64_t packet) {
  return static_cast<std::uint16_t>(packet & 0x3FFF);
}

// Of the instruments that are archived, where they are asked for.
Result<std::vector<InstrumentPacket>> make_archived(const MetopPassOptions& options) {
  if (!options.archived_instruments) return std::vector<InstrumentPacket>{};
  std::vector<InstrumentPacket> packets = make_instrument_packets({options.start, options.duration, true});
  if (!options.truth.empty()) DL_CHECK(write_packet_list(packets, options.truth / "packets.jsonl"));
  return packets;
}

// Up to `time`.
class ArchivedSender {
 public:
  explicit ArchivedSender(const std::vector<InstrumentPacket>& packets) : packets_(packets) {}

  void send(UtcTime time, link::FrameEncoder& frames, SimulatedPass& pass) {
    for (; next_ < packets_.size() && packets_[next_].time <= time; ++next_) {
      const InstrumentPacket& packet = packets_[next_];
      vcids_.insert(packet.vcid);
      const int times = packet.fate == PacketFate::lost ? 0 : packet.fate == PacketFate::doubled ? 2 : 1;
      for (int i = 0; i < times; ++i) frames.add_packet(packet.vcid, packet.bytes, pass.cadus);
      pass.packets += static_cast<std::uint64_t>(times);
    }
  }

  // What is left, and the frames that are not full.
  void finish(link::FrameEncoder& frames, SimulatedPass& pass) {
    send(UtcTime::max(), frames, pass);
    for (const std::uint8_t vcid : vcids_) frames.complete_frame(vcid, pass.cadus);
  }

 private:
  const std::vector<InstrumentPacket>& packets_;
  std::size_t next_ = 0;
  std::set<std::uint8_t> vcids_;
};

}  // namespace

Result<SimulatedPass> make_metop_pass(const MetopPassOptions& options) {
  DL_TRY(const auto scene, AvhrrScene::create(options));
  DL_TRY(const std::vector<SounderPacket> sounders, make_sounder_packets(options));
  auto next_sounder = sounders.begin();
  const auto admin_sets = calibrate::parse_element_sets(options.admin_text).sets;
  DL_TRY(const std::vector<InstrumentPacket> archived, make_archived(options));
  ArchivedSender archived_sender(archived);

  link::FrameEncoder frames(options.profile);
  SimulatedPass pass;
  for (std::uint64_t line = 0; line < scene->lines(); ++line) {
    const UtcTime time = scene->time_of(line);
    DL_TRY(const avhrr3::ScanLine scan, scene->line(line));
    frames.add_packet(kAvhrrVcid, avhrr3::encode_packet(scan, sequence_count(line)), pass.cadus);
    ++pass.packets;
    for (; next_sounder != sounders.end() && next_sounder->time <= time; ++next_sounder) {
      frames.add_packet(next_sounder->vcid, next_sounder->bytes, pass.cadus);
      ++pass.packets;
    }
    archived_sender.send(time, frames, pass);
    if (line % kLinesPerUnknownPacket == 0) {
      const std::uint16_t count = sequence_count(line / kLinesPerUnknownPacket);
      frames.add_packet(kUnknownVcid, unknown_packet(time, count), pass.cadus);
      ++pass.packets;
    }
    if (!admin_sets.empty() && line % kLinesPerAdminMessage == 0) {
      const std::uint16_t count = sequence_count(line / kLinesPerAdminMessage);
      frames.add_packet(kAdminVcid, decoders::metop_admin::encode_admin_packet(admin_sets, time, count), pass.cadus);
      frames.complete_frame(kAdminVcid, pass.cadus);
      ++pass.packets;
    }
    if (line % kLinesPerIdleFrame == 0) frames.add_idle_frame(pass.cadus);
  }
  frames.complete_frame(kAvhrrVcid, pass.cadus);
  for (; next_sounder != sounders.end(); ++next_sounder) {
    frames.add_packet(next_sounder->vcid, next_sounder->bytes, pass.cadus);
    ++pass.packets;
  }
  archived_sender.finish(frames, pass);
  frames.complete_frame(kUnknownVcid, pass.cadus);
  frames.complete_frame(kMhsVcid, pass.cadus);
  frames.complete_frame(kAmsuVcid, pass.cadus);
  pass.lines = scene->lines();
  pass.frames = pass.cadus.size() / options.profile.cadu_size_bytes;
  return pass;
}

}  // namespace dl::sim
