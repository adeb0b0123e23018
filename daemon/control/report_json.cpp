#include "daemon/control/report_json.h"

#include <cmath>
#include <optional>
#include <type_traits>
#include <utility>

#include <fmt/format.h>

#include "daemon/control/calibration_fields.h"
#include "daemon/control/fields.h"

namespace dl::control {
namespace {

using Json = nlohmann::ordered_json;

class JsonWriter {
 public:
  explicit JsonWriter(Json& out) : out_(out) { out_ = Json::object(); }

  template <class T>
  void field(const Field& field, const T& member) {
    out_[std::string(field.name)] = value(member);
  }
  template <class R>
  void object(const Field& field, const R& row) {
    JsonWriter writer(out_[std::string(field.name)]);
    fields(writer, row);
  }
  template <class R>
  void list(const List& list, const std::vector<R>& rows) {
    auto& array = out_[std::string(list.name)] = Json::array();
    for (const auto& row : rows) {
      JsonWriter writer(array.emplace_back());
      fields(writer, row);
    }
  }
  void json(const Field& field, const std::string& text) {
    auto parsed = Json::parse(text, nullptr, false);
    auto& member = out_[std::string(field.name)];
    if (!parsed.is_discarded())
      member = std::move(parsed);
    else if (!text.empty())
      member = text;  // no JSON after all: better shown than lost
  }

 private:
  static Json value(UtcTime time) { return format_utc(time); }
  template <class T>
  static Json value(const std::optional<T>& optional) {
    return optional ? value(*optional) : Json();
  }
  template <class T>
  static Json value(const T& scalar) {
    return scalar;
  }

  Json& out_;
};

class JsonReader {
 public:
  JsonReader(const Json& in, std::string path, std::string& problem)
      : in_(in), path_(std::move(path)), problem_(problem) {
    if (!in_.is_object()) complain("an object");
  }

  template <class T>
  void field(const Field& field, T& member) {
    const auto* json = find(field.name);
    if (json) read(*json, std::string(field.name), member);
  }
  template <class R>
  void object(const Field& field, R& row) {
    const auto* json = find(field.name);
    if (!json) return;
    JsonReader reader(*json, member_path(field.name), problem_);
    fields(reader, row);
  }
  template <class R>
  void list(const List& list, std::vector<R>& rows) {
    const auto* json = find(list.name);
    if (!json) return;
    if (!json->is_array()) return complain("a list", list.name);
    for (const auto& element : *json) {
      JsonReader reader(element, member_path(list.name), problem_);
      fields(reader, rows.emplace_back());
    }
  }
  void json(const Field& field, std::string& text) {
    const auto* json = find(field.name);
    if (json) text = json->dump(-1, ' ', false, Json::error_handler_t::replace);
  }

 private:
  // nullptr for what is missing or null.
  [[nodiscard]] const Json* find(std::string_view name) const {
    if (!in_.is_object()) return nullptr;
    const auto found = in_.find(std::string(name));
    return found == in_.end() || found->is_null() ? nullptr : &*found;
  }
  [[nodiscard]] std::string member_path(std::string_view name) const { return fmt::format("{}.{}", path_, name); }
  void complain(std::string_view expected, std::string_view name = "") {
    if (problem_.empty())
      problem_ = fmt::format("expected {} as '{}'", expected, name.empty() ? path_ : member_path(name));
  }

  void read(const Json& json, const std::string& name, std::string& member) {
    if (!json.is_string()) return complain("a text", name);
    member = json.get<std::string>();
  }
  void read(const Json& json, const std::string& name, bool& member) {
    if (!json.is_boolean()) return complain("true or false", name);
    member = json.get<bool>();
  }
  void read(const Json& json, const std::string& name, double& member) {
    if (!json.is_number()) return complain("a number", name);
    member = json.get<double>();
  }
  template <std::unsigned_integral T>
  void read(const Json& json, const std::string& name, T& member) {
    if (!json.is_number_unsigned() || !std::in_range<T>(json.get<std::uint64_t>()))
      return complain("a whole number that is not negative", name);
    member = static_cast<T>(json.get<std::uint64_t>());
  }
  void read(const Json& json, const std::string& name, std::int64_t& member) {
    const bool fits = json.is_number_integer() &&
                      (!json.is_number_unsigned() || std::in_range<std::int64_t>(json.get<std::uint64_t>()));
    if (!fits) return complain("a whole number", name);
    member = json.get<std::int64_t>();
  }
  void read(const Json& json, const std::string& name, UtcTime& member) {
    const auto time = json.is_string() ? parse_utc(json.get<std::string>()) : fail(ErrorKind::corrupt, "");
    if (!time) return complain("a time", name);
    member = *time;
  }
  template <class T>
  void read(const Json& json, const std::string& name, std::optional<T>& member) {
    read(json, name, member.emplace());
  }

  const Json& in_;
  std::string path_;
  std::string& problem_;
};

template <class R>
Result<Report> read_report(const Json& json) {
  R report;
  std::string problem;
  JsonReader reader(json, "report", problem);
  fields(reader, report);
  if (!problem.empty()) return fail(ErrorKind::corrupt, problem);
  return Report(std::move(report));
}

}  // namespace

Json to_json(const Report& report) {
  Json json;
  std::visit(
      [&](const auto& any) {
        JsonWriter writer(json);
        fields(writer, any);
      },
      report);
  return json;
}

Json to_json(const CalibrationReport& report) {
  Json json;
  std::visit(
      [&](const auto& any) {
        JsonWriter writer(json);
        fields(writer, any);
      },
      report);
  return json;
}

Result<Report> report_from_json(Command command, const Json& json) {
  switch (command) {
    case Command::status:
      return read_report<StatusReport>(json);
    case Command::sources:
      return read_report<SourcesReport>(json);
    case Command::passes:
      return read_report<PassesReport>(json);
    case Command::pass:
      return read_report<PassReport>(json);
    case Command::scenes:
      return read_report<ScenesReport>(json);
    case Command::deliveries:
      return read_report<DeliveriesReport>(json);
    case Command::hold:
    case Command::release:
    case Command::retry:
    case Command::prioritise:
      return read_report<ChangeReport>(json);
    case Command::drop:
      return read_report<DropReport>(json);
    case Command::bandwidth:
    case Command::bandwidth_set:
      return read_report<BandwidthReport>(json);
    case Command::destinations:
      return read_report<DestinationsReport>(json);
    case Command::outbox:
      return read_report<OutboxReport>(json);
    case Command::verify:
      return read_report<VerifyReport>(json);
    case Command::retention:
      return read_report<RetentionReport>(json);
    case Command::incidents:
      return read_report<IncidentsReport>(json);
    case Command::close:
      return read_report<CloseReport>(json);
    case Command::wait:
      return read_report<WaitReport>(json);
  }
  return fail(ErrorKind::unsupported, "expected a command with a report");
}

}  // namespace dl::control
