#include "spool/journal_schema.h"

namespace dl::spool {

// Times are microseconds since 1970-01-01T00:00:00Z; next_attempt_at 0 means at once. Rows are never deleted: the
// journal is also the station's history. Partial indexes keep the cost of what is open apart from that of history.
const char* const kSchema1 = R"sql(
CREATE TABLE passes (
  sequence INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  source TEXT NOT NULL,
  spacecraft TEXT NOT NULL,
  station TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('receiving', 'ended', 'processed', 'failed')),
  started_at INTEGER NOT NULL,
  ended_at INTEGER,
  end_reason TEXT NOT NULL,
  bytes_recorded INTEGER NOT NULL,
  connections INTEGER NOT NULL,
  process_starts INTEGER NOT NULL,
  process_crashes INTEGER NOT NULL,
  report_json TEXT NOT NULL
) STRICT;
CREATE INDEX passes_by_start ON passes (started_at);
CREATE INDEX passes_unfinished ON passes (started_at) WHERE state IN ('receiving', 'ended');

CREATE TABLE scenes (
  sequence INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  pass_id TEXT NOT NULL,
  platform TEXT NOT NULL,
  instrument TEXT NOT NULL,
  directory TEXT NOT NULL,
  object_prefix TEXT NOT NULL,
  sensing_start TEXT NOT NULL,
  sensing_end TEXT NOT NULL,
  size_bytes INTEGER NOT NULL,
  assets INTEGER NOT NULL,
  first_destination TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('spooled', 'delivered')),
  committed_at INTEGER NOT NULL,
  delivered_at INTEGER,
  dropped_at INTEGER
) STRICT;
CREATE INDEX scenes_by_pass ON scenes (pass_id);
CREATE INDEX scenes_spooled ON scenes (sequence) WHERE state = 'spooled';
CREATE INDEX scenes_kept ON scenes (sequence, state, size_bytes) WHERE dropped_at IS NULL;

CREATE TABLE assets (
  scene INTEGER NOT NULL REFERENCES scenes (sequence),
  position INTEGER NOT NULL,
  name TEXT NOT NULL,
  media_type TEXT NOT NULL,
  size_bytes INTEGER NOT NULL,
  sha256 TEXT NOT NULL,
  crc32c INTEGER NOT NULL,
  PRIMARY KEY (scene, position),
  UNIQUE (scene, name)
) STRICT, WITHOUT ROWID;

-- held: this is item.json and another asset of the scene is not confirmed at the destination yet.
CREATE TABLE deliveries (
  id INTEGER PRIMARY KEY,
  scene INTEGER NOT NULL,
  position INTEGER NOT NULL,
  destination TEXT NOT NULL,
  size_bytes INTEGER NOT NULL,
  held INTEGER NOT NULL CHECK (held IN (0, 1)),
  state TEXT NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'uploading', 'confirmed', 'parked')),
  session TEXT NOT NULL DEFAULT '',
  session_created_at INTEGER,
  committed_bytes INTEGER NOT NULL DEFAULT 0 CHECK (committed_bytes BETWEEN 0 AND size_bytes),
  attempts INTEGER NOT NULL DEFAULT 0,
  next_attempt_at INTEGER NOT NULL DEFAULT 0,
  last_error TEXT NOT NULL DEFAULT '',
  generation TEXT NOT NULL DEFAULT '',
  location TEXT NOT NULL DEFAULT '',
  confirmed_at INTEGER,
  UNIQUE (scene, destination, position),
  FOREIGN KEY (scene, position) REFERENCES assets (scene, position)
) STRICT;
CREATE INDEX deliveries_offered ON deliveries (destination, scene, position, next_attempt_at)
  WHERE held = 0 AND state IN ('queued', 'uploading');
CREATE INDEX deliveries_postponed ON deliveries (destination, next_attempt_at)
  WHERE held = 0 AND state IN ('queued', 'uploading') AND next_attempt_at > 0;
CREATE INDEX deliveries_unfinished ON deliveries (id, state, size_bytes, committed_bytes) WHERE state <> 'confirmed';

-- head: no earlier announcement of the same publisher and ordering key is pending.
CREATE TABLE announcements (
  sequence INTEGER PRIMARY KEY AUTOINCREMENT,
  event_id TEXT NOT NULL,
  type TEXT NOT NULL,
  publisher TEXT NOT NULL,
  scene_id TEXT NOT NULL,
  pass_id TEXT NOT NULL,
  ordering_key TEXT NOT NULL,
  attributes_json TEXT NOT NULL,
  payload TEXT NOT NULL,
  head INTEGER NOT NULL CHECK (head IN (0, 1)),
  state TEXT NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'sent', 'parked')),
  attempts INTEGER NOT NULL DEFAULT 0,
  next_attempt_at INTEGER NOT NULL DEFAULT 0,
  message_id TEXT NOT NULL DEFAULT '',
  last_error TEXT NOT NULL DEFAULT '',
  created_at INTEGER NOT NULL,
  sent_at INTEGER,
  UNIQUE (event_id, publisher)
) STRICT;
CREATE INDEX announcements_heads ON announcements (publisher, sequence, next_attempt_at)
  WHERE state = 'pending' AND head = 1;
CREATE INDEX announcements_postponed ON announcements (publisher, next_attempt_at)
  WHERE state = 'pending' AND head = 1 AND next_attempt_at > 0;
CREATE INDEX announcements_pending ON announcements (publisher, ordering_key, sequence) WHERE state = 'pending';
CREATE INDEX announcements_unsent ON announcements (scene_id, state) WHERE state <> 'sent';

CREATE TABLE incidents (
  id INTEGER PRIMARY KEY,
  kind TEXT NOT NULL,
  subject TEXT NOT NULL,
  message TEXT NOT NULL,
  action TEXT NOT NULL,
  count INTEGER NOT NULL,
  opened_at INTEGER NOT NULL,
  last_seen_at INTEGER NOT NULL,
  closed_at INTEGER
) STRICT;
CREATE UNIQUE INDEX incidents_open ON incidents (kind, subject) WHERE closed_at IS NULL;

PRAGMA user_version = 1;
)sql";

}  // namespace dl::spool
