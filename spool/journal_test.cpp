// The invariants of spool/journal.h by name, and what the journal does with time, states and damage.
#include "spool/journal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "spool/journal_fixture.h"

namespace dl::spool {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// J1

TEST_F(JournalTest, CommitsSceneWithAllDeliveriesOrNothing) {
  commit("scene-1", kTwoDestinations);
  reopen();
  EXPECT_EQ(journal_->deliveries().value().size(), 6U);
  EXPECT_EQ(journal_->scene("scene-1").value()->assets, 3U);

  // A name that comes twice breaks the second half of the transaction.
  SceneManifest broken = make_manifest("scene-2");
  broken.assets[1].name = broken.assets[0].name;
  EXPECT_FALSE(journal_->commit_scene(broken, "pass-1", folder_ / "scene-2", kTwoDestinations));
  EXPECT_FALSE(journal_->scene("scene-2").value().has_value());
  EXPECT_EQ(journal_->deliveries().value().size(), 6U);
}

TEST_F(JournalTest, SceneWithoutItemOrDestinationIsRefused) {
  SceneManifest manifest = make_manifest("scene-1");
  EXPECT_EQ(journal_->commit_scene(manifest, "pass-1", folder_ / "scene-1", {}).error().kind, ErrorKind::config);
  EXPECT_EQ(journal_->commit_scene(manifest, "pass-1", folder_ / "scene-1", {"a", "a"}).error().kind,
            ErrorKind::config);
  manifest.assets.pop_back();
  EXPECT_EQ(journal_->commit_scene(manifest, "pass-1", folder_ / "scene-1", {"a"}).error().kind, ErrorKind::corrupt);
}

TEST_F(JournalTest, DeliveryCarriesWhatAnUploaderNeeds) {
  const SceneManifest manifest = commit("scene-1");
  const Delivery delivery = due().front();
  EXPECT_EQ(delivery.object_name, "metop-b/avhrr-3/2026/05/12/scene-1/band-1.tif");
  EXPECT_EQ(delivery.path, (folder_ / "scene-1" / "band-1.tif").string());
  EXPECT_EQ(delivery.size_bytes, manifest.assets[0].size_bytes);
  EXPECT_EQ(delivery.sha256, manifest.assets[0].sha256);
  EXPECT_EQ(delivery.crc32c, manifest.assets[0].crc32c);
  EXPECT_EQ(delivery.media_type, "application/octet-stream");
  EXPECT_EQ(delivery.destination, "bucket");
}

// J2

TEST_F(JournalTest, SceneIdNamesOneContent) {
  const SceneManifest manifest = commit("scene-1");
  EXPECT_FALSE(journal_->commit_scene(manifest, "pass-2", folder_ / "elsewhere", kTwoDestinations).value());
  EXPECT_EQ(journal_->deliveries().value().size(), 3U);
  EXPECT_EQ(journal_->scene("scene-1").value()->pass_id, "pass-1");

  const auto refused =
      journal_->commit_scene(make_manifest("scene-1", "other bits"), "pass-2", folder_ / "scene-1", {"bucket"});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::corrupt);
  EXPECT_THAT(refused.error().message, HasSubstr("'band-1.tif'"));

  SceneManifest shorter = manifest;
  shorter.assets.erase(shorter.assets.begin());
  EXPECT_EQ(journal_->commit_scene(shorter, "pass-2", folder_ / "scene-1", {"bucket"}).error().kind,
            ErrorKind::corrupt);
}

// J3

TEST_F(JournalTest, LastConfirmationAnnouncesOnce) {
  commit("scene-1", kTwoDestinations);
  confirm_all("bucket");
  EXPECT_EQ(journal_->scene("scene-1").value()->state, SceneState::spooled);
  EXPECT_THAT(due_events(), IsEmpty());

  const std::vector<Delivery> bands = due("archive");
  ASSERT_EQ(bands.size(), 2U);
  EXPECT_FALSE(confirm(bands[0]).value());
  EXPECT_FALSE(confirm(bands[1]).value());
  const Delivery item = due("archive").at(0);
  EXPECT_TRUE(confirm(item).value());
  EXPECT_FALSE(confirm(item).value()) << "said twice";

  reopen();
  EXPECT_EQ(journal_->scene("scene-1").value()->state, SceneState::delivered);
  EXPECT_EQ(journal_->scene("scene-1").value()->delivered_at, clock_.now());
  EXPECT_THAT(due_events(), ElementsAre("event-of-scene-1"));
}

TEST_F(JournalTest, AnnouncementIsMadeFromItemAtFirstDestination) {
  commit("scene-1", kTwoDestinations);
  confirm_all("bucket");
  std::vector<DeliveredScene> seen;
  for (std::vector<Delivery> open = due("archive"); !open.empty(); open = due("archive")) {
    ASSERT_TRUE(journal_->confirm_delivery(open.front().id, {"9", "vault"}, [&](const DeliveredScene& delivered) {
      seen.push_back(delivered);
      return announce_once(delivered);
    }));
  }
  ASSERT_EQ(seen.size(), 1U);
  EXPECT_EQ(seen[0].location, "bucket-location");
  EXPECT_EQ(seen[0].item.destination, "bucket");
  EXPECT_EQ(seen[0].item.asset, "item.json");
  EXPECT_EQ(seen[0].item.generation, "generation-1");
  EXPECT_EQ(seen[0].item_json, "item.jsonscene-1");
  EXPECT_EQ(seen[0].scene.state, SceneState::delivered);
}

TEST_F(JournalTest, ItemThatChangedOnDiskStopsTheLastConfirmation) {
  commit("scene-1");
  ASSERT_TRUE(confirm(due()[0]));
  ASSERT_TRUE(confirm(due()[0]));
  ASSERT_TRUE(write_file_durably(folder_ / "scene-1" / "item.json", as_bytes("something else")));
  const Delivery item = due().at(0);
  EXPECT_EQ(confirm(item).error().kind, ErrorKind::corrupt);
  EXPECT_EQ(journal_->delivery(item.id).value()->state, DeliveryState::queued);
  EXPECT_EQ(journal_->scene("scene-1").value()->state, SceneState::spooled);
  EXPECT_THAT(due_events(), IsEmpty());
}

// J4

TEST_F(JournalTest, ItemIsOfferedLast) {
  commit("scene-1", kTwoDestinations);
  commit("scene-2", kTwoDestinations);
  EXPECT_THAT(due_assets(),
              ElementsAre("scene-2/band-1.tif", "scene-2/band-2.tif", "scene-1/band-1.tif", "scene-1/band-2.tif"));
  ASSERT_TRUE(confirm(due()[3]));
  EXPECT_THAT(due_assets(), ElementsAre("scene-2/band-1.tif", "scene-2/band-2.tif", "scene-1/band-1.tif"));
  ASSERT_TRUE(confirm(due()[2]));
  EXPECT_THAT(due_assets(), ElementsAre("scene-1/item.json", "scene-2/band-1.tif", "scene-2/band-2.tif"))
      << "with it the scene is announced";
  EXPECT_EQ(due_assets("archive").size(), 4U) << "each destination for itself";
}

TEST_F(JournalTest, ItemWaitsForParkedAsset) {
  commit("scene-1");
  const Delivery parked = due()[0];
  ASSERT_TRUE(journal_->park_delivery(parked.id, "permanent", "403"));
  ASSERT_TRUE(confirm(due()[0]));
  EXPECT_THAT(due_assets(), IsEmpty());
  ASSERT_TRUE(journal_->release_delivery(parked.id));
  ASSERT_TRUE(confirm(due()[0]));
  EXPECT_THAT(due_assets(), ElementsAre("scene-1/item.json"));
}

// J5

TEST_F(JournalTest, EventIdsAreUnique) {
  ASSERT_TRUE(journal_->add_announcement(make_announcement("event-1")));
  Announcement again = make_announcement("event-1");
  again.payload = "other";
  ASSERT_TRUE(journal_->add_announcement(again));
  ASSERT_EQ(journal_->announcements().value().size(), 1U);
  EXPECT_EQ(journal_->announcements().value()[0].payload, "{}");

  ASSERT_TRUE(journal_->mark_sent(sequence_of("event-1"), "m-1"));
  ASSERT_TRUE(journal_->add_announcement(again));
  EXPECT_THAT(due_events(), IsEmpty()) << "what was sent is not sent again";

  ASSERT_TRUE(journal_->add_announcement(make_announcement("event-1", "", "pubsub")));
  EXPECT_EQ(journal_->due_announcements("pubsub", 10).value().size(), 1U) << "each publisher tells it once";
}

// J6

TEST_F(JournalTest, CommittedBytesStayWithinTheAsset) {
  commit("scene-1");
  const Delivery delivery = due()[0];
  ASSERT_TRUE(journal_->record_session(delivery.id, "https://session"));
  EXPECT_TRUE(journal_->record_progress(delivery.id, delivery.size_bytes));
  EXPECT_EQ(journal_->record_progress(delivery.id, delivery.size_bytes + 1).error().kind, ErrorKind::corrupt);
  EXPECT_EQ(journal_->delivery(delivery.id).value()->committed_bytes, delivery.size_bytes);
}

// Deliveries

TEST_F(JournalTest, SessionAndProgressSurviveReopening) {
  commit("scene-1");
  const std::int64_t id = due()[0].id;
  ASSERT_TRUE(journal_->record_session(id, "https://session"));
  ASSERT_TRUE(journal_->record_progress(id, 3));
  reopen();
  const Delivery delivery = due()[0];
  EXPECT_EQ(delivery.id, id);
  EXPECT_EQ(delivery.state, DeliveryState::uploading);
  EXPECT_EQ(delivery.session, "https://session");
  EXPECT_EQ(delivery.session_created_at, clock_.now());
  EXPECT_EQ(delivery.committed_bytes, 3U);
  ASSERT_TRUE(journal_->record_session(id, ""));
  EXPECT_EQ(due()[0].state, DeliveryState::queued);
  EXPECT_EQ(due()[0].committed_bytes, 0U);
  EXPECT_FALSE(due()[0].session_created_at.has_value());
}

TEST_F(JournalTest, SameSessionAgainKeepsItsAgeAndOffset) {
  commit("scene-1");
  const std::int64_t id = due()[0].id;
  ASSERT_TRUE(journal_->record_session(id, "https://session"));
  ASSERT_TRUE(journal_->record_progress(id, 3));
  clock_.advance(std::chrono::hours(1));
  ASSERT_TRUE(journal_->record_session(id, "https://session"));
  EXPECT_EQ(due()[0].session_created_at, test_start());
  EXPECT_EQ(due()[0].committed_bytes, 3U);
}

TEST_F(JournalTest, PostponedDeliveryComesBackWhenItsTimeHasCome) {
  commit("scene-1");
  EXPECT_FALSE(journal_->next_delivery_time("bucket").value().has_value());
  const std::int64_t id = due()[0].id;
  const UtcTime later = clock_.now() + Seconds(30);
  ASSERT_TRUE(journal_->postpone_delivery(id, later, "503"));
  EXPECT_THAT(due_assets(), ElementsAre("scene-1/band-2.tif"));
  EXPECT_EQ(journal_->next_delivery_time("bucket").value(), later);
  EXPECT_FALSE(journal_->next_delivery_time("bucket", later).value().has_value());
  EXPECT_FALSE(journal_->next_delivery_time("archive").value().has_value());
  clock_.advance(Seconds(30));
  EXPECT_EQ(due()[0].id, id);
  EXPECT_EQ(due()[0].attempts, 1U);
  EXPECT_EQ(due()[0].last_error, "503");
}

TEST_F(JournalTest, OnlyRealProgressResetsTheAttempts) {
  commit("scene-1");
  const std::int64_t id = due()[0].id;
  ASSERT_TRUE(journal_->record_session(id, "https://session"));
  ASSERT_TRUE(journal_->record_progress(id, 5));
  ASSERT_TRUE(journal_->postpone_delivery(id, clock_.now(), "503"));
  ASSERT_TRUE(journal_->record_progress(id, 2));
  EXPECT_EQ(journal_->delivery(id).value()->attempts, 1U) << "the server went back";
  EXPECT_EQ(journal_->delivery(id).value()->committed_bytes, 2U);
  ASSERT_TRUE(journal_->record_progress(id, 4));
  EXPECT_EQ(journal_->delivery(id).value()->attempts, 0U);
  EXPECT_EQ(journal_->delivery(id).value()->last_error, "");
}

TEST_F(JournalTest, WaitThatAWrongClockMadeIsOverWhenTheClockIsSetBack) {
  commit("scene-1");
  ASSERT_TRUE(journal_->add_announcement(make_announcement("event-1", "key")));
  ASSERT_TRUE(journal_->add_announcement(make_announcement("event-2", "key")));
  const std::vector<Delivery> bands = due();
  clock_.step_wall_clock(std::chrono::hours(24 * 365 * 10));
  ASSERT_TRUE(journal_->postpone_delivery(bands[0].id, clock_.now() + Seconds(30), "503"));
  ASSERT_TRUE(journal_->postpone_announcement(sequence_of("event-1"), clock_.now() + Seconds(30), "503"));
  EXPECT_THAT(due_assets(), ElementsAre("scene-1/band-2.tif"));
  EXPECT_THAT(due_events(), IsEmpty());

  clock_.step_wall_clock(-std::chrono::hours(24 * 365 * 10));
  EXPECT_THAT(due_assets(), ElementsAre("scene-1/band-1.tif", "scene-1/band-2.tif"));
  EXPECT_FALSE(journal_->next_delivery_time("bucket").value().has_value());
  EXPECT_THAT(due_events(), ElementsAre("event-1", "event-2"));
  EXPECT_FALSE(journal_->next_announcement_time("events").value().has_value());
}

TEST_F(JournalTest, NothingIsPostponedForLongerThanAClockCanBeTrusted) {
  commit("scene-1");
  const std::int64_t id = due()[0].id;
  ASSERT_TRUE(journal_->postpone_delivery(id, clock_.now() + std::chrono::hours(50), "503"));
  EXPECT_EQ(journal_->next_delivery_time("bucket").value(), clock_.now() + std::chrono::hours(2));
  EXPECT_THAT(due_assets(), ElementsAre("scene-1/band-2.tif"));
}

TEST_F(JournalTest, ParkedDeliveryIsNotOfferedUntilReleasedAndThenStartsAnew) {
  commit("scene-1");
  const std::int64_t id = due()[0].id;
  ASSERT_TRUE(journal_->record_session(id, "https://session"));
  ASSERT_TRUE(journal_->record_progress(id, 3));
  ASSERT_TRUE(journal_->park_delivery(id, "permanent", "403 Forbidden"));
  EXPECT_THAT(due_assets(), ElementsAre("scene-1/band-2.tif"));
  EXPECT_EQ(journal_->delivery(id).value()->last_error, "403 Forbidden");
  ASSERT_TRUE(journal_->release_delivery(id));
  EXPECT_EQ(due()[0].id, id);
  EXPECT_EQ(due()[0].session, "");
  EXPECT_EQ(due()[0].committed_bytes, 0U);
}

TEST_F(JournalTest, StatesChangeOnlyAsTheDiagramSays) {
  commit("scene-1");
  const Delivery first = due()[0];
  const Delivery second = due()[1];
  EXPECT_FALSE(journal_->release_delivery(first.id)) << "not parked";
  ASSERT_TRUE(confirm(first));
  EXPECT_FALSE(journal_->record_session(first.id, "https://session"));
  EXPECT_FALSE(journal_->record_progress(first.id, 1));
  EXPECT_FALSE(journal_->postpone_delivery(first.id, clock_.now(), "late"));
  EXPECT_FALSE(journal_->park_delivery(first.id, "permanent", "late"));
  ASSERT_TRUE(journal_->park_delivery(second.id, "permanent", "403"));
  EXPECT_EQ(confirm(second).error().kind, ErrorKind::permanent);
  EXPECT_THAT(journal_->record_progress(second.id, 1).error().message, HasSubstr("found 'parked'"));
  EXPECT_THAT(journal_->record_progress(4711, 1).error().message, HasSubstr("4711"));
}

TEST_F(JournalTest, ParkedSceneOffersNothing) {
  commit("scene-1");
  ASSERT_TRUE(confirm(due()[0]));
  EXPECT_EQ(journal_->quarantine_scene("scene-1", "files are gone").has_value(), true);
  EXPECT_THAT(due_assets(), IsEmpty());
  EXPECT_EQ(journal_->counts().value().deliveries_parked, 2U);
}

TEST_F(JournalTest, ConfirmedDeliveryForgetsItsSession) {
  commit("scene-1");
  const std::int64_t id = due()[0].id;
  ASSERT_TRUE(journal_->record_session(id, "https://session"));
  ASSERT_TRUE(confirm(*journal_->delivery(id).value()));
  EXPECT_EQ(journal_->delivery(id).value()->session, "");
  EXPECT_EQ(journal_->delivery(id).value()->generation, "generation-1");
}

TEST_F(JournalTest, NewestFirstAndUnfinishedOnly) {
  commit("scene-1");
  commit("scene-2");
  ASSERT_TRUE(confirm(due()[0]));
  EXPECT_EQ(journal_->deliveries(2).value()[0].scene_id, "scene-2");
  EXPECT_EQ(journal_->deliveries(2).value().size(), 2U);
  EXPECT_EQ(journal_->deliveries(100, true).value().size(), 5U);
  EXPECT_EQ(journal_->scenes(1).value()[0].id, "scene-2");
  EXPECT_EQ(journal_->spooled_scenes().value()[0].id, "scene-1");
  EXPECT_THAT(journal_->scene_ids_of_pass("pass-1").value(), ElementsAre("scene-1", "scene-2"));
}

// Outbox

TEST_F(JournalTest, AnnouncementsOfOneKeyNeverOvertake) {
  for (const char* id : {"a1", "b1", "a2", "b2", "a3"}) {
    ASSERT_TRUE(journal_->add_announcement(make_announcement(id, std::string(1, id[0]))));
  }
  ASSERT_TRUE(journal_->add_announcement(make_announcement("free")));
  EXPECT_THAT(due_events(), ElementsAre("a1", "b1", "a2", "b2", "a3", "free"));
  EXPECT_THAT(due_events(3), ElementsAre("a1", "b1", "a2"));

  const UtcTime later = clock_.now() + Seconds(10);
  ASSERT_TRUE(journal_->postpone_announcement(sequence_of("a1"), later, "503"));
  EXPECT_THAT(due_events(), ElementsAre("b1", "b2", "free"));
  EXPECT_EQ(journal_->next_announcement_time("events").value(), later);
  EXPECT_FALSE(journal_->next_announcement_time("events", later).value().has_value());

  clock_.advance(Seconds(10));
  ASSERT_TRUE(journal_->mark_sent(sequence_of("a1"), "m-1"));
  ASSERT_TRUE(journal_->postpone_announcement(sequence_of("a2"), clock_.now() + Seconds(1), "503"));
  EXPECT_THAT(due_events(), ElementsAre("b1", "b2", "free"));
  clock_.advance(Seconds(1));
  EXPECT_THAT(due_events(), ElementsAre("b1", "a2", "b2", "a3", "free"));
}

TEST_F(JournalTest, ParkedAnnouncementLetsItsKeyGoOnAndReturnsToItsPlace) {
  for (const char* id : {"a1", "a2", "a3"}) ASSERT_TRUE(journal_->add_announcement(make_announcement(id, "a")));
  ASSERT_TRUE(journal_->park_announcement(sequence_of("a1"), "400"));
  EXPECT_THAT(due_events(), ElementsAre("a2", "a3"));
  ASSERT_TRUE(journal_->mark_sent(sequence_of("a2"), "m-2"));
  ASSERT_TRUE(journal_->release_announcement(sequence_of("a1")));
  EXPECT_THAT(due_events(), ElementsAre("a1", "a3"));
  ASSERT_TRUE(journal_->postpone_announcement(sequence_of("a1"), clock_.now() + Seconds(1), "503"));
  EXPECT_THAT(due_events(), IsEmpty());
}

TEST_F(JournalTest, SameKeyAtAnotherPublisherIsAnotherQueue) {
  ASSERT_TRUE(journal_->add_announcement(make_announcement("e1", "key", "events")));
  ASSERT_TRUE(journal_->add_announcement(make_announcement("e1", "key", "pubsub")));
  const std::int64_t first = journal_->due_announcements("events", 1).value().at(0).sequence;
  ASSERT_TRUE(journal_->postpone_announcement(first, clock_.now() + Seconds(1), "503"));
  EXPECT_EQ(journal_->due_announcements("pubsub", 10).value().size(), 1U);
}

TEST_F(JournalTest, SentAnnouncementKeepsWhenAndAsWhat) {
  ASSERT_TRUE(journal_->add_announcement(make_announcement("e1", "key")));
  ASSERT_TRUE(journal_->mark_sent(sequence_of("e1"), "m-1"));
  ASSERT_TRUE(journal_->mark_sent(sequence_of("e1"), "m-2")) << "said twice";
  const Announcement sent = journal_->announcements().value().at(0);
  EXPECT_EQ(sent.state, AnnouncementState::sent);
  EXPECT_EQ(sent.message_id, "m-1");
  EXPECT_EQ(sent.sent_at, clock_.now());
  EXPECT_FALSE(journal_->postpone_announcement(sent.sequence, clock_.now(), "late"));
}

// Passes, incidents, counts

TEST_F(JournalTest, PassIsReplacedById) {
  Pass pass;
  pass.id = "pass-1";
  pass.source = "antenna1";
  pass.started_at = clock_.now();
  ASSERT_TRUE(journal_->put_pass(pass));
  EXPECT_EQ(journal_->unfinished_passes().value().size(), 1U);
  EXPECT_EQ(journal_->counts().value().passes_receiving, 1U);
  pass.state = PassState::processed;
  pass.ended_at = clock_.now() + Seconds(600);
  pass.end_reason = "eof";
  pass.bytes_recorded = std::uint64_t{5} << 32;
  pass.report_json = "{}";
  ASSERT_TRUE(journal_->put_pass(pass));
  reopen();
  const Pass read = *journal_->pass("pass-1").value();
  EXPECT_EQ(read.state, PassState::processed);
  EXPECT_EQ(read.ended_at, pass.ended_at);
  EXPECT_EQ(read.bytes_recorded, pass.bytes_recorded);
  EXPECT_EQ(read.source, "antenna1");
  EXPECT_EQ(journal_->passes().value().size(), 1U);
  EXPECT_THAT(journal_->unfinished_passes().value(), IsEmpty());
}

TEST_F(JournalTest, OpenIncidentCountsAndAClosedOneOpensAnew) {
  EXPECT_TRUE(journal_->open_incident("disk_low", "spool", "9 MB left", "free space").value());
  clock_.advance(Seconds(60));
  EXPECT_FALSE(journal_->open_incident("disk_low", "spool", "8 MB left", "free space").value());
  const Incident incident = journal_->incidents(true).value().at(0);
  EXPECT_EQ(incident.count, 2U);
  EXPECT_EQ(incident.message, "8 MB left");
  EXPECT_EQ(incident.opened_at, test_start());
  EXPECT_EQ(incident.last_seen_at, clock_.now());
  EXPECT_TRUE(journal_->close_incident("disk_low", "spool").value());
  EXPECT_FALSE(journal_->close_incident("disk_low", "spool").value());
  EXPECT_THAT(journal_->incidents(true).value(), IsEmpty());
  EXPECT_TRUE(journal_->open_incident("disk_low", "spool", "7 MB left", "free space").value());
  EXPECT_EQ(journal_->incidents(false).value().size(), 2U);
}

TEST_F(JournalTest, CountsAddUp) {
  commit("scene-1");
  commit("scene-2");
  confirm_all("nowhere");
  const Delivery uploading = due()[0];
  ASSERT_TRUE(journal_->record_progress(uploading.id, 4));
  ASSERT_TRUE(confirm(due()[1]));
  ASSERT_TRUE(journal_->park_delivery(due()[2].id, "permanent", "403"));
  const Counts counts = journal_->counts().value();
  EXPECT_EQ(counts.scenes_spooled, 2U);
  EXPECT_EQ(counts.deliveries_queued, 3U);
  EXPECT_EQ(counts.deliveries_uploading, 1U);
  EXPECT_EQ(counts.deliveries_confirmed, 1U);
  EXPECT_EQ(counts.deliveries_parked, 1U);
  std::uint64_t waiting = 0;
  const std::vector<Delivery> all = journal_->deliveries().value();
  for (const Delivery& each : all) {
    if (each.state != DeliveryState::confirmed) waiting += each.size_bytes - each.committed_bytes;
  }
  EXPECT_EQ(counts.bytes_waiting, waiting);
}

TEST_F(JournalTest, NewWorkIsToldOnceAndOnlyWhenCommitted) {
  EXPECT_FALSE(journal_->take_new_work().deliveries);
  commit("scene-1");
  EXPECT_TRUE(journal_->take_new_work().deliveries);
  EXPECT_FALSE(journal_->take_new_work().deliveries);
  ASSERT_TRUE(confirm(due()[0]));
  EXPECT_FALSE(journal_->take_new_work().deliveries);
  ASSERT_TRUE(confirm(due()[0]));
  EXPECT_TRUE(journal_->take_new_work().deliveries) << "item.json may go now";
  const std::filesystem::path item = folder_ / "scene-1" / "item.json";
  std::filesystem::remove(item);
  ASSERT_FALSE(confirm(due()[0]));
  EXPECT_FALSE(journal_->take_new_work().announcements);
}

}  // namespace
}  // namespace dl::spool
