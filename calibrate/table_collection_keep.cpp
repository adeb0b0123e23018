#include <unistd.h>
#include <algorithm>
#include <system_error>

#include <fmt/format.h>

#include "calibrate/table_collection.h"
#include "core/file.h"

namespace dl::calibrate {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kFileLimitBytes = std::uint64_t{16} << 20;

Failure cannot(std::string_view what, const fs::path& path, const std::error_code& error) {
  return fail_errno(fmt::format("cannot {} '{}'", what, path.string()), error.value());
}

// The files of a folder of tables: tables and locks, of every instrument; strays too, for they are to be judged.
Result<void> copy_tables(const fs::path& from, const fs::path& to) {
  std::error_code error;
  fs::create_directories(to, error);
  if (error) return cannot("make the folder", to, error);
  const auto options = fs::directory_options::follow_directory_symlink;
  for (fs::recursive_directory_iterator entry(from, options, error), end; !error && entry != end;
       entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    if (entry->is_directory(error) || name.starts_with('.')) continue;
    if (!name.ends_with(".json") && !name.ends_with(".sha256")) continue;
    // Not by fs::relative(), which follows links: the folder of an instrument may be one.
    const fs::path copy = to / entry->path().lexically_relative(from);
    fs::create_directories(copy.parent_path(), error);
    if (error) return cannot("make the folder", copy.parent_path(), error);
    DL_TRY(const std::string text, read_text_file(entry->path(), kFileLimitBytes));
    DL_CHECK(write_file_durably(copy, as_bytes(text)));
  }
  if (error) return cannot("read the folder", from, error);
  return sync_directory(to);
}

// Names of the copy's files as those of the folders that they came from.
void rename_places(TableProblems& problems, const fs::path& copy, const fs::path& original) {
  const std::string prefix = copy.string();
  for (TableProblem& problem : problems) {
    if (problem.file.starts_with(prefix)) problem.file = original.string() + problem.file.substr(prefix.size());
    for (std::size_t at = 0; (at = problem.reason.find(prefix, at)) != std::string::npos;) {
      problem.reason.replace(at, prefix.size(), original.string());
      at += original.string().size();
    }
  }
}

// A folder that is removed again unless it was renamed.
class Draft {
 public:
  explicit Draft(fs::path path) : path_(std::move(path)) { remove(); }
  ~Draft() { remove(); }
  Draft(const Draft&) = delete;
  Draft& operator=(const Draft&) = delete;
  [[nodiscard]] const fs::path& path() const { return path_; }

 private:
  void remove() const {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  fs::path path_;
};

}  // namespace

TableFolders folders_of_kept(const fs::path& folder) {
  return {folder / "shipped", {folder / "overlays"}};
}

Result<tl::expected<TableCollection, TableProblems>> keep_collection(const TableFolders& folders,
                                                                     const fs::path& directory,
                                                                     const TableCollection* before) {
  using Judged = tl::expected<TableCollection, TableProblems>;
  const Draft draft(directory / fmt::format(".new-{}", ::getpid()));
  const TableFolders copy = folders_of_kept(draft.path());
  DL_CHECK(copy_tables(folders.shipped, copy.shipped));
  std::error_code error;
  fs::create_directories(copy.overlays.front(), error);
  if (error) return cannot("make the folder", copy.overlays.front(), error);
  for (const fs::path& overlays : folders.overlays) {
    if (fs::exists(overlays, error)) DL_CHECK(copy_tables(overlays, copy.overlays.front()));
  }
  Judged judged = load_collection(copy);
  TableProblems problems = judged || judged.error().empty() ? TableProblems{} : judged.error();
  if (judged && before != nullptr) problems = edited_elements(*before, *judged);
  if (!problems.empty()) {
    if (!folders.overlays.empty()) rename_places(problems, copy.overlays.front(), folders.overlays.front());
    rename_places(problems, copy.shipped, folders.shipped);
    return Judged(tl::unexpected(std::move(problems)));
  }
  const fs::path kept = directory / judged->sha256;
  if (fs::exists(kept, error)) return judged;
  if (auto renamed = rename_durably(draft.path(), kept); !renamed && !fs::exists(kept, error)) {
    return Failure(renamed.error());
  }
  return judged;
}

}  // namespace dl::calibrate
