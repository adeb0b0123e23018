#include "spool/removal.h"

#include <system_error>

#include <fmt/format.h>

#include "core/file.h"

namespace dl::spool {

Result<void> remove_folder(const Layout& layout, const std::filesystem::path& folder) {
  const std::filesystem::path doomed = layout.works() / ("dropped-" + folder.filename().string());
  std::error_code error;
  std::filesystem::remove_all(doomed, error);  // of an earlier attempt that failed
  if (!error && std::filesystem::exists(folder, error)) {
    DL_CHECK(rename_durably(folder, doomed));
    std::filesystem::remove_all(doomed, error);
  }
  if (error) return fail_errno(fmt::format("cannot remove '{}'", folder.string()), error.value());
  return {};
}

}  // namespace dl::spool
