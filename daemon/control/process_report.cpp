#include "daemon/control/process_report.h"

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/loss_ledger.h"
#include "daemon/control/quantities.h"
#include "daemon/control/table.h"

namespace dl::control {
namespace {

using Json = nlohmann::ordered_json;

std::uint64_t number(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_number_unsigned() ? found->get<std::uint64_t>() : 0;
}

std::string text(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? printable(found->get<std::string>()) : "";
}

const Json& member(const Json& object, const char* name) {
  static const Json kNull;
  const auto found = object.is_object() ? object.find(name) : object.end();
  return object.is_object() && found != object.end() ? *found : kNull;
}

std::string counted(const Json& count, const std::string& unit) {
  std::string result;
  if (const auto units = number(count, "units")) result = fmt::format("{} {}", units, unit.empty() ? "units" : unit);
  if (const auto bytes = number(count, "bytes")) result += (result.empty() ? "" : ", ") + human_size(bytes);
  return result;
}

// Overhead, idle and what a filter left out are booked, but nobody misses them.
bool is_missed(const std::string& reason) {
  const auto known = drop_reason_from_string(reason);
  return !known || is_loss(*known);
}

class StageTable {
 public:
  StageTable() {
    table_.add_column("Stage", Align::left);
    table_.add_column("Unit", Align::left);
    for (const auto* title : {"In", "Out", "Lost", "Bytes in", "Bytes out", "Bytes lost"})
      table_.add_column(title, Align::right);
  }

  void add(const std::string& name, const Json& stage) {
    if (!stage.is_object()) return;
    const auto unit = text(stage, "unit");
    std::uint64_t units_lost = 0;
    std::uint64_t bytes_lost = 0;
    std::vector<std::string> notes;
    for (const auto& [reason, count] : member(stage, "dropped").items()) {
      if (!count.is_object()) continue;
      const bool missed = is_missed(reason);
      units_lost += missed ? number(count, "units") : 0;
      bytes_lost += missed ? number(count, "bytes") : 0;
      if (const auto amount = counted(count, unit); !amount.empty())
        notes.push_back(fmt::format("{} {}: {}", missed ? "lost" : "taken off", printable(reason), amount));
    }
    const auto tone = units_lost + bytes_lost > 0 ? Tone::warning : Tone::plain;
    table_.add_row({{name},
                    {unit},
                    {fmt::format("{}", number(stage, "units_in"))},
                    {fmt::format("{}", number(stage, "units_out"))},
                    {fmt::format("{}", units_lost), tone},
                    {human_size(number(stage, "bytes_in"))},
                    {human_size(number(stage, "bytes_out"))},
                    {human_size(bytes_lost), tone}},
                   std::move(notes));
  }

  [[nodiscard]] const Table& table() const { return table_; }

 private:
  Table table_;
};

std::string stages_text(const Json& report, bool colour) {
  StageTable stages;
  for (const auto& stage : member(report, "stages")) stages.add(text(stage, "name"), stage);
  for (const auto& instrument : member(report, "instruments")) {
    const auto id = text(instrument, "id");
    stages.add(id + " packets", member(instrument, "packets"));
    stages.add(id + " lines", member(instrument, "lines"));
  }
  return stages.table().empty() ? "" : "\n" + stages.table().text(colour);
}

std::string scalar_text(const Json& value) {
  if (value.is_string()) return printable(value.get<std::string>());
  if (value.is_boolean()) return value.get<bool>() ? "yes" : "no";
  return value.dump();
}

// What a row is about comes first; otherwise the order is the report's.
std::vector<std::string> column_names(const Json& first) {
  std::vector<std::string> names;
  for (const auto* subject : {"vcid", "apid", "instrument"})
    if (first.contains(subject)) names.emplace_back(subject);
  for (const auto& [name, value] : first.items())
    if (!value.is_structured() && std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  return names;
}

// A list of objects: their scalar members as columns.
std::string objects_text(const Json& list, bool colour) {
  if (!list.is_array() || list.empty() || !list.front().is_object()) return "";
  Table table;
  const auto names = column_names(list.front());
  for (const auto& name : names) {
    std::string title = name;
    for (auto& c : title) c = c == '_' ? ' ' : c;
    table.add_column(printable(title), list.front()[name].is_number() ? Align::right : Align::left);
  }
  for (const auto& object : list) {
    std::vector<Cell> cells;
    for (const auto& name : names) {
      const auto& value = member(object, name.c_str());
      cells.push_back({value.is_null() || value.is_structured() ? "-" : scalar_text(value)});
    }
    table.add_row(std::move(cells));
  }
  return names.empty() ? "" : "\n" + table.text(colour);
}

std::string input_text(const Json& report, bool colour) {
  const auto& input = member(report, "input");
  Sheet sheet;
  if (input.is_object()) {
    sheet.add("Input", {fmt::format("{} ({} bytes)", human_size(number(input, "bytes")), number(input, "bytes"))});
    if (const auto quarantined = number(input, "bytes_quarantined"))
      sheet.add("Stepped over", {human_size(quarantined), Tone::bad});
    sheet.add("SHA-256", {text(input, "sha256")});
  }
  const auto& balanced = member(report, "balanced");
  if (balanced.is_boolean() && balanced.get<bool>()) sheet.add("Balance", {"every byte is accounted for", Tone::good});
  if (balanced.is_boolean() && !balanced.get<bool>())
    sheet.add("Balance", {"the numbers do not add up: please report this as a defect", Tone::bad});
  return sheet.text(colour);
}

}  // namespace

std::string render_process_report(const std::string& report_json, bool colour) {
  if (report_json.empty()) return "The pass has not been decoded to its end yet.\n";
  const auto report = Json::parse(report_json, nullptr, false);
  if (!report.is_object()) return "The report of downlink-process cannot be read; --json shows it as it is.\n";
  return input_text(report, colour) + stages_text(report, colour) +
         objects_text(member(report, "virtual_channels"), colour) + objects_text(member(report, "apids"), colour);
}

}  // namespace dl::control
