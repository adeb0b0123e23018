// One member of a report as the JSON codec and the table know it.
#pragma once

#include <concepts>
#include <string_view>
#include <type_traits>

namespace dl::control {

// How the table shows a member. JSON always has the raw value.
enum class Show {
  hidden,  // in JSON only
  text,
  state,  // a word that may be coloured
  count,
  size,      // bytes, "8.0 MiB"
  rate,      // bytes per second, "2.3 MB/s": data rates are decimal, as receivers state them
  age,       // a time, "12 s ago", "in 3 min"
  time,      // a time, ISO 8601
  duration,  // milliseconds
  yes_no,
  yes_or_nothing,
  share,    // of 1, in percent
  percent,  // with its sign
  note,     // a long text: on a line of its own under the row, when it is not empty
};

struct Field {
  std::string_view name;        // in JSON
  std::string_view title = {};  // in the table
  Show show = Show::hidden;
};

struct List {
  std::string_view name;
  std::string_view none;  // what the table says when there are no rows
};

// Row functions serve const rows (writing) and others (reading).
template <class R, class T>
concept RowOf = std::same_as<std::remove_const_t<R>, T>;

}  // namespace dl::control
