// Chooses rows line by line, and remembers for the provenance which were used, where, and why.
#pragma once

#include <list>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "calibrate/calibrated_granule.h"
#include "calibrate/table_set.h"

namespace dl::calibrate {

// The question a granule asks of its tables; the set outlives it.
struct CalibrationRequest {
  const TableSet* tables = nullptr;
  std::string profile;
  std::optional<UtcTime> known_at;
};

class RowUse {
 public:
  RowUse(const CalibrationRequest& request, std::string_view quantity) : request_(request), quantity_(quantity) {}
  RowUse(const RowUse&) = delete;
  RowUse& operator=(const RowUse&) = delete;

  // The row that applies, its numbers as evaluate() has them; nullptr when there is none, and reason() then says why.
  // Times come in any order. `band`: rows without numbers of it are passed over, and its own events apply; empty: only
  // events about all bands do. What is given lives until the next call; SelectedRow::row as long as this and its set,
  // and is the same object for all times with the same numbers.
  const SelectedRow* at(UtcTime time, const RowConfig& config = {}, std::string_view band = {});

  // Why there was no row the first time that there was none, for the same `band`; empty: there always was one.
  [[nodiscard]] std::string reason(std::string_view band = {}) const;
  [[nodiscard]] bool any() const { return !used_.empty(); }

  // Adds the rows, flags and sentences of what was chosen. `bands` is for rows that no band was named for.
  void report(const std::string& bands, Provenance& provenance) const;

 private:
  struct Used {
    SelectedRow selected;
    UtcTime last{};                  // the latest line that used it
    std::vector<std::string> bands;  // that it was asked for, in the order in which they were first
  };
  struct Question {
    RowConfig config;
    std::string band;
    RowSelector selector;
    Used* used = nullptr;  // the answer before
  };

  Question& question_of(const RowConfig& config, std::string_view band);
  const Row* evaluated(const SelectedRow& selected);
  void report_change(const Used& used, const std::vector<const Used*>& earlier, Provenance& provenance) const;

  CalibrationRequest request_;
  std::string quantity_;
  std::list<Question> questions_;
  std::map<std::string, std::string, std::less<>> reasons_;  // by band
  std::map<std::string, Used> used_;                         // by row id
  std::list<Row> evaluated_;
  SelectedRow evaluated_for_;  // the last of evaluated_
  SelectedRow answer_;
};

// What a row means for a line that uses it: kLineCalibrationExtrapolated, kLineCalibrationProvisional;
// kLineUncalibrated for nullptr.
std::uint32_t line_flags_of(const SelectedRow* selected);

}  // namespace dl::calibrate
