#include "process/pass_report.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace dl::process {
namespace {

using Json = nlohmann::ordered_json;

struct Stage {
  std::string name;
  std::string unit;
  LossLedger ledger;
};

// In the order in which the bytes pass through them.
std::vector<Stage> link_stages(const link::LinkReport& link) {
  return {{"frame_sync", "frames", link.sync},
          {"channel_coding", "frames", link.coding},
          {"aos_frames", "frames", link.headers},
          {"virtual_channels", "frames", link.frames()},
          {"packets", "packets", link.packets()}};
}

Json ledger_json(const LossLedger& ledger) {
  Json dropped = Json::object();
  for (std::size_t i = 0; i < kDropReasonCount; ++i) {
    const auto reason = static_cast<DropReason>(i);
    const LossCount& count = ledger.dropped(reason);
    if (count.units == 0 && count.bytes == 0) continue;
    dropped[std::string(to_string(reason))] = {{"units", count.units}, {"bytes", count.bytes}};
  }
  return {{"bytes_in", ledger.bytes_in},
          {"bytes_out", ledger.bytes_out},
          {"units_in", ledger.units_in},
          {"units_out", ledger.units_out},
          {"dropped", dropped}};
}

Json stage_json(const Stage& stage) {
  Json json = {{"name", stage.name}, {"unit", stage.unit}};
  json.update(ledger_json(stage.ledger));
  return json;
}

Json channel_json(const link::VirtualChannelReport& channel) {
  const auto& counts = channel.counts;
  return {{"vcid", channel.vcid},
          {"frames", counts.frames},
          {"gaps", counts.gaps},
          {"frames_lost", counts.frames_lost},
          {"repeats", channel.frames.dropped(DropReason::repeated_frame).units},
          {"resets", counts.counter_resets},
          {"first_counter", counts.first_counter},
          {"last_counter", counts.last_counter},
          {"flywheel_frames", counts.flywheel_frames},
          {"frames_with_corrections", counts.frames_with_corrections},
          {"symbols_corrected", counts.symbols_corrected},
          {"marker_bit_errors", counts.marker_bit_errors},
          {"pointer_mismatches", channel.pointer_mismatches}};
}

Json apids_json(const PassReport& report) {
  Json apids = Json::array();
  for (const link::VirtualChannelReport& channel : report.link.virtual_channels) {
    for (const link::ApidReport& apid : channel.apids) {
      const auto route = report.routes.find((std::uint32_t{channel.vcid} << 16) | apid.apid);
      apids.push_back({{"vcid", channel.vcid},
                       {"apid", apid.apid},
                       {"packets", apid.counts.packets},
                       {"bytes", apid.counts.bytes},
                       {"gaps", apid.counts.gaps},
                       {"packets_missing", apid.counts.packets_missing},
                       {"instrument", route == report.routes.end() ? "level-0" : route->second}});
    }
  }
  return apids;
}

Json scene_json(const SceneSummary& scene) {
  return {{"id", scene.id},         {"instrument", scene.instrument},         {"level", scene.level},
          {"lines", scene.lines},   {"lines_missing", scene.lines_missing},   {"lines_partial", scene.lines_partial},
          {"pixels", scene.pixels}, {"pixels_no_data", scene.pixels_no_data}, {"located", scene.located},
          {"remark", scene.remark}};
}

void check(std::vector<std::string>& problems, const std::string& what, std::uint64_t left, std::uint64_t right) {
  if (left != right) problems.push_back(fmt::format("{}: {} is not {}", what, left, right));
}

void check_packets(std::vector<std::string>& problems, const PassReport& report) {
  LossLedger taken = report.level0;
  for (const InstrumentReport& instrument : report.instruments) {
    taken.merge(instrument.packets);
    const LossLedger& lines = instrument.lines;
    check(problems, fmt::format("lines of {}, in against out and dropped", instrument.id), lines.units_in,
          lines.units_out + lines.all_dropped().units);
    check(problems, fmt::format("packets of {}, in against out and dropped", instrument.id),
          instrument.packets.units_in, instrument.packets.units_out + instrument.packets.all_dropped().units);
    if (!instrument.packets.balanced()) {
      problems.push_back(fmt::format("packets of {}: the bytes do not add up", instrument.id));
    }
  }
  check(problems, "packets of the link against packets of the instruments and Level-0", report.link.packets().units_out,
        taken.units_in);
}

}  // namespace

std::vector<std::string> imbalances(const PassReport& report) {
  std::vector<std::string> problems = report.link.imbalances();
  check(problems, "bytes read against bytes into frame_sync", report.input_bytes, report.link.sync.bytes_in);
  check_packets(problems, report);
  return problems;
}

std::string pass_report_json(const PassReport& report, int indent) {
  Json json = {{"format", "downlinkd.pass-report/1"},
               {"program_version", report.options->program_version},
               {"spacecraft", report.context->profile.name},
               {"platform", report.context->profile.platform},
               {"station", report.options->station}};
  json["input"] = {{"bytes", report.input_bytes},
                   {"sha256", report.input_sha256},
                   {"bytes_quarantined", report.quarantined_bytes},
                   {"started_at", format_utc(report.context->started_at)}};
  json["stages"] = Json::array();
  for (const Stage& stage : link_stages(report.link)) json["stages"].push_back(stage_json(stage));
  json["codewords"] = {{"by_symbols_corrected", report.link.codewords.by_symbols_corrected},
                       {"uncorrectable", report.link.codewords.uncorrectable}};
  json["virtual_channels"] = Json::array();
  for (const auto& channel : report.link.virtual_channels) json["virtual_channels"].push_back(channel_json(channel));
  json["apids"] = apids_json(report);
  json["instruments"] = Json::array();
  for (const InstrumentReport& instrument : report.instruments) {
    json["instruments"].push_back({{"id", instrument.id},
                                   {"packets", ledger_json(instrument.packets)},
                                   {"lines", ledger_json(instrument.lines)}});
  }
  json["level0"] = ledger_json(report.level0);
  json["scenes"] = Json::array();
  for (const SceneSummary& scene : report.scenes) json["scenes"].push_back(scene_json(scene));
  const std::vector<std::string> problems = imbalances(report);
  json["balanced"] = problems.empty();
  if (!problems.empty()) json["imbalances"] = problems;
  return json.dump(indent, ' ', false, Json::error_handler_t::replace);
}

}  // namespace dl::process
