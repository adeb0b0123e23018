#include "decoders/row_numbers.h"

#include <algorithm>
#include <cmath>
#include <string>

#include <fmt/format.h>

namespace dl::decoders {
namespace {

Failure wrong(const calibrate::Row& row, std::string_view axis, std::string_view name, std::string_view expected) {
  return fail(ErrorKind::corrupt, fmt::format("row '{}': '{}' of '{}': expected {}", row.id, name, axis, expected));
}

}  // namespace

Result<std::vector<double>> row_numbers(const calibrate::Row& row, std::string_view axis, std::string_view name,
                                        std::size_t count) {
  const std::vector<double>* found = row.find(axis, name);
  if (found != nullptr && found->size() == count) return *found;
  return wrong(
      row, axis, name,
      fmt::format("{} number{}, found {}", count, count == 1 ? "" : "s", found == nullptr ? 0 : found->size()));
}

Result<double> row_number(const calibrate::Row& row, std::string_view axis, std::string_view name) {
  DL_TRY(const std::vector<double> found, row_numbers(row, axis, name, 1));
  return found[0];
}

Result<std::vector<double>> rising_row_numbers(const calibrate::Row& row, std::string_view axis, std::string_view name,
                                               std::size_t count) {
  DL_TRY(std::vector<double> found, row_numbers(row, axis, name, count));
  const bool rising = std::adjacent_find(found.begin(), found.end(), std::greater_equal<>()) == found.end();
  if (!rising) return wrong(row, axis, name, "rising numbers");
  return found;
}

Result<std::size_t> row_index(const calibrate::Row& row, std::string_view axis, std::string_view name,
                              std::size_t count) {
  DL_TRY(const double number, row_number(row, axis, name));
  if (number >= 0 && number < static_cast<double>(count) && number == std::floor(number)) {
    return static_cast<std::size_t>(number);
  }
  return wrong(row, axis, name, fmt::format("a whole number from 0 to {}, found {:g}", count - 1, number));
}

Result<std::vector<std::size_t>> row_indices(const calibrate::Row& row, std::string_view axis, std::string_view name,
                                             std::size_t count) {
  const std::vector<double>* found = row.find(axis, name);
  std::vector<std::size_t> indices;
  for (const double number : found == nullptr ? std::vector<double>() : *found) {
    if (number < 0 || number >= static_cast<double>(count) || number != std::floor(number)) break;
    indices.push_back(static_cast<std::size_t>(number));
  }
  if (found != nullptr && !indices.empty() && indices.size() == found->size()) return indices;
  return wrong(row, axis, name, fmt::format("whole numbers from 0 to {}", count - 1));
}

Result<std::vector<double>> window_weights(const calibrate::Row& row, std::string_view axis, std::string_view name) {
  const std::vector<double>* found = row.find(axis, name);
  const bool good = found != nullptr && found->size() % 2 == 1 && (*found)[found->size() / 2] > 0 &&
                    std::none_of(found->begin(), found->end(), [](double weight) { return !(weight >= 0); });
  if (!good) return wrong(row, axis, name, "an odd number of weights that are not negative, the middle one positive");
  return *found;
}

}  // namespace dl::decoders
