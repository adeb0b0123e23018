#include "spool/table_sets.h"

#include <set>
#include <system_error>

#include <fmt/format.h>

#include "core/file.h"
#include "spool/pass_file.h"
#include "spool/removal.h"

namespace dl::spool {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kHashDigits = 64;

bool is_set_name(const std::string& name) {
  return name.size() == kHashDigits && name.find_first_not_of("0123456789abcdef") == std::string::npos;
}

}  // namespace

std::string read_set_in_force(const Layout& layout) {
  const auto text = read_text_file(layout.set_in_force());
  if (!text) return "";
  const std::string name = text->substr(0, text->find('\n'));
  std::error_code error;
  return is_set_name(name) && fs::is_directory(layout.table_set(name), error) ? name : "";
}

Result<void> write_set_in_force(const Layout& layout, const std::string& sha256) {
  return write_file_durably(layout.set_in_force(), as_bytes(sha256 + "\n"));
}

Result<std::vector<std::string>> remove_unused_sets(const Layout& layout, const std::vector<std::string>& needed) {
  std::set<std::string> used{needed.begin(), needed.end()};
  used.insert(read_set_in_force(layout));
  std::error_code error;
  for (fs::directory_iterator entry(layout.passes(), error), end; !error && entry != end; entry.increment(error)) {
    std::error_code no_file;
    if (!fs::exists(entry->path() / "pass.json", no_file)) continue;
    const auto pass = read_pass_file(entry->path());
    // Not known what it needs: nothing is removed.
    if (!pass) return Failure(pass.error().in("looking for the calibration of passes"));
    used.insert(pass->table_set);
  }
  std::vector<std::string> unused;
  for (fs::directory_iterator entry(layout.calibration(), error), end; !error && entry != end; entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    if (is_set_name(name) && !used.contains(name)) unused.push_back(name);
  }
  if (error && error != std::errc::no_such_file_or_directory) {
    return fail_errno("looking for calibration that no pass needs", error.value());
  }
  for (const std::string& name : unused) DL_CHECK(remove_folder(layout, layout.table_set(name)));
  return unused;
}

}  // namespace dl::spool
