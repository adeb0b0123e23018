// Required and optional destinations, what is given up (J7), quarantine, and what may be dropped.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "spool/journal_fixture.h"

namespace dl::spool {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const std::vector<DeliveryTarget> kWithOptional = {{"mirror", false}, "bucket", "archive"};

std::vector<Announcement> announce_drop(const DroppedScene& dropped) {
  Announcement announcement = make_announcement("drop-of-" + dropped.scene.id);
  announcement.scene_id = dropped.scene.id;
  announcement.payload = dropped.reason + " " + std::to_string(dropped.objects_confirmed) + " of " +
                         std::to_string(dropped.objects_confirmed + dropped.objects_missing);
  return {announcement};
}

class JournalDropTest : public JournalTest {
 protected:
  std::vector<std::string> droppable(bool even_if_optional_wait = false) {
    std::vector<std::string> ids;
    const auto rows = journal_->droppable_scenes(10, even_if_optional_wait).value();
    for (const SceneRow& row : rows) ids.push_back(row.id);
    return ids;
  }
  void send_all() {
    const auto due = journal_->due_announcements("events", 100).value();
    for (const Announcement& each : due) ASSERT_TRUE(journal_->mark_sent(each.sequence, "m"));
  }
  void put_pass(const std::string& id, PassState state) {
    Pass pass;
    pass.id = id;
    pass.state = state;
    pass.started_at = clock_.now();
    ASSERT_TRUE(journal_->put_pass(pass));
    clock_.advance(Seconds(1));
  }
  std::vector<std::string> recordings(bool without_scenes = false) {
    std::vector<std::string> ids;
    const auto passes = journal_->droppable_recordings(10, without_scenes).value();
    for (const Pass& pass : passes) ids.push_back(pass.id);
    return ids;
  }
  SceneRow row(const std::string& id) { return *journal_->scene(id).value(); }
};

// Targets

TEST_F(JournalDropTest, SceneIsDeliveredWhenAllRequiredDestinationsHaveItAndTheOptionalGoOn) {
  commit("scene-1", kWithOptional);
  confirm_all("bucket");
  EXPECT_EQ(row("scene-1").state, SceneState::spooled);
  confirm_all("archive");
  EXPECT_EQ(row("scene-1").state, SceneState::delivered);
  EXPECT_THAT(due_events(), ElementsAre("event-of-scene-1"));
  EXPECT_EQ(due("mirror").size(), 2U);
  EXPECT_FALSE(due("mirror")[0].required);
  confirm_all("mirror");
  EXPECT_THAT(due_events(), ElementsAre("event-of-scene-1")) << "delivered once";
}

TEST_F(JournalDropTest, EventIsMadeFromTheFirstRequiredDestination) {
  commit("scene-1", kWithOptional);
  confirm_all("mirror");
  EXPECT_EQ(row("scene-1").state, SceneState::spooled) << "the optional one alone delivers nothing";
  confirm_all("bucket");
  std::string location;
  for (auto open = due("archive"); !open.empty(); open = due("archive")) {
    ASSERT_TRUE(journal_->confirm_delivery(open[0].id, {"1", "x"}, [&](const DeliveredScene& delivered) {
      location = delivered.location;
      return announce_once(delivered);
    }));
  }
  EXPECT_EQ(location, "bucket-location");
}

TEST_F(JournalDropTest, SceneWithOnlyOptionalDestinationsIsRefused) {
  const auto refused = journal_->commit_scene(make_manifest("scene-1"), "", folder_ / "x", {{"mirror", false}});
  EXPECT_EQ(refused.error().kind, ErrorKind::config);
}

TEST_F(JournalDropTest, FolderIsNotDroppableWhileAnOptionalDestinationWaits) {
  commit("scene-1", kWithOptional);
  confirm_all("bucket");
  confirm_all("archive");
  EXPECT_THAT(droppable(), IsEmpty()) << "not announced";
  send_all();
  EXPECT_THAT(droppable(), IsEmpty());
  EXPECT_THAT(droppable(true), ElementsAre("scene-1"));
  ASSERT_TRUE(journal_->park_delivery(due("mirror")[0].id, "permanent", "403"));
  EXPECT_THAT(droppable(), IsEmpty()) << "an operator may release it";
  ASSERT_TRUE(journal_->release_deliveries({}));
  confirm_all("mirror");
  EXPECT_THAT(droppable(), ElementsAre("scene-1"));
  ASSERT_TRUE(journal_->mark_dropped("scene-1"));
  EXPECT_THAT(droppable(true), IsEmpty());
  EXPECT_FALSE(journal_->mark_dropped("scene-1"));
}

// J7

TEST_F(JournalDropTest, DroppingAnUndeliveredSceneLeavesATombstoneAndAnAnnouncement) {
  commit("scene-1", kTwoDestinations);
  ASSERT_TRUE(confirm(due()[0]));
  ASSERT_TRUE(journal_->record_session(due()[0].id, "https://session"));
  EXPECT_TRUE(journal_->drop_scene("scene-1", "operator: out of date", announce_drop).value());
  EXPECT_FALSE(journal_->drop_scene("scene-1", "again", announce_drop).value());
  reopen();
  EXPECT_EQ(row("scene-1").state, SceneState::dropped);
  EXPECT_EQ(row("scene-1").drop_reason, "operator: out of date");
  EXPECT_EQ(row("scene-1").dropped_at, clock_.now());
  EXPECT_EQ(journal_->due_announcements("events", 9).value().at(0).payload, "operator: out of date 1 of 6");
  EXPECT_THAT(due_assets(), IsEmpty());
  const Counts counts = journal_->counts().value();
  EXPECT_EQ(counts.scenes_dropped, 1U);
  EXPECT_EQ(counts.scenes_spooled, 0U);
  EXPECT_EQ(counts.scenes_delivered, 0U);
  EXPECT_EQ(counts.deliveries_dropped, 5U);
  EXPECT_EQ(counts.deliveries_confirmed, 1U);
  EXPECT_EQ(counts.bytes_waiting, 0U);
  const auto all = journal_->deliveries().value();
  for (const Delivery& each : all) EXPECT_EQ(each.session, "");
  EXPECT_FALSE(journal_->commit_scene(make_manifest("scene-1"), "", folder_ / "x", kTwoDestinations).value())
      << "what was given up and told does not come back by itself";
}

TEST_F(JournalDropTest, UploaderOfADroppedSceneIsToldSo) {
  commit("scene-1");
  const Delivery delivery = due()[0];
  ASSERT_TRUE(journal_->drop_scene("scene-1", "quota", announce_drop));
  EXPECT_EQ(journal_->record_progress(delivery.id, 1).error().kind, ErrorKind::permanent);
  EXPECT_EQ(confirm(delivery).error().kind, ErrorKind::permanent);
  EXPECT_EQ(journal_->release_delivery(delivery.id).error().kind, ErrorKind::permanent);
}

TEST_F(JournalDropTest, DeliveredSceneIsNotGivenUp) {
  commit("scene-1");
  confirm_all("bucket");
  EXPECT_FALSE(journal_->drop_scene("scene-1", "quota", announce_drop).value());
  EXPECT_EQ(row("scene-1").state, SceneState::delivered);
  EXPECT_EQ(journal_->drop_scene("nowhere", "quota", announce_drop).error().kind, ErrorKind::permanent);
}

TEST_F(JournalDropTest, UndeliveredScenesAreListedByClassWithoutThoseInUpload) {
  SceneManifest archive = make_manifest("of-iasi");
  archive.instrument = "iasi";
  archive.assets.front().media_type = "application/zstd";
  ASSERT_TRUE(journal_->commit_scene(archive, "", folder_ / "x", {"bucket"}));
  for (const char* instrument : {"avhrr-3", "level-0", "raw"}) {
    SceneManifest manifest = make_manifest(std::string("of-") + instrument);
    manifest.instrument = instrument;
    ASSERT_TRUE(journal_->commit_scene(manifest, "", folder_ / "x", {"bucket"}));
  }
  const auto ids = [&](std::optional<DeliveryClass> only) {
    std::vector<std::string> names;
    const auto rows = journal_->undelivered_scenes(only, 10).value();
    for (const SceneRow& each : rows) names.push_back(each.id);
    return names;
  };
  EXPECT_THAT(ids({}), ElementsAre("of-iasi", "of-avhrr-3", "of-level-0", "of-raw"));
  EXPECT_THAT(ids(DeliveryClass::scene), ElementsAre("of-avhrr-3"));
  EXPECT_THAT(ids(DeliveryClass::level_0), ElementsAre("of-iasi", "of-level-0"));
  EXPECT_THAT(ids(DeliveryClass::raw), ElementsAre("of-raw"));
  ASSERT_TRUE(journal_->record_session(due()[0].id, "https://session"));
  EXPECT_TRUE(journal_->is_in_upload("of-avhrr-3").value());
  EXPECT_THAT(ids({}), ElementsAre("of-iasi", "of-level-0", "of-raw"));
}

// Quarantine

TEST_F(JournalDropTest, QuarantinedSceneIsMadeAgainAndGoesOnFromByteZero) {
  const SceneManifest manifest = commit("scene-1");
  commit("scene-2");
  const Delivery first = due()[2];
  ASSERT_EQ(first.scene_id, "scene-1");
  const Delivery second = due()[3];
  ASSERT_TRUE(confirm(first));
  ASSERT_TRUE(journal_->record_session(second.id, "https://session"));
  ASSERT_TRUE(journal_->record_progress(second.id, 4));
  ASSERT_TRUE(journal_->quarantine_scene("scene-1", "'band-2.tif' has changed"));
  EXPECT_EQ(row("scene-1").quarantined_at, clock_.now());
  EXPECT_EQ(journal_->quarantined_scenes().value().size(), 1U);
  EXPECT_THAT(journal_->scene_ids_of_pass("pass-1").value(), ElementsAre("scene-2")) << "so the pass makes it again";
  EXPECT_EQ(journal_->delivery(second.id).value()->parked_kind, "corrupt");
  EXPECT_EQ(journal_->delivery(second.id).value()->last_error, "'band-2.tif' has changed");
  EXPECT_EQ(journal_->delivery(first.id).value()->state, DeliveryState::confirmed);

  SceneManifest other = make_manifest("scene-1", "other bits");
  EXPECT_EQ(journal_->commit_scene(other, "pass-1", folder_ / "x", {"bucket"}).error().kind, ErrorKind::corrupt);
  EXPECT_TRUE(journal_->commit_scene(manifest, "pass-1", folder_ / "again", {"bucket"}).value());
  EXPECT_FALSE(journal_->commit_scene(manifest, "pass-1", folder_ / "again", {"bucket"}).value());
  EXPECT_THAT(journal_->quarantined_scenes().value(), IsEmpty());
  EXPECT_EQ(row("scene-1").directory, (folder_ / "again").string());
  const Delivery again = *journal_->delivery(second.id).value();
  EXPECT_EQ(again.state, DeliveryState::queued);
  EXPECT_EQ(again.committed_bytes, 0U);
  EXPECT_EQ(again.session, "");
}

TEST_F(JournalDropTest, DeliveryThatIsParkedForAnotherReasonStaysParkedThroughQuarantineOfOthers) {
  const SceneManifest manifest = commit("scene-1");
  ASSERT_TRUE(journal_->quarantine_scene("scene-1", "rot"));
  const auto all = journal_->deliveries().value();
  ASSERT_TRUE(journal_->park_delivery(all[0].id, "conflict", "foreign object"));
  ASSERT_TRUE(journal_->commit_scene(manifest, "pass-1", folder_ / "scene-1", {"bucket"}).value());
  EXPECT_EQ(journal_->delivery(all[0].id).value()->state, DeliveryState::parked);
  EXPECT_EQ(journal_->delivery(all[1].id).value()->state, DeliveryState::queued);
}

TEST_F(JournalDropTest, SceneThatIsEverywhereIsNotQuarantined) {
  commit("scene-1");
  confirm_all("bucket");
  ASSERT_TRUE(journal_->quarantine_scene("scene-1", "rot"));
  EXPECT_THAT(journal_->quarantined_scenes().value(), IsEmpty());
  EXPECT_EQ(journal_->quarantine_scene("nowhere", "rot").error().kind, ErrorKind::permanent);
}

// Recordings

TEST_F(JournalDropTest, RecordingIsDroppableWhenEveryScenesFateIsSettled) {
  put_pass("pass-1", PassState::processed);
  put_pass("pass-2", PassState::processed);
  put_pass("pass-3", PassState::ended);
  commit("scene-1");
  commit("scene-2");
  EXPECT_THAT(recordings(), IsEmpty());
  EXPECT_THAT(recordings(true), ElementsAre("pass-2")) << "it has no scenes";
  EXPECT_FALSE(journal_->mark_recording_dropped("pass-1"));
  confirm_all("bucket");
  EXPECT_THAT(recordings(), ElementsAre("pass-1"));
  ASSERT_TRUE(journal_->mark_recording_dropped("pass-1"));
  EXPECT_THAT(recordings(), IsEmpty());
  EXPECT_FALSE(journal_->mark_recording_dropped("pass-1")) << "said twice";
  EXPECT_FALSE(journal_->mark_recording_dropped("pass-3")) << "not processed yet";
  EXPECT_EQ(journal_->pass("pass-1").value()->recording_dropped_at, clock_.now());

  Pass older_copy = *journal_->pass("pass-1").value();
  older_copy.recording_dropped_at.reset();
  ASSERT_TRUE(journal_->put_pass(older_copy));
  EXPECT_TRUE(journal_->pass("pass-1").value()->recording_dropped_at.has_value());
}

TEST_F(JournalDropTest, DroppedSceneDoesNotHoldItsRecording) {
  put_pass("pass-1", PassState::processed);
  commit("scene-1");
  ASSERT_TRUE(journal_->drop_scene("scene-1", "quota", announce_drop));
  EXPECT_THAT(recordings(), ElementsAre("pass-1"));
}

}  // namespace
}  // namespace dl::spool
