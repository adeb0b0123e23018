#include <algorithm>
#include <array>
#include <system_error>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "calibrate/canonical_json.h"
#include "calibrate/table_load.h"
#include "core/file.h"
#include "core/sha256.h"

namespace dl::calibrate {
namespace {

using nlohmann::json;

constexpr std::string_view kSchema = "downlinkd.cal/1";

Failure expected(std::string_view member, std::string_view what) {
  return fail(ErrorKind::corrupt, fmt::format("member '{}': expected {}", member, what));
}

// A member that must be there; null counts as missing.
Result<const json*> member(const json& object, const char* name, std::string_view what) {
  const auto found = object.find(name);
  if (found == object.end() || found->is_null()) return expected(name, what);
  return &*found;
}

Result<std::string> text(const json& object, const char* name) {
  DL_TRY(const json* value, member(object, name, "a text"));
  if (!value->is_string() || value->get_ref<const std::string&>().empty()) return expected(name, "a text");
  return value->get<std::string>();
}

Result<UtcTime> time(const json& object, const char* name) {
  DL_TRY(const std::string written, text(object, name));
  auto parsed = parse_utc(written);
  if (!parsed) return Failure(Error{ErrorKind::corrupt, parsed.error().in(fmt::format("member '{}'", name)).message});
  return *parsed;
}

// Absent and null mean the same: open.
Result<std::optional<UtcTime>> open_time(const json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end() || found->is_null()) return std::optional<UtcTime>();
  DL_TRY(const UtcTime value, time(object, name));
  return std::optional<UtcTime>(value);
}

Result<std::vector<std::string>> texts(const json& object, const char* name) {
  DL_TRY(const json* list, member(object, name, "a list of texts"));
  if (!list->is_array()) return expected(name, "a list of texts");
  std::vector<std::string> out;
  for (const json& element : *list) {
    if (!element.is_string()) return expected(name, "a list of texts");
    out.push_back(element.get<std::string>());
  }
  return out;
}

template <class Value, std::size_t N>
Result<Value> word(const json& object, const char* name,
                   const std::array<std::pair<std::string_view, Value>, N>& words) {
  DL_TRY(const std::string written, text(object, name));
  std::string known;
  for (const auto& [spelling, value] : words) {
    if (written == spelling) return value;
    known += (known.empty() ? "" : ", ") + std::string(spelling);
  }
  return fail(ErrorKind::unsupported, fmt::format("member '{}': expected one of {}, found '{}'", name, known, written));
}

constexpr std::array<std::pair<std::string_view, TimeModel>, 2> kTimeModels = {
    {{"constant", TimeModel::constant}, {"step", TimeModel::step}}};
constexpr std::array<std::pair<std::string_view, RowStatus>, 5> kStatuses = {{{"operational", RowStatus::operational},
                                                                              {"provisional", RowStatus::provisional},
                                                                              {"experimental", RowStatus::experimental},
                                                                              {"suspect", RowStatus::suspect},
                                                                              {"withdrawn", RowStatus::withdrawn}}};
constexpr std::array<std::pair<std::string_view, Extrapolation>, 3> kExtrapolations = {
    {{"forbid", Extrapolation::forbid}, {"hold", Extrapolation::hold}, {"allow", Extrapolation::allow}}};

Result<Source> read_source(const json& object) {
  DL_TRY(const json* found, member(object, "source", "where the numbers come from: {title, locator}"));
  Source source;
  DL_TRY(source.title, text(*found, "title"));
  DL_TRY(source.locator, text(*found, "locator"));
  return source;
}

Result<RowValues> read_values(const json& row) {
  DL_TRY(const json* values, member(row, "values", "an object of objects of number lists"));
  if (!values->is_object() || values->empty()) return expected("values", "an object of objects of number lists");
  RowValues out;
  for (const auto& [axis, named] : values->items()) {
    if (!named.is_object()) return expected("values." + axis, "an object of number lists");
    for (const auto& [name, numbers] : named.items()) {
      if (!numbers.is_array() || numbers.empty()) return expected("values." + axis + "." + name, "a list of numbers");
      for (const json& number : numbers) {
        if (!number.is_number()) return expected("values." + axis + "." + name, "a list of numbers");
        out[axis][name].push_back(number.get<double>());
      }
    }
  }
  return out;
}

Result<std::optional<std::string>> read_side(const json& object, const char* holder) {
  const auto config = object.find(holder);
  if (config == object.end() || !config->is_object()) return expected(holder, "an object with the member 'side'");
  const auto side = config->find("side");
  if (side == config->end()) return expected("side", "a text or null: an axis is stated even where it does not matter");
  if (side->is_null()) return std::optional<std::string>();
  if (!side->is_string()) return expected("side", "a text or null");
  return std::optional<std::string>(side->get<std::string>());
}

Result<Row> read_row(const json& object) {
  Row row;
  DL_TRY(row.id, text(object, "id"));
  DL_TRY(row.valid_from, time(object, "valid_from"));
  DL_TRY(row.valid_to, open_time(object, "valid_to"));
  DL_TRY(row.recorded_at, time(object, "recorded_at"));
  DL_TRY(row.recorded_at_basis, text(object, "recorded_at_basis"));
  DL_TRY(row.superseded_at, open_time(object, "superseded_at"));
  DL_TRY(row.side, read_side(object, "config"));
  DL_TRY(row.values, read_values(object));
  DL_TRY(row.status, word(object, "status", kStatuses));
  DL_TRY(row.source, read_source(object));
  DL_TRY(row.reason, text(object, "reason"));
  row.sha256 = sha256_hex(as_bytes(canonical_json(object)));
  return row;
}

Result<Event> read_event(const json& object) {
  Event event;
  DL_TRY(event.id, text(object, "id"));
  DL_TRY(event.from, time(object, "from"));
  DL_TRY(event.to, open_time(object, "to"));
  DL_TRY(event.recorded_at, time(object, "recorded_at"));
  DL_TRY(const json* affects, member(object, "affects", "{bands, side}"));
  DL_TRY(event.bands, texts(*affects, "bands"));
  DL_TRY(event.kind, text(object, "kind"));
  DL_TRY(event.effect, text(object, "effect"));
  if (event.effect != "flag") {
    return fail(ErrorKind::unsupported, fmt::format("effect '{}': only 'flag' is known", event.effect));
  }
  DL_TRY(event.text, text(object, "text"));
  DL_TRY(event.source, read_source(object));
  event.sha256 = sha256_hex(as_bytes(canonical_json(object)));
  return event;
}

Result<ExtrapolationPolicy> read_policy(const json& table) {
  DL_TRY(const json* object, member(table, "extrapolation", "{before, after, max_age_days, flag}"));
  ExtrapolationPolicy policy;
  DL_TRY(policy.before, word(*object, "before", kExtrapolations));
  DL_TRY(policy.after, word(*object, "after", kExtrapolations));
  DL_TRY(policy.flag, text(*object, "flag"));
  const auto age = object->find("max_age_days");
  if (age == object->end() || age->is_null()) return policy;
  if (!age->is_number() || age->get<double>() <= 0) return expected("max_age_days", "a number above 0, or null");
  policy.max_age_days = age->get<double>();
  return policy;
}

// The elements of the list `name`, each read by `read`; the message of a failure names the element's id.
template <class Element, class Read>
Result<std::vector<Element>> read_list(const json& table, const char* name, Read read) {
  DL_TRY(const json* list, member(table, name, "a list"));
  if (!list->is_array()) return expected(name, "a list");
  std::vector<Element> out;
  for (const json& object : *list) {
    const std::string id = object.is_object() && object.contains("id") ? canonical_json(object["id"])
                                                                       : fmt::format("number {}", out.size() + 1);
    if (!object.is_object()) return expected(name, "a list of objects");
    auto element = read(object);
    if (!element) return Failure(element.error().in(fmt::format("{} {}", name, id)));
    out.push_back(std::move(*element));
  }
  return out;
}

Result<Table> read_table(const json& object) {
  DL_TRY(const std::string schema, text(object, "schema"));
  if (schema != kSchema) {
    return fail(ErrorKind::unsupported, fmt::format("schema: expected '{}', found '{}'", kSchema, schema));
  }
  Table table;
  DL_TRY(table.name, text(object, "table"));
  DL_TRY(table.platform, text(object, "platform"));
  DL_TRY(table.instrument, text(object, "instrument"));
  DL_TRY(table.profiles, texts(object, "profiles"));
  DL_TRY(table.quantity, text(object, "quantity"));
  DL_TRY(table.unit, text(object, "unit"));
  DL_TRY(table.time_model, word(object, "time_model", kTimeModels));
  DL_TRY(table.extrapolation, read_policy(object));
  DL_TRY(table.rows, read_list<Row>(object, "rows", read_row));
  DL_TRY(table.events, read_list<Event>(object, "events", read_event));
  json head = object;
  head.erase("rows");
  head.erase("events");
  table.sha256 = sha256_hex(as_bytes(canonical_json(head)));
  return table;
}

}  // namespace

Result<Table> parse_table(std::string_view written, std::string_view name) {
  const json object = json::parse(written, nullptr, false);
  const std::string context = fmt::format("calibration table '{}'", name);
  if (!object.is_object()) return fail(ErrorKind::corrupt, context + ": expected a JSON object");
  auto table = read_table(object);
  if (!table) return Failure(table.error().in(context));
  return table;
}

Result<TableSet> load_tables(const std::filesystem::path& directory, std::string_view platform,
                             std::string_view instrument) {
  std::error_code error;
  std::vector<std::filesystem::path> files;
  for (std::filesystem::directory_iterator entry(directory, error), end; !error && entry != end;
       entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    if (name.starts_with(std::string(platform) + ".") && name.ends_with(".json")) files.push_back(entry->path());
  }
  if (error) {
    return fail(ErrorKind::config,
                fmt::format("reading the calibration tables in '{}': {}", directory.string(), error.message()));
  }
  std::sort(files.begin(), files.end());
  std::vector<Table> tables;
  for (const auto& file : files) {
    DL_TRY(const std::string content, read_text_file(file));
    DL_TRY(Table table, parse_table(content, file.filename().string()));
    if (table.platform != platform || table.instrument != instrument) {
      return fail(ErrorKind::corrupt,
                  fmt::format("calibration table '{}': expected platform '{}' and instrument '{}', found '{}' and '{}'",
                              file.filename().string(), platform, instrument, table.platform, table.instrument));
    }
    tables.push_back(std::move(table));
  }
  if (tables.empty()) {
    return fail(ErrorKind::config, fmt::format("no calibration table of platform '{}' in '{}': expected '{}.*.json'",
                                               platform, directory.string(), platform));
  }
  return TableSet::create(std::move(tables));
}

}  // namespace dl::calibrate
