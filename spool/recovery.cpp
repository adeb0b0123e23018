#include "spool/recovery.h"

#include <algorithm>
#include <set>
#include <system_error>

#include <fmt/format.h>

#include "core/file.h"
#include "spool/pass_file.h"
#include "spool/recovery_scenes.h"
#include "spool/removal.h"

namespace dl::spool {

namespace {

Result<void> make_folder(const std::filesystem::path& path) {
  std::error_code error;
  const bool made = std::filesystem::create_directory(path, error);
  if (error) return fail_errno(fmt::format("cannot make the folder '{}'", path.string()), error.value());
  if (made) return sync_directory(path.parent_path());
  return {};
}

// create_directories, each level durable.
Result<void> make_folders(const std::filesystem::path& path) {
  std::error_code ignored;
  if (path.empty() || std::filesystem::is_directory(path, ignored)) return {};
  DL_CHECK(make_folders(path.parent_path()));
  return make_folder(path);
}

Result<void> empty_works(const Layout& layout, RecoveryReport& report) {
  DL_TRY(const std::vector<std::filesystem::path> entries, entries_of(layout.works()));
  for (const std::filesystem::path& entry : entries) {
    std::error_code error;
    std::filesystem::remove_all(entry, error);
    if (error) return fail_errno(fmt::format("cannot remove '{}'", entry.string()), error.value());
    ++report.work_entries_removed;
    report.lines.push_back(fmt::format("removed unfinished work '{}'", entry.filename().string()));
  }
  return {};
}

Result<std::uint64_t> recorded_bytes(const std::filesystem::path& pass_directory) {
  DL_TRY(const std::vector<std::filesystem::path> entries, entries_of(pass_directory));
  std::uint64_t bytes = 0;
  for (const std::filesystem::path& entry : entries) {
    if (entry.extension() != ".raw") continue;
    std::error_code error;
    const std::uint64_t size = std::filesystem::file_size(entry, error);
    if (!error) bytes += size;
  }
  return bytes;
}

Result<Pass> read_pass_folder(const std::filesystem::path& directory) {
  const std::string id = directory.filename().string();
  DL_TRY(Pass pass, read_pass_file(directory));
  if (pass.id != id) {
    return fail(ErrorKind::corrupt,
                fmt::format("'{}': expected pass '{}', found '{}'", (directory / "pass.json").string(), id, pass.id));
  }
  DL_TRY(pass.bytes_recorded, recorded_bytes(directory));
  if (auto text = read_text_file(directory / "report.json"); text && pass.state == PassState::ended) {
    pass.report_json = std::move(*text);
    pass.state = PassState::processed;
  }
  return pass;
}

Result<void> restore_pass(const std::filesystem::path& directory, JournalAccess& journal, RecoveryReport& report) {
  const std::string id = directory.filename().string();
  const Result<Pass> pass = read_pass_folder(directory);
  // Out of descriptors or memory says nothing about the pass.
  if (!pass && pass.error().kind == ErrorKind::exhausted) return Failure(pass.error());
  if (!pass) {
    ++report.passes_unreadable;
    report.lines.push_back(fmt::format("recording '{}' has no usable description: {}", id, pass.error().message));
    const std::string action = fmt::format(
        "The recording stays in '{}'. Process it with 'downlink-process batch "
        "--spacecraft NAME --input FILE', naming its spacecraft.",
        directory.string());
    DL_CHECK(journal.call(
        [&](Journal& owned) { return owned.open_incident("pass_unreadable", id, pass.error().message, action); }));
    return {};
  }
  DL_CHECK(journal.call([&](Journal& owned) { return owned.put_pass(*pass); }));
  ++report.passes_restored;
  report.lines.push_back(fmt::format("pass '{}' restored from its folder as '{}', {} bytes", id, to_string(pass->state),
                                     pass->bytes_recorded));
  return {};
}

Result<void> restore_passes(const Layout& layout, JournalAccess& journal, RecoveryReport& report) {
  DL_TRY(const std::vector<std::filesystem::path> entries, entries_of(layout.passes()));
  for (const std::filesystem::path& entry : entries) {
    std::error_code ignored;
    if (!std::filesystem::is_directory(entry, ignored)) continue;
    const std::string id = entry.filename().string();
    DL_TRY(const auto known, journal.call([&](Journal& owned) { return owned.pass(id); }));
    if (!known) {
      DL_CHECK(restore_pass(entry, journal, report));
    } else if (known->recording_dropped_at) {
      ++report.drops_finished;
      report.lines.push_back(fmt::format("the recording of pass '{}' was dropped: its folder is removed", id));
      DL_CHECK(remove_folder(layout, entry));
    }
  }
  return {};
}

}  // namespace

Result<std::vector<std::filesystem::path>> entries_of(const std::filesystem::path& folder) {
  std::error_code error;
  std::vector<std::filesystem::path> entries;
  std::filesystem::directory_iterator iterator(folder, error);
  for (; !error && iterator != std::filesystem::directory_iterator(); iterator.increment(error)) {
    entries.push_back(iterator->path());
  }
  if (error) return fail_errno(fmt::format("cannot read the folder '{}'", folder.string()), error.value());
  // The order of a folder is the file system's; ours must not depend on it.
  std::sort(entries.begin(), entries.end());
  return entries;
}

Result<void> make_spool_folders(const Layout& layout) {
  DL_CHECK(make_folders(layout.root));
  for (const std::filesystem::path& folder : {layout.passes(), layout.works(), layout.scenes(), layout.quarantine()}) {
    DL_CHECK(make_folder(folder));
  }
  return {};
}

Result<RecoveryReport> recover(const Layout& layout, JournalAccess& journal, const RecoveryOptions& options) {
  RecoveryReport report;
  DL_TRY(const bool rebuilt, journal.call([](Journal& owned) -> Result<bool> { return owned.rebuilt(); }));
  if (rebuilt) report.lines.emplace_back("the journal was damaged and is being rebuilt from the spool");
  DL_CHECK(empty_works(layout, report));
  DL_CHECK(restore_passes(layout, journal, report));
  DL_CHECK(recover_scenes(layout, journal, options, report));
  return report;
}

}  // namespace dl::spool
