#include "tools/downlink-inspect/report_text.h"

#include <string_view>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace dl::inspect {
namespace {

using Json = nlohmann::ordered_json;

struct Stage {
  std::string_view name;
  std::string_view unit_in;
  std::string_view unit_out;
  LossLedger ledger;
};

std::vector<Stage> stages(const link::LinkReport& link) {
  return {{"sync", "frame starts", "frames", link.sync},
          {"coding", "frames", "frames", link.coding},
          {"headers", "frames", "frames", link.headers},
          {"channels", "frames", "frames", link.frames()},
          {"packets", "packet starts", "packets", link.packets()}};
}

template <class Visit>
void for_each_drop(const LossLedger& ledger, Visit visit) {
  for (std::size_t i = 0; i < kDropReasonCount; ++i) {
    const auto reason = static_cast<DropReason>(i);
    const LossCount& count = ledger.dropped(reason);
    if (count.units != 0 || count.bytes != 0) visit(reason, count);
  }
}

Json to_json(const LossLedger& ledger) {
  Json dropped = Json::object();
  for_each_drop(ledger, [&](DropReason reason, const LossCount& count) {
    dropped[std::string(to_string(reason))] = {{"units", count.units}, {"bytes", count.bytes}};
  });
  return {{"bytes_in", ledger.bytes_in},
          {"units_in", ledger.units_in},
          {"bytes_out", ledger.bytes_out},
          {"units_out", ledger.units_out},
          {"dropped", dropped}};
}

Json to_json(const link::VirtualChannelReport& channel) {
  const auto& counts = channel.counts;
  Json apids = Json::array();
  for (const link::ApidReport& apid : channel.apids) {
    apids.push_back({{"apid", apid.apid},
                     {"packets", apid.counts.packets},
                     {"bytes", apid.counts.bytes},
                     {"sequence_gaps", apid.counts.gaps},
                     {"packets_missing", apid.counts.packets_missing}});
  }
  return {{"vcid", channel.vcid},
          {"frames", counts.frames},
          {"first_counter", counts.first_counter},
          {"last_counter", counts.last_counter},
          {"gaps", counts.gaps},
          {"frames_lost", counts.frames_lost},
          {"counter_resets", counts.counter_resets},
          {"frames_repeated", channel.frames.dropped(DropReason::repeated_frame).units},
          {"frames_late", channel.frames.dropped(DropReason::late_frame).units},
          {"flywheel_frames", counts.flywheel_frames},
          {"marker_bit_errors", counts.marker_bit_errors},
          {"frames_with_corrections", counts.frames_with_corrections},
          {"symbols_corrected", counts.symbols_corrected},
          {"pointer_mismatches", channel.pointer_mismatches},
          {"apids", apids}};
}

void append_stage(std::string& text, const Stage& stage) {
  text +=
      fmt::format("{:<9} {:>12} bytes, {} {} in; {} bytes, {} {} out\n", stage.name, stage.ledger.bytes_in,
                  stage.ledger.units_in, stage.unit_in, stage.ledger.bytes_out, stage.ledger.units_out, stage.unit_out);
  for_each_drop(stage.ledger, [&](DropReason reason, const LossCount& count) {
    text += fmt::format("{:<9} {:>12} bytes, {} units {}\n", "", count.bytes, count.units, to_string(reason));
  });
}

void append_channel(std::string& text, const link::VirtualChannelReport& channel) {
  const auto& counts = channel.counts;
  text +=
      fmt::format("VCID {:<4} {} frames, counter {} to {}; {} gaps, {} frames lost; {} counter resets; {} repeated\n",
                  channel.vcid, counts.frames, counts.first_counter, counts.last_counter, counts.gaps,
                  counts.frames_lost, counts.counter_resets, channel.frames.dropped(DropReason::repeated_frame).units);
  for (const link::ApidReport& apid : channel.apids) {
    text += fmt::format("  APID {:<4} {} packets, {} bytes; {} sequence gaps, {} packets missing\n", apid.apid,
                        apid.counts.packets, apid.counts.bytes, apid.counts.gaps, apid.counts.packets_missing);
  }
}

}  // namespace

std::string report_table(const Report& report) {
  std::string text =
      fmt::format("'{}' as {}: {} {} listed, {} bytes\n\n", report.file, report.spacecraft, report.listed,
                  report.unit == Unit::frames ? "frames" : "packets", report.listed_bytes);
  for (const Stage& stage : stages(report.link)) append_stage(text, stage);
  const auto& codewords = report.link.codewords;
  text += fmt::format("\ncodewords {} clean", codewords.by_symbols_corrected[0]);
  for (std::size_t i = 1; i < codewords.by_symbols_corrected.size(); ++i) {
    if (codewords.by_symbols_corrected[i] == 0) continue;
    text += fmt::format(", {} with {} corrected", codewords.by_symbols_corrected[i], i);
  }
  text += fmt::format(", {} uncorrectable\n\n", codewords.uncorrectable);
  for (const link::VirtualChannelReport& channel : report.link.virtual_channels) append_channel(text, channel);
  return text;
}

std::string report_json(const Report& report) {
  Json ledgers = Json::object();
  for (const Stage& stage : stages(report.link)) ledgers[std::string(stage.name)] = to_json(stage.ledger);
  Json channels = Json::array();
  for (const link::VirtualChannelReport& channel : report.link.virtual_channels) channels.push_back(to_json(channel));
  const Json json = {{"file", report.file},
                     {"spacecraft", report.spacecraft},
                     {"listed", report.listed},
                     {"listed_bytes", report.listed_bytes},
                     {"ledgers", ledgers},
                     {"codewords",
                      {{"by_symbols_corrected", report.link.codewords.by_symbols_corrected},
                       {"uncorrectable", report.link.codewords.uncorrectable}}},
                     {"virtual_channels", channels}};
  // A file name may be any bytes.
  return json.dump(1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace dl::inspect
