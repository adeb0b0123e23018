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

// Up to the headers.
void check_input(Checker& checker, const std::string& name, const LinkReport& report) {
  checker.stage(name + "soft", report.soft);
  checker.stage(name + "words", report.words);
  checker.stage(name + "sync", report.sync);
  checker.stage(name + "coding", report.coding);
  checker.stage(name + "headers", report.headers);
  if (report.form == InputForm::soft_symbols) {
    checker.equal(name + "soft and sync", "bytes", report.soft.bytes_out, report.sync.bytes_in);
  }
  if (report.words.bytes_in > 0) {
    checker.equal(name + "words and sync", "bytes", report.words.bytes_out, report.sync.bytes_in);
  }
  checker.handed_over(name + "sync and coding", report.sync, report.coding);
  checker.handed_over(name + "coding and headers", report.coding, report.headers);
}

void check_packets(Checker& checker, const std::string& name, const VirtualChannelReport& channel) {
  checker.stage(name + " packets", channel.packets);
  checker.stage(name + " TIP and AIP minor frames", channel.tip_frames);
  std::uint64_t packets = 0;
  std::uint64_t bytes = 0;
  for (const ApidReport& apid : channel.apids) {
    packets += apid.counts.packets;
    bytes += apid.counts.bytes;
  }
  checker.equal(name, "packets out and packets by APID", channel.packets.units_out + channel.tip_frames.units_out,
                packets);
  checker.equal(name, "packet bytes out and bytes by APID", channel.packets.bytes_out + channel.tip_frames.bytes_out,
                bytes);
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

LossLedger LinkReport::tip_frames() const {
  LossLedger sum;
  for (const VirtualChannelReport& channel : virtual_channels) sum.merge(channel.tip_frames);
  return sum;
}

std::uint64_t LinkReport::bytes_in() const {
  if (!inputs.empty()) {
    std::uint64_t sum = 0;
    for (const LinkReport& input : inputs) sum += input.bytes_in();
    return sum;
  }
  if (form == InputForm::soft_symbols) return soft.bytes_in;
  if (words.bytes_in > 0) return words.bytes_in;
  return form == InputForm::packets ? packets().bytes_in : sync.bytes_in;
}

std::vector<std::string> LinkReport::imbalances() const {
  Checker checker;
  check_input(checker, "", *this);
  for (std::size_t i = 0; i < inputs.size(); ++i) check_input(checker, fmt::format("input {}: ", i + 1), inputs[i]);
  if (inputs.empty()) {
    checker.handed_over("headers and virtual channels", headers, frames());
  } else {
    checker.stage("merge", merge);
    checker.handed_over("headers and merge", headers, merge);
    checker.handed_over("merge and virtual channels", merge, frames());
  }
  for (const VirtualChannelReport& channel : virtual_channels) {
    const std::string name = fmt::format("virtual channel {}", channel.vcid);
    check_packets(checker, name, channel);
    if (form != InputForm::packets) check_frames(checker, name, channel);
  }
  return std::move(checker).found();
}

}  // namespace dl::link
