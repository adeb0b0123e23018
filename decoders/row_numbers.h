// Numbers of a table row, with what is wrong with them.
#pragma once

#include <cstddef>
#include <map>
#include <string_view>
#include <utility>
#include <vector>

#include "calibrate/table.h"
#include "core/error.h"

namespace dl::decoders {

// Kind corrupt, with the row's id, when they are not there or not `count`.
Result<std::vector<double>> row_numbers(const calibrate::Row& row, std::string_view axis, std::string_view name,
                                        std::size_t count);
Result<double> row_number(const calibrate::Row& row, std::string_view axis, std::string_view name);
// The same, each greater than the one before.
Result<std::vector<double>> rising_row_numbers(const calibrate::Row& row, std::string_view axis, std::string_view name,
                                               std::size_t count);
// One whole number from 0 to `count` - 1; of several, each.
Result<std::size_t> row_index(const calibrate::Row& row, std::string_view axis, std::string_view name,
                              std::size_t count);
Result<std::vector<std::size_t>> row_indices(const calibrate::Row& row, std::string_view axis, std::string_view name,
                                             std::size_t count);
// An odd number of weights, none negative, the middle one positive.
Result<std::vector<double>> window_weights(const calibrate::Row& row, std::string_view axis, std::string_view name);

// What an instrument makes of a row's numbers, made once: many lines use the same row.
template <class Numbers>
class ReadRows {
 public:
  // `read` gives a Result<Numbers>, which does not fail: the row was checked when it was loaded.
  template <class Read>
  const Numbers& of(const calibrate::Row& row, Read read) {
    auto found = read_.find(&row);
    if (found == read_.end()) found = read_.emplace(&row, std::move(*read(row))).first;
    return found->second;
  }

 private:
  std::map<const calibrate::Row*, Numbers> read_;
};

}  // namespace dl::decoders
