#include "calibrate/geolocation/two_line_elements.h"

#include <charconv>
#include <cmath>

#include <fmt/format.h>

namespace dl::calibrate {

namespace {

constexpr double kTwoPi = 6.283185307179586476925286766559;
constexpr double kMinutesPerDay = 1440;
// A circular orbit at the equator's radius has 17.04.
constexpr double kMostRevolutionsPerDay = 17.5;
constexpr std::size_t kShortestLine = 68;      // without the check digit
constexpr std::size_t kCheckDigitColumn = 68;  // counted from 0

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

std::string_view without_trailing_blanks(std::string_view text) {
  const auto last = text.find_last_not_of(" \t\r\n");
  return last == std::string_view::npos ? std::string_view{} : text.substr(0, last + 1);
}

// Columns are named as the format's descriptions count them, from 1, both ends included.
struct Columns {
  std::string_view line;
  unsigned first;
  unsigned last;
  const char* what;

  [[nodiscard]] std::string_view text() const { return trimmed(line.substr(first - 1, last - first + 1)); }
  [[nodiscard]] Failure failure(std::string_view expected) const {
    return fail(ErrorKind::corrupt, fmt::format("element set line '{}', columns {} to {} ({}): expected {}, found '{}'",
                                                line, first, last, what, expected, text()));
  }
};

// No field of numbers but those of read_exponential() has an exponent.
Result<double> to_number(const Columns& columns, std::string_view text,
                         std::chars_format format = std::chars_format::fixed) {
  if (!text.empty() && text.front() == '+') text.remove_prefix(1);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, format);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size() || !std::isfinite(value)) {
    return columns.failure("a number");
  }
  return value;
}

Result<double> read_number(const Columns& columns) {
  return to_number(columns, columns.text());
}

// "1234567" means 0.1234567.
Result<double> read_fraction(const Columns& columns) {
  if (columns.text().find_first_not_of("0123456789") != std::string_view::npos) return columns.failure("digits");
  return to_number(columns, fmt::format("0.{}", columns.text()));
}

// " 28098-4" means 0.28098e-4.
Result<double> read_exponential(const Columns& columns) {
  std::string_view text = columns.text();
  if (text.empty()) return 0.0;
  const bool negative = text.front() == '-';
  if (negative || text.front() == '+') text.remove_prefix(1);
  const auto sign = text.find_first_of("+-");
  if (sign == std::string_view::npos || sign == 0) return columns.failure("a form such as '28098-4'");
  const std::string_view exponent = text.substr(text[sign] == '+' ? sign + 1 : sign);
  std::string_view mantissa = text.substr(0, sign);
  if (mantissa.front() == '.') mantissa.remove_prefix(1);
  DL_TRY(const double value,
         to_number(columns, fmt::format("0.{}e{}", mantissa, exponent), std::chars_format::scientific));
  return negative ? -value : value;
}

// Five digits, or a letter (without I and O) for the two leading digits from 10 on: "A0000" is 100000.
Result<std::uint32_t> read_norad_id(const Columns& columns) {
  std::string_view text = columns.text();
  std::uint32_t thousands = 0;
  if (!text.empty() && text.front() >= 'A' && text.front() <= 'Z') {
    const char letter = text.front();
    if (letter == 'I' || letter == 'O' || text.size() != 5) return columns.failure("a satellite number");
    thousands = static_cast<std::uint32_t>(letter - 'A' + 10 - (letter > 'I' ? 1 : 0) - (letter > 'O' ? 1 : 0)) * 10000;
    text.remove_prefix(1);
  }
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) {
    return columns.failure("a satellite number");
  }
  return thousands + value;
}

Result<void> read_epoch(std::string_view line1, TwoLineElements& set) {
  const Columns year_columns{line1, 19, 20, "epoch year"};
  const Columns day_columns{line1, 21, 32, "epoch day"};
  DL_TRY(const double two_digit_year, read_number(year_columns));
  DL_TRY(const double day, read_number(day_columns));
  if (two_digit_year < 0 || two_digit_year != std::floor(two_digit_year)) return year_columns.failure("two digits");
  if (!(day >= 1 && day < 367)) return day_columns.failure("a day of the year");
  // Sputnik flew in 1957: what is below belongs to this century.
  const int year = static_cast<int>(two_digit_year) + (two_digit_year < 57 ? 2000 : 1900);
  const std::chrono::sys_days new_year = std::chrono::year{year} / std::chrono::January / 1;
  set.epoch = UtcTime(new_year) + Microseconds(std::llround((day - 1) * 86400e6));
  const std::chrono::sys_days day_zero = std::chrono::year{1949} / std::chrono::December / 31;
  // Through a Julian date in one double (steps of 40 us), as the reference implementation of SGP4 has it: the pull of
  // the moon on a very eccentric orbit shows the difference in the sixth decimal of a kilometre.
  constexpr double kJulianDateOfDayZero = 2433281.5;
  const double julian_date = static_cast<double>((new_year - day_zero).count()) + kJulianDateOfDayZero + (day - 1);
  set.epoch_days_from_1950 = julian_date - kJulianDateOfDayZero;
  return {};
}

// Sum of the digits, a minus counting 1, modulo 10.
char check_digit(std::string_view line) {
  int sum = 0;
  for (const char c : line.substr(0, kCheckDigitColumn)) {
    if (c >= '0' && c <= '9') sum += c - '0';
    if (c == '-') ++sum;
  }
  return static_cast<char>('0' + sum % 10);
}

void remark_check_digit(std::string_view line, std::string& remark) {
  const char expected = check_digit(line);
  const char found = line.size() > kCheckDigitColumn ? line[kCheckDigitColumn] : ' ';
  if (found == expected) return;
  if (!remark.empty()) remark += "; ";
  remark += found == ' ' ? fmt::format("line {} of the element set has no check digit", line.front())
                         : fmt::format("line {} of the element set has check digit '{}' where '{}' was expected",
                                       line.front(), found, expected);
}

}  // namespace

Result<TwoLineElements> parse_two_line_elements(std::string_view name, std::string_view line1, std::string_view line2) {
  line1 = without_trailing_blanks(line1);
  line2 = without_trailing_blanks(line2);
  if (line1.size() < kShortestLine || line2.size() < kShortestLine || !line1.starts_with("1 ") ||
      !line2.starts_with("2 ")) {
    return fail(ErrorKind::corrupt, fmt::format("element set: expected two lines of 69 characters that begin with "
                                                "'1 ' and '2 ', found '{}' and '{}'",
                                                line1, line2));
  }
  TwoLineElements set;
  set.name = trimmed(name.starts_with("0 ") ? name.substr(2) : name);
  set.line1 = line1;
  set.line2 = line2;
  DL_TRY(set.norad_id, read_norad_id({line1, 3, 7, "satellite number"}));
  DL_TRY(const std::uint32_t second_id, read_norad_id({line2, 3, 7, "satellite number"}));
  if (second_id != set.norad_id) {
    return fail(ErrorKind::corrupt,
                fmt::format("element set: line 1 is of satellite {}, line 2 of {}", set.norad_id, second_id));
  }
  set.international_designator = Columns{line1, 10, 17, "international designator"}.text();
  DL_CHECK(read_epoch(line1, set));
  DL_TRY(set.bstar, read_exponential({line1, 54, 61, "drag"}));
  DL_TRY(const double inclination_deg, read_number({line2, 9, 16, "inclination"}));
  DL_TRY(const double node_deg, read_number({line2, 18, 25, "right ascension of the ascending node"}));
  DL_TRY(set.eccentricity, read_fraction({line2, 27, 33, "eccentricity"}));
  DL_TRY(const double perigee_deg, read_number({line2, 35, 42, "argument of perigee"}));
  DL_TRY(const double anomaly_deg, read_number({line2, 44, 51, "mean anomaly"}));
  DL_TRY(const double revolutions_per_day, read_number({line2, 53, 63, "mean motion"}));
  if (!(revolutions_per_day < kMostRevolutionsPerDay)) {
    return Columns{line2, 53, 63, "mean motion"}.failure("fewer revolutions a day than an orbit above the ground has");
  }
  const Columns revolution{line2, 64, 68, "revolution number"};
  DL_TRY(const double revolutions, revolution.text().empty() ? Result<double>(0.0) : read_number(revolution));
  if (!(revolutions >= 0)) return revolution.failure("a count");
  set.inclination_rad = inclination_deg / 360 * kTwoPi;
  set.right_ascension_rad = node_deg / 360 * kTwoPi;
  set.argument_of_perigee_rad = perigee_deg / 360 * kTwoPi;
  set.mean_anomaly_rad = anomaly_deg / 360 * kTwoPi;
  set.mean_motion_rad_min = revolutions_per_day * kTwoPi / kMinutesPerDay;
  set.revolution = static_cast<std::uint32_t>(revolutions);
  remark_check_digit(line1, set.remark);
  remark_check_digit(line2, set.remark);
  return set;
}

ElementSets parse_element_sets(std::string_view text, std::optional<std::uint32_t> norad_id) {
  ElementSets result;
  std::string_view name;
  std::string_view line1;
  while (!text.empty()) {
    const auto end = text.find('\n');
    const std::string_view line = without_trailing_blanks(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.empty() || line.front() == '#') continue;
    if (line.starts_with("1 ") && line.size() >= kShortestLine) {
      line1 = line;
      continue;
    }
    if (!line.starts_with("2 ") || line1.empty()) {
      name = line.size() < kShortestLine ? line : std::string_view{};
      line1 = {};
      continue;
    }
    const auto id = read_norad_id({line1, 3, 7, "satellite number"});
    if (!norad_id || !id || *id == *norad_id) {
      auto set = parse_two_line_elements(name, line1, line);
      if (set) {
        result.sets.push_back(std::move(*set));
      } else {
        result.refused.push_back(std::move(set.error().message));
      }
    }
    name = {};
    line1 = {};
  }
  return result;
}

}  // namespace dl::calibrate
