#include "daemon/control/render.h"

#include <array>
#include <optional>
#include <string_view>
#include <type_traits>
#include <utility>

#include <fmt/format.h>

#include "daemon/control/calibration_fields.h"
#include "daemon/control/fields.h"
#include "daemon/control/process_report.h"
#include "daemon/control/quantities.h"
#include "daemon/control/table.h"

namespace dl::control {
namespace {

Tone tone_of_state(std::string_view state) {
  static constexpr std::array<std::pair<std::string_view, Tone>, 18> kTones = {{{"running", Tone::good},
                                                                                {"receiving", Tone::good},
                                                                                {"working", Tone::good},
                                                                                {"ok", Tone::good},
                                                                                {"processed", Tone::good},
                                                                                {"delivered", Tone::good},
                                                                                {"confirmed", Tone::good},
                                                                                {"sent", Tone::good},
                                                                                {"draining", Tone::warning},
                                                                                {"waiting", Tone::warning},
                                                                                {"scenes_stopped", Tone::warning},
                                                                                {"held", Tone::warning},
                                                                                {"dropped", Tone::bad},
                                                                                {"failed", Tone::bad},
                                                                                {"parked", Tone::bad},
                                                                                {"blocked", Tone::bad},
                                                                                {"refused", Tone::bad},
                                                                                {"recording_stopped", Tone::bad}}};
  for (const auto& [word, tone] : kTones)
    if (word == state) return tone;
  return Tone::plain;
}

// One member as text.
class CellMaker {
 public:
  explicit CellMaker(UtcTime now) : now_(now) {}

  [[nodiscard]] Cell make(Show show, const std::string& text) const {
    auto clean = printable(text);
    const auto tone = show == Show::state ? tone_of_state(clean) : Tone::plain;
    return {clean.empty() ? "-" : std::move(clean), tone};
  }
  [[nodiscard]] Cell make(Show show, bool yes) const {
    return {yes ? "yes" : show == Show::yes_or_nothing ? "-" : "no"};
  }
  [[nodiscard]] Cell make(Show show, double number) const {
    if (show == Show::share) return {fmt::format("{:.0f} %", 100 * number)};
    if (show == Show::percent) return {fmt::format("{:+.3f} %", number)};
    return {show == Show::rate ? human_rate(number) : fmt::format("{}", number)};
  }
  template <std::integral T>
  [[nodiscard]] Cell make(Show show, T number) const {
    if (show == Show::rate) return {human_rate(static_cast<double>(number))};
    if (show == Show::size) return {human_size(static_cast<std::uint64_t>(number))};
    if (show == Show::duration) return {human_duration(Milliseconds(static_cast<std::int64_t>(number)))};
    return {fmt::format("{}", number)};
  }
  [[nodiscard]] Cell make(Show show, UtcTime time) const {
    return {show == Show::age ? human_age(now_, time) : format_utc(std::chrono::floor<Seconds>(time))};
  }
  template <class T>
  [[nodiscard]] Cell make(Show show, const std::optional<T>& optional) const {
    return optional ? make(show, *optional) : Cell{"-"};
  }

 private:
  UtcTime now_;
};

constexpr bool is_number(Show show) {
  return show == Show::count || show == Show::size || show == Show::rate || show == Show::duration ||
         show == Show::share || show == Show::percent;
}

// Collects the cells of one row; the first row of a table also makes its columns.
class RowVisitor {
 public:
  RowVisitor(const CellMaker& cells, Table& table) : cells_(cells), table_(table), is_first_(table.columns() == 0) {}

  template <class T>
  void field(const Field& field, const T& member) {
    if (field.show == Show::hidden) return;
    auto cell = cells_.make(field.show, member);
    if (field.show == Show::note) {
      if (cell.text != "-") notes_.push_back(fmt::format("{}: {}", field.title, cell.text));
      return;
    }
    if (is_first_) table_.add_column(std::string(field.title), is_number(field.show) ? Align::right : Align::left);
    row_.push_back(std::move(cell));
  }
  void json(const Field&, const std::string&) {}
  void finish() { table_.add_row(std::move(row_), std::move(notes_)); }

 private:
  const CellMaker& cells_;
  Table& table_;
  bool is_first_;
  std::vector<Cell> row_;
  std::vector<std::string> notes_;
};

// A whole report: its scalars as a sheet, every list as a table.
class ReportVisitor {
 public:
  ReportVisitor(UtcTime now, bool colour) : cells_(now), colour_(colour) {}

  template <class T>
  void field(const Field& field, const T& member) {
    if (field.show == Show::hidden) return;
    auto cell = cells_.make(field.show, member);
    if (cell.text != "-") sheet_.add(std::string(field.title), std::move(cell));
  }
  template <class R>
  void object(const Field&, const R& row) {
    fields(*this, row);
  }
  template <class R>
  void list(const List& list, const std::vector<R>& rows) {
    Table table;
    for (const auto& row : rows) {
      RowVisitor visitor(cells_, table);
      fields(visitor, row);
      visitor.finish();
    }
    tables_.push_back(table.empty() ? std::string(list.none) + "\n" : table.text(colour_));
  }
  void json(const Field& field, const std::string& text) {
    if (field.name == "process_report") tables_.push_back(render_process_report(text, colour_));
  }

  [[nodiscard]] std::string text() const {
    std::string text = sheet_.text(colour_);
    for (const auto& table : tables_) text += (text.empty() ? "" : "\n") + table;
    return text;
  }

 private:
  CellMaker cells_;
  bool colour_;
  Sheet sheet_;
  std::vector<std::string> tables_;
};

// The line that whoever was woken by a call reads first.
std::string verdict(const StatusReport& report, bool colour) {
  if (report.incidents.empty()) return painted("Nothing needs you.", Tone::good, colour) + "\n\n";
  const auto count = report.incidents.size();
  const auto text = fmt::format("{} open incident{}: what to do stands below.", count, count == 1 ? "" : "s");
  return painted(text, Tone::bad, colour) + "\n\n";
}

template <class R>
UtcTime now_of(const R& report) {
  if constexpr (requires { report.now; })
    return report.now;
  else
    return {};
}

}  // namespace

std::string render(const Report& report, const RenderOptions& options) {
  return std::visit(
      [&](const auto& any) {
        ReportVisitor visitor(now_of(any), options.colour);
        fields(visitor, any);
        std::string text;
        if constexpr (std::is_same_v<std::decay_t<decltype(any)>, StatusReport>) text = verdict(any, options.colour);
        return text + visitor.text();
      },
      report);
}

std::string render(const CalibrationReport& report, const RenderOptions& options) {
  return std::visit(
      [&](const auto& any) {
        ReportVisitor visitor({}, options.colour);
        fields(visitor, any);
        return visitor.text();
      },
      report);
}

}  // namespace dl::control
