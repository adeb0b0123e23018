#include "tools/downlink-inspect/report_text.h"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "link/link_counters.h"

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
  std::vector<Stage> stages;
  if (link.form == link::InputForm::soft_symbols) stages.push_back({"soft", "symbols", "symbols", link.soft});
  if (link.words.bytes_in > 0) stages.push_back({"words", "words", "words", link.words});
  if (link.form != link::InputForm::packets) {
    stages.push_back({"sync", "frame starts", "frames", link.sync});
    stages.push_back({"coding", "frames", "frames", link.coding});
    stages.push_back({"headers", "frames", "frames", link.headers});
    stages.push_back({"channels", "frames", "frames", link.frames()});
  }
  stages.push_back({"packets", "packet starts", "packets", link.packets()});
  if (const LossLedger tip = link.tip_frames(); tip.units_in > 0) {
    stages.push_back({"tip", "TIP and AIP frames", "packets", tip});
  }
  return stages;
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

template <class Counts>
Json counters_json(const Counts& counts) {
  Json json = Json::object();
  for (const link::Counter& counter : link::counters(counts)) json[std::string(counter.name)] = counter.value;
  return json;
}

Json to_json(const link::VirtualChannelReport& channel) {
  Json json = counters_json(channel);
  Json apids = Json::array();
  for (const link::ApidReport& apid : channel.apids) {
    Json row = {{"kind", link::to_string(apid.kind)}, {"apid", apid.apid}};
    row.update(counters_json(apid));
    apids.push_back(std::move(row));
  }
  json["apids"] = std::move(apids);
  return json;
}

Json to_json(const std::vector<link::ScidCount>& scids) {
  Json json = Json::array();
  for (const link::ScidCount& row : scids) {
    json.push_back({{"frame_version", row.version}, {"scid", row.scid}, {"frames", row.frames}});
  }
  return json;
}

// All but the zeros, but the frames or packets in any case.
template <class Counts>
std::string counters_text(const Counts& counts) {
  std::string text;
  for (const link::Counter& counter : link::counters(counts)) {
    if (counter.value == 0 && !text.empty()) continue;
    std::string name(counter.name);
    std::replace(name.begin(), name.end(), '_', ' ');
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", name, counter.value);
  }
  return text;
}

void append_stage(std::string& text, const Stage& stage) {
  text +=
      fmt::format("{:<9} {:>12} bytes, {} {} in; {} bytes, {} {} out\n", stage.name, stage.ledger.bytes_in,
                  stage.ledger.units_in, stage.unit_in, stage.ledger.bytes_out, stage.ledger.units_out, stage.unit_out);
  for_each_drop(stage.ledger, [&](DropReason reason, const LossCount& count) {
    text += fmt::format("{:<9} {:>12} bytes, {} units {}\n", "", count.bytes, count.units, to_string(reason));
  });
}

void append_channel(std::string& text, const link::VirtualChannelReport& channel, bool has_frames) {
  if (has_frames) text += counters_text(channel) + "\n";
  for (const link::ApidReport& apid : channel.apids) {
    text += fmt::format("  {} {}: {}\n", apid.kind == link::PacketKind::encapsulation ? "protocol" : "apid", apid.apid,
                        counters_text(apid));
  }
}

}  // namespace

std::string report_table(const Report& report) {
  std::string text =
      fmt::format("'{}' as {}: {} {} listed, {} bytes\n\n", report.file, report.spacecraft, report.listed,
                  report.unit == Unit::frames ? "frames" : "packets", report.listed_bytes);
  for (const Stage& stage : stages(report.link)) append_stage(text, stage);
  const link::LinkReport& link = report.link;
  text += "\n";
  if (link.form == link::InputForm::soft_symbols)
    text += fmt::format("soft      {}\n", counters_text(link.soft_counts));
  if (link.word_container) text += fmt::format("words     {}\n", link::to_string(*link.word_container));
  const bool has_frames = link.form != link::InputForm::packets;
  if (has_frames) {
    text += fmt::format("sync      {}\n", counters_text(link.sync_counts));
    text += fmt::format("codewords {}\n", counters_text(link.codewords));
    for (const link::ScidCount& row : link.scids) {
      text += fmt::format("scid {} (frame version {}): {} frames of another spacecraft\n", row.scid, row.version,
                          row.frames);
    }
    if (link.master_channel) text += fmt::format("master    {}\n", counters_text(*link.master_channel));
  }
  text += "\n";
  for (const auto& channel : link.virtual_channels) append_channel(text, channel, has_frames);
  return text;
}

std::string report_json(const Report& report) {
  Json ledgers = Json::object();
  for (const Stage& stage : stages(report.link)) ledgers[std::string(stage.name)] = to_json(stage.ledger);
  Json channels = Json::array();
  for (const link::VirtualChannelReport& channel : report.link.virtual_channels) channels.push_back(to_json(channel));
  const link::LinkReport& link = report.link;
  Json json = {{"file", report.file},
               {"spacecraft", report.spacecraft},
               {"listed", report.listed},
               {"listed_bytes", report.listed_bytes},
               {"ledgers", ledgers}};
  if (link.form == link::InputForm::soft_symbols) json["soft"] = counters_json(link.soft_counts);
  if (link.word_container) json["word_container"] = link::to_string(*link.word_container);
  json["sync"] = counters_json(link.sync_counts);
  json["codewords"] = counters_json(link.codewords);
  json["codewords"]["by_symbols_corrected"] = link.codewords.by_symbols_corrected;
  json["other_spacecraft"] = to_json(link.scids);
  if (link.master_channel) json["master_channel"] = counters_json(*link.master_channel);
  json["virtual_channels"] = channels;
  json["imbalances"] = link.imbalances();
  // A file name may be any bytes.
  return json.dump(1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace dl::inspect
