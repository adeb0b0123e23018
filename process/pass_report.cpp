#include "process/pass_report.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "core/kernel_choice.h"
#include "core/sha256.h"
#include "link/link_counters.h"

namespace dl::process {
namespace {

using Json = nlohmann::ordered_json;

struct Stage {
  std::string name;
  std::string unit;
  LossLedger ledger;
};

// In the order in which the bytes pass through them, up to checked frames.
std::vector<Stage> input_stages(const link::LinkReport& link) {
  std::vector<Stage> stages;
  if (link.form == link::InputForm::soft_symbols) stages.push_back({"soft_decoder", "symbols", link.soft});
  if (link.form == link::InputForm::packets) return stages;
  if (link.words.bytes_in > 0) stages.push_back({"word_unpacker", "words", link.words});
  stages.push_back({"frame_sync", "frames", link.sync});
  stages.push_back({"channel_coding", "frames", link.coding});
  stages.push_back({"frame_headers", "frames", link.headers});
  return stages;
}

std::vector<Stage> link_stages(const link::LinkReport& link) {
  std::vector<Stage> stages = input_stages(link);
  if (!link.inputs.empty()) stages.push_back({"merge", "frames", link.merge});
  if (link.form != link::InputForm::packets) stages.push_back({"virtual_channels", "frames", link.frames()});
  stages.push_back({"packets", "packets", link.packets()});
  if (const LossLedger tip = link.tip_frames(); tip.units_in > 0) stages.push_back({"tip_frames", "packets", tip});
  return stages;
}

template <class Counts>
Json counters_json(const Counts& counts) {
  Json json = Json::object();
  for (const link::Counter& counter : link::counters(counts)) json[std::string(counter.name)] = counter.value;
  return json;
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

// What the stages counted beside bytes and units.
void add_link_counters(Json& json, const link::LinkReport& link) {
  if (link.form == link::InputForm::soft_symbols) json["soft_counters"] = counters_json(link.soft_counts);
  if (link.word_container) json["word_container"] = link::to_string(*link.word_container);
  json["sync_counters"] = counters_json(link.sync_counts);
  json["codewords"] = counters_json(link.codewords);
  json["codewords"]["by_symbols_corrected"] = link.codewords.by_symbols_corrected;
  json["other_spacecraft"] = Json::array();
  for (const link::ScidCount& row : link.scids) {
    json["other_spacecraft"].push_back({{"frame_version", row.version}, {"scid", row.scid}, {"frames", row.frames}});
  }
  if (link.master_channel) json["master_channel"] = counters_json(*link.master_channel);
  json["virtual_channels"] = Json::array();
  for (const auto& channel : link.virtual_channels) json["virtual_channels"].push_back(counters_json(channel));
}

Json apids_json(const PassReport& report) {
  Json apids = Json::array();
  for (const link::VirtualChannelReport& channel : report.link.virtual_channels) {
    for (const link::ApidReport& apid : channel.apids) {
      const auto route = report.routes.find((std::uint32_t{channel.vcid} << 16) | apid.apid);
      Json row = {{"vcid", channel.vcid}, {"kind", link::to_string(apid.kind)}, {"apid", apid.apid}};
      row.update(counters_json(apid));
      row["instrument"] = route == report.routes.end() ? "level-0" : fmt::format("{}", fmt::join(route->second, ", "));
      apids.push_back(std::move(row));
    }
  }
  return apids;
}

// Of several receptions that were merged, what each one gave.
Json receptions_json(const PassReport& report) {
  Json receptions = Json::array();
  for (std::size_t i = 0; i < report.inputs.size() && i < report.link.inputs.size(); ++i) {
    const link::LinkReport& link = report.link.inputs[i];
    const link::MergeCounts& merged = report.link.merge_counts[i];
    Json row = {{"bytes", report.inputs[i].bytes},
                {"sha256", report.inputs[i].sha256},
                {"frames", merged.frames},
                {"frames_used", merged.frames_used},
                {"frames_unique", merged.frames_unique}};
    row["stages"] = Json::array();
    for (const Stage& stage : input_stages(link)) row["stages"].push_back(stage_json(stage));
    row["sync_counters"] = counters_json(link.sync_counts);
    row["codewords"] = counters_json(link.codewords);
    receptions.push_back(std::move(row));
  }
  return receptions;
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
  check(problems, "packets of the link against packets of the instruments and Level-0",
        report.link.packets().units_out + report.link.tip_frames().units_out + report.packets_shared, taken.units_in);
}

}  // namespace

std::string input_sha256(const PassReport& report) {
  if (report.inputs.size() == 1) return report.inputs.front().sha256;
  std::vector<std::string> hashes;
  for (const PassReport::Input& input : report.inputs) hashes.push_back(input.sha256);
  std::sort(hashes.begin(), hashes.end());
  return sha256_hex(as_bytes(fmt::format("{}", fmt::join(hashes, "\n"))));
}

std::vector<std::string> imbalances(const PassReport& report) {
  std::vector<std::string> problems = report.link.imbalances();
  check(problems, "bytes read against bytes into the link", report.input_bytes, report.link.bytes_in());
  check_packets(problems, report);
  return problems;
}

std::string pass_report_json(const PassReport& report, int indent) {
  Json json = {{"format", "downlinkd.pass-report/1"},          {"program_version", report.options->program_version},
               {"kernel", to_string(kernel_choice())},         {"spacecraft", report.context->profile.name},
               {"platform", report.context->profile.platform}, {"station", report.options->station}};
  json["input"] = {{"bytes", report.input_bytes},
                   {"sha256", input_sha256(report)},
                   {"bytes_quarantined", report.quarantined_bytes},
                   {"started_at", format_utc(report.context->started_at)}};
  if (report.inputs.size() > 1) json["receptions"] = receptions_json(report);
  json["stages"] = Json::array();
  for (const Stage& stage : link_stages(report.link)) json["stages"].push_back(stage_json(stage));
  add_link_counters(json, report.link);
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
