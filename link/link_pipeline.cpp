#include "link/link_pipeline.h"

#include <string_view>

#include <fmt/format.h>

#include "link/packets/m_pdu.h"

namespace dl::link {
namespace {

class Checker {
 public:
  void stage(std::string_view name, const LossLedger& ledger) {
    const LossCount dropped = ledger.all_dropped();
    equal(name, "bytes in and bytes out and dropped", ledger.bytes_in, ledger.bytes_out + dropped.bytes);
    equal(name, "units in and units out and dropped", ledger.units_in, ledger.units_out + dropped.units);
  }
  void equal(std::string_view where, std::string_view what, std::uint64_t left, std::uint64_t right) {
    if (left != right) found_.push_back(fmt::format("{}: {} differ: {} and {}", where, what, left, right));
  }
  std::vector<std::string> found() && { return std::move(found_); }

 private:
  std::vector<std::string> found_;
};

void check_channel(Checker& checker, const VirtualChannelReport& channel) {
  const std::string name = fmt::format("virtual channel {}", channel.vcid);
  checker.stage(name + " frames", channel.frames);
  checker.stage(name + " packets", channel.packets);
  checker.equal(name, "bytes of frames out and of packets in", channel.frames.bytes_out, channel.packets.bytes_in);
  checker.equal(name, "frames out and frames counted", channel.frames.units_out, channel.counts.frames);
  std::uint64_t packets = 0;
  std::uint64_t bytes = 0;
  for (const ApidReport& apid : channel.apids) {
    packets += apid.counts.packets;
    bytes += apid.counts.bytes;
  }
  checker.equal(name, "packets out and packets by APID", channel.packets.units_out, packets);
  checker.equal(name, "packet bytes out and bytes by APID", channel.packets.bytes_out, bytes);
}

// Of an AOS frame with packets.
void set_data_field(Frame& frame, const Profile& profile) {
  const std::size_t start = kAosHeaderBytes + profile.insert_zone_bytes + kMPduHeaderBytes;
  frame.data_field = frame.bytes.subspan(start, frame.bytes.size() - start - profile.trailer_bytes);
  const std::uint16_t pointer = read_u16(frame.bytes, start - kMPduHeaderBytes) & 0x7FF;
  frame.first_header_pointer = pointer;
  if (pointer == kMPduNoPacketStart) frame.first_header_pointer = kNoPacketStart;
  if (pointer == kMPduIdleDataOnly) frame.first_header_pointer = kIdleDataOnly;
}

}  // namespace

LossLedger LinkReport::frames() const {
  LossLedger sum;
  for (const VirtualChannelReport& channel : virtual_channels) sum.merge(channel.frames);
  return sum;
}

LossLedger LinkReport::packets() const {
  LossLedger sum;
  for (const VirtualChannelReport& channel : virtual_channels) sum.merge(channel.packets);
  return sum;
}

std::vector<std::string> LinkReport::imbalances() const {
  Checker checker;
  checker.stage("sync", sync);
  checker.stage("coding", coding);
  checker.stage("aos", aos);
  checker.equal("sync and coding", "bytes", sync.bytes_out, coding.bytes_in);
  checker.equal("sync and coding", "frames", sync.units_out, coding.units_in);
  checker.equal("coding and aos", "bytes", coding.bytes_out, aos.bytes_in);
  checker.equal("coding and aos", "frames", coding.units_out, aos.units_in);
  checker.equal("aos and virtual channels", "bytes", aos.bytes_out, frames().bytes_in);
  checker.equal("aos and virtual channels", "frames", aos.units_out, frames().units_in);
  for (const VirtualChannelReport& channel : virtual_channels) check_channel(checker, channel);
  return std::move(checker).found();
}

LinkPipeline::LinkPipeline(const Profile& profile, IdlePackets idle)
    : profile_(profile), idle_(idle), sync_(profile), decoder_(profile), check_(profile) {}

void LinkPipeline::push(ByteView bytes, UtcTime received_at, PacketBatch& out) {
  batch_.clear();
  sync_.push(bytes, received_at, batch_);
  take_batch(out);
}

void LinkPipeline::flush(PacketBatch& out) {
  batch_.clear();
  sync_.flush(batch_);
  take_batch(out);
  for (auto& channel : channels_) {
    if (channel) channel->packets.flush();
  }
}

void LinkPipeline::skip(std::uint64_t size_bytes, DropReason reason, PacketBatch& out) {
  batch_.clear();
  sync_.skip(size_bytes, reason, batch_);
  take_batch(out);
}

void LinkPipeline::take_batch(PacketBatch& out) {
  decoder_.decode(batch_);
  check_.check(batch_);
  for (Frame& frame : batch_.frames()) {
    if (frame.dropped) continue;
    Channel& to = channel(frame.vcid);
    to.frames.take(frame);
    set_data_field(frame, profile_);
    if (!frame.dropped) to.packets.push(frame, out);
  }
}

LinkPipeline::Channel& LinkPipeline::channel(std::uint8_t vcid) {
  std::unique_ptr<Channel>& slot = channels_[vcid];
  if (!slot) slot = std::make_unique<Channel>(Channel{VirtualChannel{}, PacketReassembler(profile_, vcid, idle_)});
  return *slot;
}

LinkReport LinkPipeline::report() const {
  LinkReport report{sync_.losses(), decoder_.losses(), check_.losses(), decoder_.codewords(), {}};
  for (std::size_t vcid = 0; vcid < channels_.size(); ++vcid) {
    if (!channels_[vcid]) continue;
    const Channel& channel = *channels_[vcid];
    VirtualChannelReport& row = report.virtual_channels.emplace_back();
    row.vcid = static_cast<std::uint8_t>(vcid);
    row.counts = channel.frames.counts();
    row.pointer_mismatches = channel.packets.pointer_mismatches();
    row.frames = channel.frames.losses();
    row.packets = channel.packets.losses();
    row.apids = channel.packets.sequences().rows();
  }
  return report;
}

}  // namespace dl::link
