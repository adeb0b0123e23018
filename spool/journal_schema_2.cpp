// Version 2: order of delivery, optional destinations, holds, scenes that are given up or quarantined, parts of
// uploads.
#include "spool/journal_schema.h"

namespace dl::spool {

// A CHECK cannot be changed, so scenes and deliveries are made anew. The class of what is there already is what
// delivery_class_of() says (spool/journal_deliveries.cpp), here in SQL because that function may change and this not.
const char* const kSchema2 = R"sql(
ALTER TABLE passes ADD COLUMN recording_dropped_at INTEGER;
CREATE INDEX passes_recorded ON passes (started_at) WHERE state = 'processed' AND recording_dropped_at IS NULL;

CREATE TABLE scenes_2 (
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
  state TEXT NOT NULL CHECK (state IN ('spooled', 'delivered', 'dropped')),
  committed_at INTEGER NOT NULL,
  delivered_at INTEGER,
  dropped_at INTEGER,
  drop_reason TEXT NOT NULL DEFAULT '',
  quarantined_at INTEGER
) STRICT;
INSERT INTO scenes_2 SELECT sequence, id, pass_id, platform, instrument, directory, object_prefix, sensing_start,
  sensing_end, size_bytes, assets, first_destination, state, committed_at, delivered_at, dropped_at, '', NULL
  FROM scenes;
DROP TABLE scenes;
ALTER TABLE scenes_2 RENAME TO scenes;
CREATE INDEX scenes_by_pass ON scenes (pass_id);
CREATE INDEX scenes_spooled ON scenes (sequence) WHERE state = 'spooled';
CREATE INDEX scenes_spooled_by_instrument ON scenes (instrument, sequence) WHERE state = 'spooled';
CREATE INDEX scenes_kept ON scenes (sequence, state, size_bytes) WHERE dropped_at IS NULL;
CREATE INDEX scenes_given_up ON scenes (sequence) WHERE state = 'dropped';
CREATE INDEX scenes_quarantined ON scenes (sequence) WHERE quarantined_at IS NOT NULL;

-- held: this is item.json and another asset of the scene is not confirmed at the destination yet.
-- delivery_class: the number of spool::DeliveryClass. parked_kind: empty unless parked.
CREATE TABLE deliveries_2 (
  id INTEGER PRIMARY KEY,
  scene INTEGER NOT NULL,
  position INTEGER NOT NULL,
  destination TEXT NOT NULL,
  size_bytes INTEGER NOT NULL,
  held INTEGER NOT NULL CHECK (held IN (0, 1)),
  state TEXT NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'uploading', 'confirmed', 'parked', 'dropped')),
  session TEXT NOT NULL DEFAULT '',
  session_created_at INTEGER,
  committed_bytes INTEGER NOT NULL DEFAULT 0 CHECK (committed_bytes BETWEEN 0 AND size_bytes),
  attempts INTEGER NOT NULL DEFAULT 0,
  next_attempt_at INTEGER NOT NULL DEFAULT 0,
  last_error TEXT NOT NULL DEFAULT '',
  generation TEXT NOT NULL DEFAULT '',
  location TEXT NOT NULL DEFAULT '',
  confirmed_at INTEGER,
  delivery_class INTEGER NOT NULL CHECK (delivery_class BETWEEN 0 AND 4),
  urgent INTEGER NOT NULL DEFAULT 0 CHECK (urgent IN (0, 1)),
  on_hold INTEGER NOT NULL DEFAULT 0 CHECK (on_hold IN (0, 1)),
  required INTEGER NOT NULL CHECK (required IN (0, 1)),
  parked_kind TEXT NOT NULL DEFAULT '',
  UNIQUE (scene, destination, position),
  FOREIGN KEY (scene, position) REFERENCES assets (scene, position)
) STRICT;
INSERT INTO deliveries_2 SELECT d.id, d.scene, d.position, d.destination, d.size_bytes, d.held, d.state, d.session,
  d.session_created_at, d.committed_bytes, d.attempts, d.next_attempt_at, d.last_error, d.generation, d.location,
  d.confirmed_at,
  CASE
    WHEN a.name = 'item.json' THEN 0
    WHEN s.instrument = 'level-0' THEN 3
    WHEN s.instrument = 'raw' THEN 4
    WHEN a.media_type = 'image/png' AND a.name LIKE 'quicklook%' THEN 1
    WHEN (a.media_type LIKE 'application/json%' OR a.media_type LIKE 'application/geo+json%')
      AND a.size_bytes <= 1048576 THEN 1
    ELSE 2
  END,
  0, 0, 1, CASE d.state WHEN 'parked' THEN 'permanent' ELSE '' END
  FROM deliveries d JOIN assets a ON a.scene = d.scene AND a.position = d.position
  JOIN scenes s ON s.sequence = d.scene ORDER BY d.id;
DROP TABLE deliveries;
ALTER TABLE deliveries_2 RENAME TO deliveries;

-- The order in which deliveries go (DeliveryRank).
CREATE INDEX deliveries_offered
  ON deliveries (destination, urgent DESC, delivery_class, scene DESC, position, next_attempt_at)
  WHERE held = 0 AND on_hold = 0 AND state IN ('queued', 'uploading');
CREATE INDEX deliveries_postponed ON deliveries (destination, next_attempt_at)
  WHERE held = 0 AND on_hold = 0 AND state IN ('queued', 'uploading') AND next_attempt_at > 0;
CREATE INDEX deliveries_unfinished ON deliveries (id) WHERE state <> 'confirmed' AND state <> 'dropped';

-- Totals, so that a status report costs the same after years and with a long queue.
CREATE TABLE delivery_totals (
  destination TEXT NOT NULL,
  state TEXT NOT NULL,
  on_hold INTEGER NOT NULL,
  deliveries INTEGER NOT NULL,
  bytes_missing INTEGER NOT NULL,
  PRIMARY KEY (destination, state, on_hold)
) STRICT, WITHOUT ROWID;
INSERT INTO delivery_totals SELECT destination, state, on_hold, COUNT(*), SUM(size_bytes - committed_bytes)
  FROM deliveries GROUP BY destination, state, on_hold;
CREATE TRIGGER count_new_delivery AFTER INSERT ON deliveries BEGIN
  INSERT INTO delivery_totals
    VALUES (new.destination, new.state, new.on_hold, 1, new.size_bytes - new.committed_bytes)
    ON CONFLICT DO UPDATE SET deliveries = deliveries + 1, bytes_missing = bytes_missing + excluded.bytes_missing;
END;
CREATE TRIGGER count_progress AFTER UPDATE OF committed_bytes ON deliveries
  WHEN old.state = new.state AND old.on_hold = new.on_hold AND old.committed_bytes <> new.committed_bytes BEGIN
  UPDATE delivery_totals SET bytes_missing = bytes_missing - new.committed_bytes + old.committed_bytes
    WHERE destination = new.destination AND state = new.state AND on_hold = new.on_hold;
END;
CREATE TRIGGER count_change AFTER UPDATE OF state, on_hold ON deliveries
  WHEN old.state <> new.state OR old.on_hold <> new.on_hold BEGIN
  UPDATE delivery_totals SET deliveries = deliveries - 1,
    bytes_missing = bytes_missing - old.size_bytes + old.committed_bytes
    WHERE destination = old.destination AND state = old.state AND on_hold = old.on_hold;
  INSERT INTO delivery_totals
    VALUES (new.destination, new.state, new.on_hold, 1, new.size_bytes - new.committed_bytes)
    ON CONFLICT DO UPDATE SET deliveries = deliveries + 1, bytes_missing = bytes_missing + excluded.bytes_missing;
END;

-- Finished parts of the multipart upload that `session` names: another session knows nothing of them.
CREATE TABLE delivery_parts (
  delivery INTEGER NOT NULL REFERENCES deliveries (id),
  number INTEGER NOT NULL CHECK (number > 0),
  size_bytes INTEGER NOT NULL,
  tag TEXT NOT NULL,
  crc32c INTEGER NOT NULL,
  PRIMARY KEY (delivery, number)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER forget_parts AFTER UPDATE OF session ON deliveries WHEN old.session <> new.session BEGIN
  DELETE FROM delivery_parts WHERE delivery = new.id;
END;

CREATE INDEX announcements_open ON announcements (sequence) WHERE state <> 'sent';

CREATE TABLE settings (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;

PRAGMA user_version = 2;
)sql";

}  // namespace dl::spool
