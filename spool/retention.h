// Makes room in the spool (DESIGN.md section 7). In this order, oldest first in each step:
//   1  folders of scenes that are delivered and announced
//   2  recordings of processed passes whose scenes are all delivered or dropped
//   3  undelivered raw and Level-0 scenes, only when the policy says so
//   4  other undelivered scenes, only when the policy says so
// Never: what is in upload, a recording whose scenes may still have to be made again, quarantine/. What is dropped
// undelivered leaves its row with the reason, and its announcement (J7).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "core/time.h"
#include "spool/journal_access.h"
#include "spool/layout.h"

namespace dl::spool {

struct RetentionPolicy {
  std::optional<std::uint64_t> quota_bytes;  // of everything in the spool; nothing: the disk is the limit
  std::uint64_t keep_free_bytes = 0;         // on the file system of the spool
  // Not dropped for room before: somebody may want it again.
  Microseconds keep_delivered_at_least{0};
  Microseconds keep_recordings_at_least{0};
  // Then they go although there is room; nothing: only for room.
  std::optional<Microseconds> keep_delivered_for;
  std::optional<Microseconds> keep_recordings_for;
  bool drop_recordings_without_scenes = false;  // such a recording is everything that there is of its pass
  bool even_if_optional_wait = false;           // delivered scenes that an optional destination still waits for
  bool drop_undelivered_level_0 = false;        // and raw
  bool drop_undelivered_scenes = false;
};

// What there is, oldest first in each list.
struct SpoolContents {
  struct Recording {
    std::string pass_id;
    UtcTime ended_at{};
    std::uint64_t size_bytes = 0;
  };
  std::uint64_t used_bytes = 0;       // by all files of scenes, passes and quarantine
  std::uint64_t available_bytes = 0;  // on the file system
  std::vector<SceneRow> delivered;    // droppable
  std::vector<Recording> recordings;  // droppable
  std::vector<SceneRow> undelivered_raw;
  std::vector<SceneRow> undelivered_level_0;
  std::vector<SceneRow> undelivered_scenes;
};

enum class RetentionStep { delivered_scene, recording, undelivered_level_0, undelivered_scene };
std::string_view to_string(RetentionStep step);

struct RetentionDrop {
  RetentionStep step = RetentionStep::delivered_scene;
  std::string id;  // of the scene, or of the pass
  std::uint64_t size_bytes = 0;
  std::string reason;  // "quota", "keep_free", "age"
};

struct RetentionPlan {
  std::vector<RetentionDrop> drops;  // in the order in which they go
  std::uint64_t used_bytes = 0;
  std::uint64_t drop_bytes = 0;
  std::uint64_t missing_bytes = 0;  // still over the limits after all drops: nothing else may go
};

// Pure: the same contents give the same plan.
RetentionPlan plan_retention(const RetentionPolicy& policy, const SpoolContents& contents, UtcTime now);

// Asks the journal and the disk. At most a few hundred candidates of each kind, so a plan may be short of what has to
// go: missing_bytes says so, and the next one goes on. Reads folders: blocks. Kinds: those of the journal, io.
Result<SpoolContents> survey_spool(const Layout& layout, JournalAccess& journal, const RetentionPolicy& policy);

struct RetentionReport {
  std::uint32_t dropped = 0;
  std::uint64_t bytes_dropped = 0;
  std::vector<std::string> lines;  // one per drop, for the log
};

// Does what the plan says: the journal first, then the files, which go by way of work/; a kill in between is finished
// by recovery. What has changed since the plan was made (a scene delivered, put into upload) is left out. `make` makes
// the announcements of what goes undelivered. Kinds: those of the journal, and io when a folder cannot be removed;
// what was dropped until then stays dropped. Blocks.
Result<RetentionReport> apply_retention(const Layout& layout, JournalAccess& journal, const RetentionPlan& plan,
                                        const MakeDropAnnouncements& make);

// An operator gives up an undelivered scene, whatever the policy says: tombstone and announcement, then the folder.
// False when it was delivered or dropped already.
Result<bool> drop_undelivered_scene(const Layout& layout, JournalAccess& journal, const std::string& scene_id,
                                    const std::string& reason, const MakeDropAnnouncements& make);

}  // namespace dl::spool
