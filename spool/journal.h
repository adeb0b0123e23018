// The journal: what the station has promised and how far each promise is kept. SQLite, WAL, synchronous=FULL.
//
// Invariants, each with the test that guards it (spool/journal_test.cpp; all of them again on a failing disk and after
// power cuts in journal_fault_test.cpp, after kill -9 in journal_crash_test.cpp):
//   J1  A scene is in the journal with all its assets and deliveries, or not at all.
//       CommitsSceneWithAllDeliveriesOrNothing
//   J2  A scene id names one content: committing it again with the same hashes changes nothing, with others is refused.
//       SceneIdNamesOneContent
//   J3  A scene becomes `delivered` in the transaction that writes its announcements.
//       LastConfirmationAnnouncesOnce
//   J4  item.json is offered for upload only after every other asset of the scene is confirmed at that destination.
//       ItemIsOfferedLast
//   J5  An event id occurs once per publisher.
//       EventIdsAreUnique
//   J6  Committed bytes of a delivery never pass its size.
//       CommittedBytesStayWithinTheAsset
//
// Delivery:      queued --> uploading --> confirmed
//                  ^  |________|   \__--> parked (permanent failure; released by an operator) --> queued
// Scene:         spooled --> delivered     Announcement: pending --> sent | parked
// Pass:          receiving --> ended --> processed (or: ended --> failed)
//
// Failures: a function that failed has changed nothing, except that a failed commit may turn out to have held at the
// next start. Every function may therefore be called again with the same arguments. A change that the state diagram
// does not have is refused with kind permanent. Other kinds: exhausted (disk full, the reserve is used up too), io and
// corrupt (the disk; restart, so that the integrity check decides), transient (another process holds the file).
//
// Thread rule: one thread owns a Journal; others go through JournalService (spool/journal_service.h).
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/clock.h"
#include "core/error.h"
#include "core/time.h"
#include "spool/scene_manifest.h"

namespace dl::spool {

enum class PassState { receiving, ended, processed, failed };
enum class SceneState { spooled, delivered };
enum class DeliveryState { queued, uploading, confirmed, parked };
enum class AnnouncementState { pending, sent, parked };
std::string_view to_string(PassState state);
std::string_view to_string(SceneState state);
std::string_view to_string(DeliveryState state);
std::string_view to_string(AnnouncementState state);

struct Pass {
  std::string id;         // "20260512T115203Z-antenna1"
  std::string source;     // name of the configured source
  std::string spacecraft; // link profile
  std::string station;
  PassState state = PassState::receiving;
  UtcTime started_at{};
  std::optional<UtcTime> ended_at;
  std::string end_reason;  // "eof", "idle", "shutdown"
  std::uint64_t bytes_recorded = 0;
  std::uint32_t connections = 0;
  std::uint32_t process_starts = 0;
  std::uint32_t process_crashes = 0;
  std::string report_json;  // of downlink-process, empty until it ended
};

struct SceneRow {
  std::string id;
  std::string pass_id;
  std::string platform;
  std::string instrument;
  std::string directory;      // absolute path of its spool folder
  std::string object_prefix;  // "metop-b/avhrr-3/2026/05/12/<id>"
  std::string sensing_start;  // ISO 8601
  std::string sensing_end;
  std::uint64_t size_bytes = 0;
  std::uint32_t assets = 0;
  SceneState state = SceneState::spooled;
  UtcTime committed_at{};
  std::optional<UtcTime> delivered_at;
  std::optional<UtcTime> dropped_at;  // since then there is no spool folder (spool/retention.h)
};

// One asset to one destination, with what an uploader needs to know.
struct Delivery {
  std::int64_t id = 0;
  std::string scene_id;
  std::string destination;
  std::string asset;          // "band-4.tif"
  std::string object_name;    // object_prefix + "/" + asset
  std::string path;           // of the spool file
  std::string media_type;
  std::uint64_t size_bytes = 0;
  std::string sha256;         // hex
  std::uint32_t crc32c = 0;
  DeliveryState state = DeliveryState::queued;
  std::string session;        // resumable session, a bearer capability: never logged or reported
  std::optional<UtcTime> session_created_at;
  std::uint64_t committed_bytes = 0;
  std::uint32_t attempts = 0;       // since the last progress
  std::optional<UtcTime> next_attempt_at;
  std::string last_error;
  std::string generation;     // what the destination calls the confirmed object's version
  std::optional<UtcTime> confirmed_at;
};

struct Announcement {
  std::int64_t sequence = 0;
  std::string event_id;
  std::string type;           // "org.downlinkd.scene.available"
  std::string publisher;      // name of the configured publisher
  std::string scene_id;       // empty for events about a pass or an incident
  std::string pass_id;
  std::string ordering_key;
  std::string attributes_json;  // flat object of strings
  std::string payload;          // JSON text
  AnnouncementState state = AnnouncementState::pending;
  std::uint32_t attempts = 0;
  std::optional<UtcTime> next_attempt_at;
  std::string message_id;     // the publisher's
  std::string last_error;
  UtcTime created_at{};
  std::optional<UtcTime> sent_at;
};

struct Incident {
  std::int64_t id = 0;
  std::string kind;      // "disk_low", "process_crash", "delivery_refused", ...
  std::string subject;   // what it is about: a pass, a destination, a peer
  std::string message;   // what happened
  std::string action;    // what the operator can do
  std::uint32_t count = 1;
  UtcTime opened_at{};
  UtcTime last_seen_at{};
  std::optional<UtcTime> closed_at;
};

// What an uploader learned from the server when the object was complete.
struct Confirmation {
  std::string generation;
  std::string location;  // bucket or folder of the destination, for the event
};

// What the announcement of a delivered scene is made from.
struct DeliveredScene {
  SceneRow scene;
  Delivery item;          // the delivery of item.json at the first destination of the policy
  std::string location;   // of that destination
  std::string item_json;
};
using MakeAnnouncements = std::function<std::vector<Announcement>(const DeliveredScene&)>;

// What committed transactions made ready for others.
struct NewWork {
  bool deliveries = false;     // some may be due now
  bool announcements = false;  // likewise
};

struct Counts {
  std::uint64_t passes_receiving = 0, passes_processing = 0, passes = 0;
  std::uint64_t scenes_spooled = 0, scenes_delivered = 0;
  std::uint64_t deliveries_queued = 0, deliveries_uploading = 0, deliveries_confirmed = 0, deliveries_parked = 0;
  std::uint64_t bytes_waiting = 0;
  std::uint64_t announcements_pending = 0, announcements_sent = 0, announcements_parked = 0;
  std::uint64_t incidents_open = 0;
};

// What one destination or publisher has to do and has done.
struct QueueCounts {
  std::uint64_t queued = 0;     // or pending
  std::uint64_t uploading = 0;
  std::uint64_t parked = 0;
  std::uint64_t done = 0;       // confirmed, or sent
  std::uint64_t bytes_waiting = 0;
};

class Journal {
 public:
  // Opens or creates <path>; migrates older schemas forward. A file that fails SQLite's integrity check is moved
  // aside (".damaged-<time>") and an empty journal is made; `rebuilt()` is then true and recovery fills it.
  // Kinds: exhausted (no room), unsupported (schema of a newer program), io.
  static Result<std::unique_ptr<Journal>> open(const std::filesystem::path& path, const Clock& clock);
  ~Journal();
  [[nodiscard]] bool rebuilt() const;

  // Passes. `put_pass` inserts or replaces by id.
  Result<void> put_pass(const Pass& pass);
  Result<std::optional<Pass>> pass(const std::string& id);
  Result<std::vector<Pass>> passes(std::size_t newest = 100);
  Result<std::vector<Pass>> unfinished_passes();  // receiving or ended, oldest first

  // Commits a scene with one delivery per asset and destination, in one transaction (J1). True when it is new,
  // false when the same content was there already (J2); kind corrupt when the id is there with other content, config
  // when no destination is given, for such a scene would wait for ever. The first destination is the one of the event.
  Result<bool> commit_scene(const SceneManifest& manifest, const std::string& pass_id,
                            const std::filesystem::path& directory, const std::vector<std::string>& destinations);
  Result<std::vector<SceneRow>> scenes(std::size_t newest = 100);
  Result<std::vector<SceneRow>> spooled_scenes();  // all that are not delivered, oldest first
  Result<std::optional<SceneRow>> scene(const std::string& id);
  // The scene's folder is somewhere else now, because the spool has moved.
  Result<void> move_scene(const std::string& id, const std::filesystem::path& directory);
  // Delivered, every announcement sent, folder still there; oldest first.
  Result<std::vector<SceneRow>> droppable_scenes(std::size_t limit);
  Result<std::uint64_t> kept_scene_bytes();  // of all scenes that have a folder
  Result<void> mark_dropped(const std::string& id);
  Result<std::vector<std::string>> scene_ids_of_pass(const std::string& pass_id);

  // Deliveries that may be worked on now at `destination`, oldest scene first, item.json last (J4); marks none.
  Result<std::vector<Delivery>> due_deliveries(const std::string& destination, std::size_t limit);
  // The earliest time after `after` at which a postponed one may be tried; nullopt when none waits. A caller that has
  // all due ones in work passes the time before it asked for them.
  Result<std::optional<UtcTime>> next_delivery_time(const std::string& destination, UtcTime after = {});
  Result<std::optional<Delivery>> delivery(std::int64_t id);
  Result<std::vector<Delivery>> deliveries(std::size_t newest = 200, bool unfinished_only = false);
  Result<void> record_session(std::int64_t id, const std::string& session);  // empty: forget it, committed becomes 0
  Result<void> record_progress(std::int64_t id, std::uint64_t committed_bytes);  // more than before: resets attempts
  Result<void> postpone_delivery(std::int64_t id, UtcTime next_attempt_at, const std::string& error);
  Result<void> park_delivery(std::int64_t id, const std::string& error);
  // Parks every delivery of a scene that is not confirmed, because its files are gone. How many there were.
  Result<std::uint32_t> park_scene(const std::string& scene_id, const std::string& error);
  Result<void> release_delivery(std::int64_t id);  // from byte 0 of a new session
  // The destination has the object. When it was the last one that the scene waited for, the scene becomes
  // delivered and make() is asked for its announcements, in the same transaction (J3). True when that happened.
  // Saying it again of a confirmed one changes nothing. make() must not use the journal and may be asked twice. Kinds
  // corrupt or io when the item.json that the announcement needs has changed or is gone.
  Result<bool> confirm_delivery(std::int64_t id, const Confirmation& confirmation, const MakeAnnouncements& make);

  // Outbox. Adding an event id that its publisher has already changes nothing (J5).
  Result<void> add_announcement(const Announcement& announcement);
  // Due ones of a publisher in order of their making; a later one of the same ordering key never overtakes.
  Result<std::vector<Announcement>> due_announcements(const std::string& publisher, std::size_t limit);
  Result<std::optional<UtcTime>> next_announcement_time(const std::string& publisher, UtcTime after = {});
  Result<std::vector<Announcement>> announcements(std::size_t newest = 200);
  Result<void> mark_sent(std::int64_t sequence, const std::string& message_id);
  Result<void> postpone_announcement(std::int64_t sequence, UtcTime next_attempt_at, const std::string& error);
  Result<void> park_announcement(std::int64_t sequence, const std::string& error);
  Result<void> release_announcement(std::int64_t sequence);  // to its old place among the pending ones

  // Opens an incident, or counts `times` more of an open one with the same kind and subject. True when it is new.
  Result<bool> open_incident(const std::string& kind, const std::string& subject, const std::string& message,
                             const std::string& action, std::uint32_t times = 1);
  Result<bool> close_incident(const std::string& kind, const std::string& subject);
  Result<std::vector<Incident>> incidents(bool open_only, std::size_t newest = 100);

  Result<Counts> counts();
  Result<std::map<std::string, QueueCounts>> delivery_counts();      // by destination
  Result<std::map<std::string, QueueCounts>> announcement_counts();  // by publisher

  // What became ready since the last time it was asked; JournalService passes it on.
  NewWork take_new_work();

  struct Implementation;  // spool/journal_implementation.h

 private:
  explicit Journal(std::unique_ptr<Implementation> implementation);
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace dl::spool
