// The journal: what the station has promised and how far each promise is kept. SQLite, WAL, synchronous=FULL.
//
// Invariants, each with the test that guards it (spool/journal_test.cpp, J7 in journal_drop_test.cpp; all of them again
// on a failing disk in journal_fault_test.cpp, after power cuts in journal_power_test.cpp and after kill -9 in
// journal_crash_test.cpp, with callers one by one and with jobs that share a commit):
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
//   J7  What a policy or an operator drops before it was delivered leaves its row with the reason, and its
//       announcement, in one transaction.
//       DroppingAnUndeliveredSceneLeavesATombstoneAndAnAnnouncement
//
// Delivery:      queued --> uploading --> confirmed
//                  ^  |________|   \__--> parked (permanent failure; released by an operator) --> queued
//                  any but confirmed --> dropped (with its scene, or with the folder of a delivered one)
// Scene:         spooled --> delivered | dropped     Announcement: pending --> sent | parked
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
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/clock.h"
#include "core/error.h"
#include "core/intake_counters.h"
#include "core/time.h"
#include "spool/scene_manifest.h"

namespace dl::spool {

enum class PassState { receiving, ended, processed, failed };
enum class SceneState { spooled, delivered, dropped };
enum class DeliveryState { queued, uploading, confirmed, parked, dropped };
enum class AnnouncementState { pending, sent, parked };
std::string_view to_string(PassState state);
std::string_view to_string(SceneState state);
std::string_view to_string(DeliveryState state);
std::string_view to_string(AnnouncementState state);

// What goes first when the link is narrow (issue "Delivery", bandwidth). Lower is sooner; within a class the newest
// scene goes first, for a consumer wants the picture of now more than that of last week.
enum class DeliveryClass : std::uint8_t {
  event = 0,    // item.json: with it the scene can be announced
  preview = 1,  // quick-look, and the small JSON files
  scene = 2,    // bands, quality, grids
  level_0 = 3,  // packet files
  raw = 4,      // recordings
};
std::string_view to_string(DeliveryClass delivery_class);
// From what the manifest says of an asset and its scene. Never `event` for anything but item.json.
DeliveryClass delivery_class_of(const SceneManifest& manifest, const ManifestAsset& asset);

// Where a scene is to go. Made from a name alone it is required.
struct DeliveryTarget {
  DeliveryTarget(std::string name, bool is_required = true) : destination(std::move(name)), required(is_required) {}
  DeliveryTarget(const char* name) : destination(name) {}

  std::string destination;
  bool required = true;  // the scene counts as delivered only when it is there
};
std::vector<DeliveryTarget> all_required(const std::vector<std::string>& destinations);

// What may be taken with an operator's word in one go.
struct DeliverySelection {
  std::optional<std::int64_t> delivery;
  std::optional<std::string> scene_id;
  std::optional<std::string> pass_id;
  std::optional<std::string> destination;
  // Narrowed by every one that is there; all of them empty selects everything.
};

// A finished part of a multipart upload.
struct DeliveryPart {
  std::uint32_t number = 0;  // from 1
  std::uint64_t size_bytes = 0;
  std::string tag;  // ETag, as the service said it
  std::uint32_t crc32c = 0;
};

struct Pass {
  std::string id;          // "20260512T115203Z-antenna1"
  std::string source;      // name of the configured source
  std::string spacecraft;  // link profile
  std::string station;
  PassState state = PassState::receiving;
  UtcTime started_at{};
  std::optional<UtcTime> ended_at;
  std::string end_reason;  // "eof", "idle", "shutdown"
  std::uint64_t bytes_recorded = 0;
  std::uint32_t connections = 0;
  std::uint32_t process_starts = 0;
  std::uint32_t process_crashes = 0;
  std::string report_json;                      // of downlink-process, empty until it ended
  std::optional<UtcTime> recording_dropped_at;  // since then there is no recording (spool/retention.h)
  // Hash of the calibration tables that it was begun with (spool/table_sets.h), empty before it is decoded. Kept in
  // pass.json; the journal does not have it.
  std::string table_set;
  IntakeCounters intake;  // kept in pass.json, and in report_json once there is one; the journal does not have it
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
  std::optional<UtcTime> dropped_at;      // since then there is no spool folder (spool/retention.h)
  std::string drop_reason;                // of a scene that was dropped undelivered: which policy or who
  std::optional<UtcTime> quarantined_at;  // a file of it had rotted: waits to be made again from the recording
};

// One asset to one destination, with what an uploader needs to know.
struct Delivery {
  std::int64_t id = 0;
  std::int64_t scene_sequence = 0;  // order of commit
  std::string scene_id;
  std::string destination;
  std::string asset;        // "band-4.tif"
  std::string object_name;  // object_prefix + "/" + asset
  std::string path;         // of the spool file
  std::string media_type;
  std::uint64_t size_bytes = 0;
  std::string sha256;  // hex
  std::uint32_t crc32c = 0;
  DeliveryState state = DeliveryState::queued;
  std::string session;  // resumable session, a bearer capability: never logged or reported
  std::optional<UtcTime> session_created_at;
  std::uint64_t committed_bytes = 0;
  std::uint32_t attempts = 0;  // since the last progress
  std::optional<UtcTime> next_attempt_at;
  std::string last_error;
  std::string generation;  // what the destination calls the confirmed object's version
  std::optional<UtcTime> confirmed_at;
  DeliveryClass delivery_class = DeliveryClass::scene;
  bool urgent = false;   // an operator put it before everything else
  bool on_hold = false;  // an operator does not want it sent now
  bool required = true;
  std::string parked_kind;  // "conflict", "corrupt", "permanent": why it is parked
};

// Which of two deliveries goes first; the order of due_deliveries(): urgent, class, newest scene, position.
struct DeliveryRank {
  bool urgent = false;
  DeliveryClass delivery_class = DeliveryClass::scene;
  std::int64_t scene_sequence = 0;  // later is newer
};
bool goes_before(const DeliveryRank& one, const DeliveryRank& other);

struct Announcement {
  std::int64_t sequence = 0;
  std::string event_id;
  std::string type;       // "org.downlinkd.scene.available"
  std::string publisher;  // name of the configured publisher
  std::string scene_id;   // empty for events about a pass or an incident
  std::string pass_id;
  std::string ordering_key;
  std::string attributes_json;  // flat object of strings
  std::string payload;          // JSON text
  AnnouncementState state = AnnouncementState::pending;
  std::uint32_t attempts = 0;
  std::optional<UtcTime> next_attempt_at;
  std::string message_id;  // the publisher's
  std::string last_error;
  UtcTime created_at{};
  std::optional<UtcTime> sent_at;
};

struct Incident {
  std::int64_t id = 0;
  std::string kind;     // "disk_low", "process_crash", "delivery_refused", ...
  std::string subject;  // what it is about: a pass, a destination, a peer
  std::string message;  // what happened
  std::string action;   // what the operator can do
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

// What the announcement of a scene that is dropped undelivered is made from.
struct DroppedScene {
  SceneRow scene;
  std::string reason;                   // "quota", "operator: <why>"
  std::uint64_t objects_confirmed = 0;  // that are at some destination all the same
  std::uint64_t objects_missing = 0;
};

// What the announcement of a delivered scene is made from.
struct DeliveredScene {
  SceneRow scene;
  Delivery item;         // the delivery of item.json at the first destination of the policy
  std::string location;  // of that destination
  std::string item_json;
};
using MakeAnnouncements = std::function<std::vector<Announcement>(const DeliveredScene&)>;
using MakeDropAnnouncements = std::function<std::vector<Announcement>(const DroppedScene&)>;
// `opened`: it is new. Otherwise it was closed just now.
using MakeIncidentAnnouncements = std::function<std::vector<Announcement>(const Incident&, bool opened)>;

// What committed transactions made ready for others.
struct NewWork {
  bool deliveries = false;     // some may be due now
  bool announcements = false;  // likewise
};

struct Counts {
  std::uint64_t passes_receiving = 0, passes_processing = 0, passes = 0;
  std::uint64_t scenes_spooled = 0, scenes_delivered = 0;
  std::uint64_t deliveries_queued = 0, deliveries_uploading = 0, deliveries_confirmed = 0, deliveries_parked = 0;
  std::uint64_t deliveries_dropped = 0, deliveries_on_hold = 0, scenes_dropped = 0;
  std::uint64_t bytes_waiting = 0;
  std::uint64_t announcements_pending = 0, announcements_sent = 0, announcements_parked = 0;
  std::uint64_t incidents_open = 0;
};

// What one destination or publisher has to do and has done.
struct QueueCounts {
  std::uint64_t queued = 0;  // or pending
  std::uint64_t uploading = 0;
  std::uint64_t parked = 0;
  std::uint64_t on_hold = 0;  // of these
  std::uint64_t dropped = 0;
  std::uint64_t done = 0;  // confirmed, or sent
  std::uint64_t bytes_waiting = 0;
};

class Journal {
 public:
  // Opens or creates <path>; migrates older schemas forward. A file that fails SQLite's integrity check is moved
  // aside (".damaged-<time>") and an empty journal is made; `rebuilt()` is then true and recovery fills it. The check
  // reads every page: about a second for 400,000 deliveries.
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
  // when no required destination is given, for such a scene would wait for ever. The first required destination is the
  // one of the event. A scene whose files are in quarantine and whose content is the same leaves it: its parked
  // deliveries of kind corrupt are queued again (true then too).
  Result<bool> commit_scene(const SceneManifest& manifest, const std::string& pass_id,
                            const std::filesystem::path& directory, const std::vector<DeliveryTarget>& targets);
  Result<std::vector<SceneRow>> scenes(std::size_t newest = 100);
  Result<std::vector<SceneRow>> spooled_scenes();         // all that are neither delivered nor dropped, oldest first
  Result<std::vector<std::string>> expected_scene_ids();  // those of them that have a folder: not in quarantine
  Result<std::vector<ManifestAsset>> assets(const std::string& scene_id);  // as committed; none of an unknown scene
  Result<std::optional<SceneRow>> scene(const std::string& id);
  // The scene's folder is somewhere else now, because the spool has moved.
  Result<void> move_scene(const std::string& id, const std::filesystem::path& directory);
  // Delivered, every announcement sent, folder still there, and nothing waits to go to an optional destination (or is
  // parked there) unless asked; oldest first.
  Result<std::vector<SceneRow>> droppable_scenes(std::size_t limit, bool even_if_optional_wait = false);
  Result<std::uint64_t> kept_scene_bytes();  // of all scenes that have a folder
  // The folder of a delivered scene is gone. What waited for an optional destination becomes dropped. Kind permanent
  // when it is not delivered or was dropped before.
  Result<void> mark_dropped(const std::string& id);
  // A scene that is not delivered is given up (J7): its deliveries become dropped, the scene too, and make() is asked
  // for its announcements, all in one transaction. False when it was delivered or dropped already.
  Result<bool> drop_scene(const std::string& id, const std::string& reason, const MakeDropAnnouncements& make);
  // Undelivered, not dropped, no asset in upload; oldest first, of one class (level_0, raw; scene: all but those two)
  // or of all: what a policy may drop next.
  Result<std::vector<SceneRow>> undelivered_scenes(std::optional<DeliveryClass> only, std::size_t limit);
  Result<bool> is_in_upload(const std::string& id);  // some asset of the scene is
  // A file of it is gone or not what was committed any more: all its deliveries that are not confirmed are parked as
  // corrupt, from byte 0, and scene_ids_of_pass() leaves it out, so that the pass makes it again. Nothing changes when
  // everything is confirmed; kind permanent when there is no such scene.
  Result<void> quarantine_scene(const std::string& id, const std::string& error);
  Result<std::vector<SceneRow>> quarantined_scenes();
  // Processed passes whose recording is there and whose scenes are all delivered or dropped; oldest first. Those that
  // made no scene at all only when asked: the recording is everything that there is of them.
  Result<std::vector<Pass>> droppable_recordings(std::size_t limit, bool without_scenes = false);
  Result<void> mark_recording_dropped(const std::string& pass_id);  // kind permanent when it is not such a one
  Result<std::vector<std::string>> scene_ids_of_pass(const std::string& pass_id);

  // Deliveries that may be worked on now at `destination`, in the order of DeliveryRank, item.json only when it may go
  // (J4); marks none. Cost: that of `limit`, however many are queued; postponed ones are passed over in an index.
  Result<std::vector<Delivery>> due_deliveries(const std::string& destination, std::size_t limit);
  // The earliest time after `after` at which a postponed one may be tried; nullopt when none waits. A caller that has
  // all due ones in work passes the time before it asked for them.
  Result<std::optional<UtcTime>> next_delivery_time(const std::string& destination, UtcTime after = {});
  Result<std::optional<Delivery>> delivery(std::int64_t id);
  Result<std::vector<Delivery>> deliveries(std::size_t newest = 200, bool unfinished_only = false);
  Result<void> record_session(std::int64_t id, const std::string& session);  // empty: forget it, committed becomes 0
  Result<void> record_progress(std::int64_t id, std::uint64_t committed_bytes);  // more than before: resets attempts
  // Parts belong to the session: record_session() of another one forgets them. The same number again replaces.
  Result<void> record_part(std::int64_t id, const DeliveryPart& part);
  Result<std::vector<DeliveryPart>> delivery_parts(std::int64_t id);
  // For two hours at most. A wait that is longer than that was made by a clock that has been set back since: it is
  // over, here and for announcements.
  Result<void> postpone_delivery(std::int64_t id, UtcTime next_attempt_at, const std::string& error);
  Result<void> park_delivery(std::int64_t id, const std::string& kind, const std::string& error);
  Result<void> release_delivery(std::int64_t id);  // from byte 0 of a new session
  // An operator's word. Each returns how many deliveries it changed; none of them touches what is confirmed or dropped.
  Result<std::uint64_t> hold_deliveries(const DeliverySelection& selection);     // not offered until released
  Result<std::uint64_t> release_deliveries(const DeliverySelection& selection);  // holds end, parked ones are queued
  Result<std::uint64_t> retry_deliveries(const DeliverySelection& selection);    // postponed ones are due at once
  Result<std::uint64_t> prioritise_deliveries(const DeliverySelection& selection, bool urgent);
  // In order of id, from after `after`: for going through all of them in bounded memory.
  Result<std::vector<Delivery>> deliveries_after(std::int64_t after, const DeliverySelection& selection,
                                                 std::optional<DeliveryState> state, std::size_t limit);
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
  Result<std::vector<Announcement>> announcements(std::size_t newest = 200, bool unsent_only = false);
  Result<void> mark_sent(std::int64_t sequence, const std::string& message_id);
  Result<void> postpone_announcement(std::int64_t sequence, UtcTime next_attempt_at, const std::string& error);
  Result<void> park_announcement(std::int64_t sequence, const std::string& error);
  Result<void> release_announcement(std::int64_t sequence);  // to its old place among the pending ones

  // Opens an incident, or counts `times` more of an open one with the same kind and subject. True when it is new.
  Result<bool> open_incident(const std::string& kind, const std::string& subject, const std::string& message,
                             const std::string& action, std::uint32_t times = 1);
  Result<bool> close_incident(const std::string& kind, const std::string& subject);
  // From now on make() is asked for the announcements of every incident that opens or closes, in the transaction that
  // does it. make() must not use the journal and may be asked twice.
  void announce_incidents(MakeIncidentAnnouncements make);
  Result<std::vector<Incident>> incidents(bool open_only, std::size_t newest = 100);

  // What an operator has set and that outlives a restart ("bandwidth"); nullopt: nothing. An empty value forgets it.
  Result<std::optional<std::string>> setting(const std::string& key);
  Result<void> put_setting(const std::string& key, const std::string& value);

  Result<Counts> counts();
  Result<std::map<std::string, QueueCounts>> delivery_counts();      // by destination
  Result<std::map<std::string, QueueCounts>> announcement_counts();  // by publisher

  // Work that is done as a whole or not at all. It may be run more than once, so it must be repeatable, and it must
  // change nothing but the journal.
  using Job = std::function<Result<void>(Journal&)>;
  // Runs the jobs in their order, each behind a savepoint of its own, with one commit and so one sync for all; jobs
  // that only read need none. A job that fails is rolled back alone. When the transaction itself fails, every job is
  // run once more in a transaction of its own, so that one's trouble, or a full disk while there is a reserve, is not
  // the others'. Returns for each job whether what it did is durable: success, its own failure, or that of its commit.
  std::vector<Result<void>> run_together(std::span<const Job* const> jobs);

  // What became ready since the last time it was asked; JournalService passes it on.
  NewWork take_new_work();

  struct Implementation;  // spool/journal_implementation.h

 private:
  explicit Journal(std::unique_ptr<Implementation> implementation);
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace dl::spool
