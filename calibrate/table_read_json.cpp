#include <array>
#include <cctype>
#include <map>
#include <set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "calibrate/canonical_json.h"
#include "calibrate/table_check.h"
#include "calibrate/table_load.h"
#include "calibrate/table_members_json.h"
#include "core/sha256.h"

namespace dl::calibrate {
namespace {

using nlohmann::json;

constexpr std::string_view kSchema = "downlinkd.cal/1";
constexpr int kMaxDepth = 16;  // a table has 6
// Rows are compared each with each. A daily series has as many in eleven years.
constexpr std::size_t kMaxElements = 4096;

// [id] = line of the member "id" that says so, from 1. The first one wins: an id that stands twice is refused anyway.
std::map<std::string, std::size_t> lines_of_ids(std::string_view text) {
  std::map<std::string, std::size_t> lines;
  std::size_t line = 1;
  std::string last;          // the text literal before this one
  bool after_colon = false;  // nothing but a colon between the two
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\n') ++line;
    if (c == ':') after_colon = true;
    if (c != '"') {
      if (c != ':' && std::isspace(static_cast<unsigned char>(c)) == 0) after_colon = false;
      continue;
    }
    const std::size_t begin = i + 1;
    for (++i; i < text.size() && text[i] != '"'; ++i) {
      if (text[i] == '\\') ++i;
    }
    std::string literal(text.substr(begin, std::min(i, text.size()) - std::min(begin, text.size())));
    if (after_colon && last == "id") lines.emplace(literal, line);
    last = std::move(literal);
    after_colon = false;
  }
  return lines;
}

// The JSON, or what keeps it from being a table's: nested too deeply, or a member that stands twice in one object,
// which JSON leaves to the reader and of which a hash would see only one.
json parse(std::string_view text, const ProblemSink& sink) {
  std::vector<std::set<std::string>> members(1);
  std::string repeated;
  bool too_deep = false;
  const auto watch = [&](int depth, json::parse_event_t event, json& parsed) {
    if (depth > kMaxDepth) too_deep = true;
    const auto level = static_cast<std::size_t>(std::min(depth, kMaxDepth));
    if (event == json::parse_event_t::object_start) {
      members.resize(std::max(members.size(), level + 2));
      members[level + 1].clear();
    } else if (event == json::parse_event_t::key && level < members.size()) {
      if (!members[level].insert(parsed.get<std::string>()).second) repeated = parsed.get<std::string>();
    }
    return depth <= kMaxDepth;
  };
  json parsed = json::parse(text, watch, false);
  if (too_deep) {
    sink.add(fmt::format("it is nested more than {} deep", kMaxDepth));
  } else if (parsed.is_discarded() || !parsed.is_object()) {
    sink.add("expected a JSON object");
  } else if (!repeated.empty()) {
    sink.add(fmt::format("member '{}' stands twice in one object", repeated));
  } else {
    return parsed;
  }
  return nullptr;
}

Source read_source(const JsonMembers& members) {
  const auto object = members.object("source", "where the numbers come from: {title, locator}");
  if (!object) return {};
  object->only({"title", "locator", "retrieved", "sha256"});
  return {object->text("title"), object->text("locator"), object->text_or_none("retrieved"),
          object->text_or_none("sha256")};
}

RowConfig read_config(const JsonMembers& object) {
  return {object.stated("side"), object.stated("mirror_side"), object.stated("detector"),
          object.stated("parameter_set")};
}

std::optional<Interval> read_fit_interval(const JsonMembers& members) {
  const auto object = members.object("fit_interval", "{from, to}", false);
  if (!object) return {};
  object->only({"from", "to"});
  return Interval{object->time("from"), object->time("to")};
}

Row read_row(const JsonMembers& members) {
  members.only({"id", "valid_from", "valid_to", "recorded_at", "recorded_at_basis", "superseded_at", "config", "values",
                "algorithm", "stream", "fit_interval", "uncertainty", "status", "source", "reason", "supersedes",
                "jump_reason"});
  Row row;
  row.id = members.name("id");
  row.valid_from = members.time("valid_from");
  row.valid_to = members.time_or_none("valid_to");
  row.recorded_at = members.time("recorded_at");
  row.recorded_at_basis = members.text("recorded_at_basis");
  row.superseded_at = members.time_or_none("superseded_at");
  if (const auto config = members.object("config", "{side, mirror_side, detector, parameter_set}")) {
    config->only({"side", "mirror_side", "detector", "parameter_set"});
    row.config = read_config(*config);
  }
  row.algorithm = members.text_or_none("algorithm");
  row.values = members.values("values", row.algorithm.empty());
  row.stream = members.text_or_none("stream");
  row.fit_interval = read_fit_interval(members);
  row.uncertainty = members.values("uncertainty", false);
  row.status = members.word("status", kRowStatuses);
  row.source = read_source(members);
  row.reason = members.text("reason");
  row.supersedes = members.text_or_none("supersedes");
  row.jump_reason = members.text_or_none("jump_reason");
  return row;
}

Event read_event(const JsonMembers& members) {
  members.only({"id", "from", "to", "recorded_at", "superseded_at", "affects", "kind", "effect", "profile", "text",
                "source", "supersedes"});
  Event event;
  event.id = members.name("id");
  event.from = members.time("from");
  event.to = members.time_or_none("to");
  event.recorded_at = members.time("recorded_at");
  event.superseded_at = members.time_or_none("superseded_at");
  if (const auto affects = members.object("affects", "{bands, side, mirror_side, detector, parameter_set}")) {
    affects->only({"bands", "side", "mirror_side", "detector", "parameter_set"});
    event.bands = affects->texts("bands");
    event.config = read_config(*affects);
  }
  event.kind = members.word("kind", kEventKinds);
  event.effect = members.word("effect", kEventEffects);
  event.profile = members.text_or_none("profile");
  event.text = members.text("text");
  event.source = read_source(members);
  event.supersedes = members.text_or_none("supersedes");
  return event;
}

Override read_override(const JsonMembers& members) {
  members.only({"id", "row", "recorded_at", "superseded_at", "reason", "source"});
  Override out;
  out.id = members.name("id");
  out.row = members.text("row");
  out.recorded_at = members.time("recorded_at");
  out.superseded_at = members.time_or_none("superseded_at");
  out.reason = members.text("reason");
  out.source = read_source(members);
  return out;
}

ExtrapolationPolicy read_policy(const JsonMembers& members, TimeModel model) {
  ExtrapolationPolicy policy;
  const auto object = members.object("extrapolation", "{before, after, max_age_days, limit_days, flag}");
  if (!object) return policy;
  object->only({"before", "after", "max_age_days", "limit_days", "flag"});
  policy.before = object->word_or("before", kExtrapolations, Extrapolation::forbid);
  policy.after = object->word_or("after", kExtrapolations, default_extrapolation_after(model));
  policy.max_age_days = object->positive_or_none("max_age_days");
  policy.limit_days = object->positive_or_none("limit_days");
  policy.flag = object->text("flag");
  return policy;
}

std::optional<Fit> read_fit(const JsonMembers& members, TimeModel model, const ProblemSink& sink) {
  const bool needed = model == TimeModel::poly_since_launch;
  const auto object = members.object("fit", "{launch, years, form}", needed);
  if (!object) return {};
  if (!needed) {
    sink.add("only a table of time model 'poly_since_launch' has the member 'fit'");
    return {};
  }
  object->only({"launch", "years", "form"});
  return Fit{object->time("launch"), object->word("years", kYears), object->word("form", kFitForms)};
}

class Reader {
 public:
  Reader(std::string_view text, std::string_view file) : file_(file), lines_(lines_of_ids(text)) {}

  TableText read(std::string_view text) {
    const ProblemSink sink{problems_, {file_, 0}, ""};
    const json object = parse(text, sink);
    if (!object.is_object()) return {{}, std::move(problems_)};
    Table table = read_table(object, sink);
    if (problems_.empty()) problems_ = problems_of_order(table);
    if (!problems_.empty()) return {{}, std::move(problems_)};
    return {std::move(table), {}};
  }

 private:
  Table read_table(const json& object, const ProblemSink& sink) {
    Table table;
    const JsonMembers members(object, sink);
    const std::string schema = members.text("schema");
    if (!schema.empty() && schema != kSchema) {
      sink.add(fmt::format("schema: expected '{}', found '{}'", kSchema, schema), ErrorKind::unsupported);
      return table;
    }
    members.only({"schema", "table", "platform", "instrument", "profiles", "quantity", "unit", "axes", "time_model",
                  "fit", "extrapolation", "rows", "events", "overrides"});
    table.place = {file_, 0};
    table.name = members.name("table");
    table.platform = members.text("platform");
    table.instrument = members.text("instrument");
    table.profiles = members.texts("profiles");
    table.quantity = members.text("quantity");
    table.unit = members.text("unit");
    table.axes = members.texts("axes");
    table.time_model = members.word("time_model", kTimeModels);
    table.fit = read_fit(members, table.time_model, sink);
    table.extrapolation = read_policy(members, table.time_model);
    table.rows = elements<Row>(members, "rows", true, read_row);
    table.events = elements<Event>(members, "events", true, read_event);
    table.overrides = elements<Override>(members, "overrides", false, read_override);
    json head = object;
    for (const char* list : {"rows", "events", "overrides"}) head.erase(list);
    table.sha256 = sha256_hex(as_bytes(canonical_json(head)));
    return table;
  }

  template <class Element, class Read>
  std::vector<Element> elements(const JsonMembers& table, const char* name, bool needed, Read read_element) {
    const json* list = table.find(name, "a list", needed);
    if (list == nullptr) return {};
    std::vector<Element> out;
    if (!list->is_array()) {
      ProblemSink{problems_, {file_, 0}, ""}.add(fmt::format("member '{}': expected a list", name));
      return out;
    }
    if (list->size() > kMaxElements) {
      ProblemSink{problems_, {file_, 0}, ""}.add(
          fmt::format("member '{}': expected at most {} elements, found {}", name, kMaxElements, list->size()));
      return out;
    }
    for (const json& object : *list) {
      const ProblemSink sink = sink_of(object, fmt::format("{} number {}", name, out.size() + 1));
      if (!object.is_object()) {
        sink.add("expected an object");
        continue;
      }
      Element element = read_element(JsonMembers(object, sink));
      element.place = sink.place;
      element.sha256 = sha256_hex(as_bytes(canonical_json(object)));
      out.push_back(std::move(element));
    }
    return out;
  }

  ProblemSink sink_of(const json& object, std::string otherwise) {
    const auto id = object.find("id");
    if (id == object.end() || !id->is_string()) return {problems_, {file_, 0}, std::move(otherwise)};
    const auto line = lines_.find(id->get<std::string>());
    return {problems_, {file_, line == lines_.end() ? 0 : line->second}, id->get<std::string>()};
  }

  std::string file_;
  std::map<std::string, std::size_t> lines_;
  std::vector<TableProblem> problems_;
};

}  // namespace

TableText read_table(std::string_view text, std::string_view file) {
  return Reader(text, file).read(text);
}

Result<Table> parse_table(std::string_view text, std::string_view file) {
  TableText read = read_table(text, file);
  if (read.table) return std::move(*read.table);
  return Failure(error_of(read.problems));
}

}  // namespace dl::calibrate
