// Makes room: what was delivered and announced goes first, oldest first. Nothing else goes.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/error.h"
#include "spool/journal_service.h"
#include "spool/layout.h"

namespace dl::spool {

struct RetentionReport {
  std::uint32_t scenes_dropped = 0;
  std::uint64_t bytes_dropped = 0;
  std::uint64_t bytes_over_quota = 0;  // left, because the scenes that hold them are not delivered and announced yet
  std::vector<std::string> lines;      // one per scene dropped, for the log
};

// Removes folders of scenes until the assets in scenes/ hold at most `quota_bytes`; recordings are not counted. The
// journal keeps the rows and says when the folder went. Removes files on the calling thread. Kinds: those of the
// journal, and io when a folder cannot be removed; what was dropped until then stays dropped.
Result<RetentionReport> drop_delivered_scenes(const Layout& layout, JournalService& journal, std::uint64_t quota_bytes);

}  // namespace dl::spool
