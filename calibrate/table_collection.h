// All tables of an installation with the operator's overlays: what passes are calibrated with, checked as a whole.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "calibrate/table_load.h"
#include "calibrate/table_problem.h"
#include "calibrate/table_set.h"
#include "core/error.h"

namespace dl::calibrate {

using TableProblems = std::vector<TableProblem>;

struct InstrumentTables {
  std::string platform;
  std::string instrument;
  TableSet tables;
};

struct TableCollection {
  std::vector<InstrumentTables> instruments;  // by instrument, then by platform
  std::string sha256;                         // over the lines "instrument/platform:sha256\n" of the sets

  // nullptr when there are no tables of them.
  [[nodiscard]] const TableSet* find(std::string_view platform, std::string_view instrument) const;
};

// Everything in the folders. All problems are reported: those of the tables, and files of overlays that lie where
// nobody would read them.
tl::expected<TableCollection, TableProblems> load_collection(const TableFolders& folders);

// Rows, events and overrides of overlays that had another hash in `before`: what was is in products, and is superseded,
// not edited. (Shipped tables have their lock, calibrate/table_lock.h.)
TableProblems edited_elements(const TableCollection& before, const TableCollection& now);

// Copies the folders below `directory`/<sha256>, whole or not at all, and judges the copy, so that what is kept is what
// was judged. `before`: the set whose rows may not be edited; none: nullptr. Kinds of the failure: exhausted, io.
Result<tl::expected<TableCollection, TableProblems>> keep_collection(const TableFolders& folders,
                                                                     const std::filesystem::path& directory,
                                                                     const TableCollection* before);
// The folders of a kept one.
TableFolders folders_of_kept(const std::filesystem::path& folder);

}  // namespace dl::calibrate
