#include "calibrate/time_model.h"

#include <algorithm>
#include <chrono>
#include <cmath>

namespace dl::calibrate {
namespace {

using Days = std::chrono::duration<double, std::ratio<86400>>;

double round_to(double value, double steps_per_unit) {
  return std::nearbyint(value * steps_per_unit) / steps_per_unit;
}

struct YearAndDay {
  int year = 0;
  Days into_year{};
  int days_in_year = 365;
};

YearAndDay year_and_day(UtcTime time) {
  const std::chrono::year_month_day date(std::chrono::floor<std::chrono::days>(time));
  const std::chrono::sys_days first = date.year() / std::chrono::January / 1;
  return {static_cast<int>(date.year()), time - first, date.year().is_leap() ? 366 : 365};
}

double polynomial(const std::vector<double>& coefficients, double x) {
  double sum = 0;
  for (auto c = coefficients.rbegin(); c != coefficients.rend(); ++c) sum = sum * x + *c;
  return sum;
}

using Named = std::map<std::string, std::vector<double>>;

// calibrate/table_check.h has made sure that the numbers are there.
Named dual_gain_trend(const Named& values, double years) {
  const std::vector<double>& slope = values.at("slope");
  const std::vector<double>& factors = values.at("gain_factors");
  const double dark = values.at("dark")[0];
  const double cut = values.at("cut")[0];
  const double percent = 100.0 + slope[1] * years + slope[2] * years * years;
  const double low = round_to(slope[0] * factors[0], 1000) * percent / 100.0;
  const double high = round_to(slope[0] * factors[1], 1000) * percent / 100.0;
  return {{"lo", {low, -dark * low}}, {"hi", {high, (cut - dark) * low - cut * high}}, {"cut", {cut}}};
}

RowValues fitted(const Fit& fit, const RowValues& values, double years) {
  RowValues out;
  for (const auto& [axis, named] : values) {
    if (fit.form == FitForm::dual_gain_trend_1) {
      out[axis] = dual_gain_trend(named, years);
      continue;
    }
    for (const auto& [name, coefficients] : named) out[axis][name] = {polynomial(coefficients, years)};
  }
  return out;
}

RowValues interpolated(const Row& first, const Row& second, UtcTime time) {
  const double share = Days(time - first.valid_from) / Days(second.valid_from - first.valid_from);
  RowValues out = first.values;
  for (auto& [axis, named] : out) {
    for (auto& [name, numbers] : named) {
      const std::vector<double>* other = second.find(axis, name);
      if (other == nullptr) continue;
      for (std::size_t i = 0; i < std::min(numbers.size(), other->size()); ++i) {
        numbers[i] += share * ((*other)[i] - numbers[i]);
      }
    }
  }
  return out;
}

}  // namespace

double years_since_launch(Years years, UtcTime launch, UtcTime time) {
  if (years == Years::julian_1) return Days(time - launch).count() / 365.25;
  const YearAndDay start = year_and_day(launch);
  const double launched = round_to(start.year + start.into_year.count() / start.days_in_year, 1e5);
  const YearAndDay now = year_and_day(time);
  const double day_of_year = std::floor(now.into_year.count()) + 1;
  return now.year + day_of_year / 365.0 - launched;
}

Row evaluate(const Table& table, const Row& row, UtcTime time) {
  Row out = row;
  if (table.fit)
    out.values = fitted(*table.fit, row.values, years_since_launch(table.fit->years, table.fit->launch, time));
  return out;
}

Row evaluate(const SelectedRow& selected) {
  const Table& table = *selected.table;
  if (table.time_model != TimeModel::linear || selected.stretch_from == nullptr || selected.stretch_to == nullptr) {
    return evaluate(table, *selected.row, selected.evaluated_at);
  }
  Row out = *selected.row;
  out.values = interpolated(*selected.stretch_from, *selected.stretch_to, selected.evaluated_at);
  return out;
}

bool varies_with_time(const Table& table) {
  return table.time_model == TimeModel::linear || table.time_model == TimeModel::poly_since_launch;
}

bool within_limits(const Row& row, std::string_view axis, std::string_view name, double value) {
  const std::vector<double>* limits = row.find(axis, name);
  return limits != nullptr && limits->size() == 2 && (*limits)[0] <= value && value <= (*limits)[1];
}

std::vector<std::string> algorithms_of(const SelectedRow& selected) {
  std::vector<std::string> out;
  if (!selected.row->algorithm.empty()) out.push_back(selected.row->algorithm);
  if (selected.table->fit) {
    out.emplace_back(to_string(selected.table->fit->years));
    out.emplace_back(to_string(selected.table->fit->form));
  }
  return out;
}

}  // namespace dl::calibrate
