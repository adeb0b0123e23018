#include "link/link_report.h"

#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace dl::link {
namespace {

class Checker {
 public:
  void stage(std::string_view name, const LossLedger& ledger) {
    const LossCount dropped = ledger.all_dropped();
    equal(name, "bytes in and bytes out and dropped", ledger.bytes_in, ledger.bytes_out + dropped.bytes);
    equal(name, "units in and units out and dropped", ledger.units_in, ledger.units_out + dropped.units);
  }
  void handed_over(std::string_view stages, const LossLedger& from, const LossLedger& to) {
    equal(stages, "bytes", from.bytes_out, to.bytes_in);
    equal(stages, "frames", from.units_out, to.units_in);
  }
  void equal(std::string_view where, std::string_view what, std::uint64_t left, std::uint64_t right) {
    if (left != right) found_.push_back(fmt::format("{}: {} differ: {} and {}", where, what, left, right));
  }
  std::vector<std::string> found() && { return std::move(found_); }

 private:
  std::vector<std::string> found_;
};

void check_packets(Checker& checker, const std::string& name, const VirtualChannelReport& channel) {
  checker.stage(name + " packets", channel.packets);
  std::uint64_t packets = 0;
  std::uint64_t bytes = 0;
  for (const ApidReport& apid : channel.apids) {
    packets += apid.counts.packets;
    bytes += apid.counts.bytes;
  }
  checker.equal(name, "packets out and packets by APID", channel.packets.units_out, packets);
  checker.equal(name, "packet bytes out and bytes by APID", channel.packets.bytes_out, bytes);
}

void check_frames(Checker& checker, const std::string& name, const VirtualChannelReport& channel) {
  checker.stage(name + " frames", channel.frames);
  checker.equal(name, "bytes of frames out and of packets in", channel.frames.bytes_out, channel.packets.bytes_in);
  checker.equal(name, "frames out and frames counted", channel.frames.units_out, channel.counts.frames);
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

std::uint64_t LinkReport::bytes_in() const {
  if (form == InputForm::soft_symbols) return soft.bytes_in;
  return form == InputForm::packets ? packets().bytes_in : sync.bytes_in;
}

std::vector<std::string> LinkReport::imbalances() const {
  Checker checker;
  checker.stage("soft", soft);
  checker.stage("sync", sync);
  checker.stage("coding", coding);
  checker.stage("headers", headers);
  if (form == InputForm::soft_symbols) checker.equal("soft and sync", "bytes", soft.bytes_out, sync.bytes_in);
  checker.handed_over("sync and coding", sync, coding);
  checker.handed_over("coding and headers", coding, headers);
  checker.equal("headers and virtual channels", "bytes", headers.bytes_out, frames().bytes_in);
  checker.equal("headers and virtual channels", "frames", headers.units_out, frames().units_in);
  for (const VirtualChannelReport& channel : virtual_channels) {
    const std::string name = fmt::format("virtual channel {}", channel.vcid);
    check_packets(checker, name, channel);
    if (form != InputForm::packets) check_frames(checker, name, channel);
  }
  return std::move(checker).found();
}

}  // namespace dl::link
