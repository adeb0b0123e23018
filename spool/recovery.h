// Start-up: makes the spool folder whole again, whatever ended the last run. Nothing that was received or made is
// deleted: what cannot be used moves to quarantine/ with an incident. Only work/, unfinished by definition, is emptied,
// and what the journal says was dropped is removed, if the last run did not come to it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/error.h"
#include "spool/journal_access.h"
#include "spool/layout.h"

namespace dl::spool {

struct RecoveryOptions {
  std::vector<DeliveryTarget> destinations;  // for scenes that the journal did not know
  bool verify_hashes = false;                // also read every byte of scenes that are not delivered
};

struct RecoveryReport {
  std::uint32_t passes_restored = 0;    // described by pass.json, unknown to the journal
  std::uint32_t passes_unreadable = 0;  // a recording without a usable pass.json; it stays where it is
  std::uint32_t scenes_adopted = 0;     // complete on disk, unknown to the journal or in its quarantine
  std::uint32_t scenes_known = 0;
  std::uint32_t scenes_quarantined = 0;
  std::uint32_t scenes_missing = 0;  // in the journal, not delivered, no folder
  std::uint32_t drops_finished = 0;  // folders of scenes and recordings that the journal says are dropped
  std::uint32_t work_entries_removed = 0;
  std::vector<std::string> lines;  // one per thing found, for the log
};

// Creates the folders of the layout, durably. Kinds: exhausted, io.
Result<void> make_spool_folders(const Layout& layout);

// Call once before anything else uses the spool, with the lock held and the folders made. Of a scene that the journal
// knows only the sizes of the files are looked at, for there may be very many: what has rotted is found when it is
// sent. Scenes that are unusable are quarantined in the journal too, so that their pass can make them again. Kinds:
// those of the journal, and io when a folder cannot be read or moved. May be repeated after a failure. Blocks.
Result<RecoveryReport> recover(const Layout& layout, JournalAccess& journal, const RecoveryOptions& options);

}  // namespace dl::spool
