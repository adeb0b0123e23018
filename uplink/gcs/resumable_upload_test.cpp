// The way of an upload when the server takes it, with every word that it may say about what it has.
#include "uplink/gcs/resumable_upload_fixture.h"

namespace dl::uplink {
namespace {

using namespace testing;

TEST_F(ResumableUploadTest, WholeUploadGoesChunkByChunkAndEndsConfirmed) {
  ResumableUpload upload(kEndpoint, object(), std::nullopt, options(), kNow);
  EXPECT_EQ(upload.step(), UploadStep::initiate);
  EXPECT_EQ(upload.resume_case(), ResumeCase::fresh);
  upload.on_response(answer(200, {{"location", kSession}}), kNow);
  EXPECT_EQ(upload.session(), kSession);
  for (const std::uint64_t at : {0 * kQuantum, 4 * kQuantum}) {
    ASSERT_EQ(upload.step(), UploadStep::send);
    EXPECT_EQ(offset(upload), at);
    EXPECT_EQ(size_bytes(upload), 4 * kQuantum);
    upload.on_response(persisted(at + 4 * kQuantum), kNow);
  }
  EXPECT_EQ(size_bytes(upload), 2 * kQuantum + 77);
  upload.on_response(complete(), kNow);
  ASSERT_EQ(upload.step(), UploadStep::ended);
  EXPECT_EQ(upload.outcome().kind, OutcomeKind::confirmed);
  EXPECT_EQ(upload.outcome().generation, "1778587200123456");
  EXPECT_FALSE(upload.outcome().was_there);
  EXPECT_EQ(upload.committed_bytes(), kTotal);
}

TEST_F(ResumableUploadTest, EmptyObjectIsCreatedByTheFinishingRequest) {
  ResumableUpload upload(kEndpoint, object(0), std::nullopt, options(), kNow);
  upload.on_response(answer(200, {{"location", kSession}}), kNow);
  EXPECT_EQ(upload.step(), UploadStep::finish);
  upload.on_response(answer(200, {}, resource(0, 0x12345678)), kNow);
  EXPECT_EQ(upload.outcome().kind, OutcomeKind::confirmed);
}

TEST_F(ResumableUploadTest, ChunkSizeIsRoundedDownToTheQuantumAndNeverZero) {
  for (const auto& [asked, used] : {std::pair{kQuantum - 1, kQuantum}, std::pair{3 * kQuantum - 1, 2 * kQuantum}}) {
    ResumableOptions odd;
    odd.chunk_bytes = asked;
    ResumableUpload upload(kEndpoint, object(), std::nullopt, odd, kNow);
    upload.on_response(answer(200, {{"location", kSession}}), kNow);
    EXPECT_EQ(size_bytes(upload), used);
  }
}

// The four cases of coming back.

TEST_F(ResumableUploadTest, ResumeAsksFirstAndGoesOnWhereTheServerIs) {
  auto upload = saved(4 * kQuantum);
  ASSERT_EQ(upload.step(), UploadStep::query);
  upload.on_response(persisted(4 * kQuantum), kNow);
  EXPECT_EQ(upload.resume_case(), ResumeCase::normal);
  EXPECT_EQ(upload.step(), UploadStep::send);
  EXPECT_EQ(offset(upload), 4 * kQuantum);
}

TEST_F(ResumableUploadTest, ResumeRewindsWhenTheServerHasLess) {
  auto upload = saved(8 * kQuantum);
  upload.on_response(persisted(kQuantum), kNow);
  EXPECT_EQ(upload.resume_case(), ResumeCase::rewind);
  EXPECT_EQ(offset(upload), kQuantum);
}

TEST_F(ResumableUploadTest, ResumeFastForwardsWhenTheServerHasMore) {
  auto upload = saved(kQuantum);
  upload.on_response(persisted(9 * kQuantum), kNow);
  EXPECT_EQ(upload.resume_case(), ResumeCase::fast_forward);
  EXPECT_EQ(offset(upload), 9 * kQuantum);
}

TEST_F(ResumableUploadTest, ResumeOfAFinishedUploadIsConfirmedWithoutSending) {
  auto upload = saved(8 * kQuantum);
  upload.on_response(complete(), kNow);
  EXPECT_EQ(upload.outcome().kind, OutcomeKind::confirmed);
  EXPECT_EQ(upload.resume_case(), ResumeCase::fast_forward);
}

// gcs-resumable-upload 15: a dead session was asked for ever because its record was never dropped.
TEST_F(ResumableUploadTest, ResumeOpensANewSessionWhenTheOldOneIsGone) {
  for (const int status : {404, 410, 499}) {
    auto upload = saved(8 * kQuantum);
    upload.on_response(error(status, "gone"), kNow);
    EXPECT_EQ(upload.resume_case(), ResumeCase::session_gone) << status;
    EXPECT_EQ(upload.step(), UploadStep::initiate);
    EXPECT_TRUE(upload.session().empty());
    EXPECT_EQ(upload.committed_bytes(), 0U);
  }
}

TEST_F(ResumableUploadTest, SessionOlderThanSixDaysIsNotAsked) {
  const auto upload = saved(kQuantum, kNow - Seconds{6 * 86400 + 1});
  EXPECT_EQ(upload.step(), UploadStep::initiate);
  EXPECT_EQ(upload.resume_case(), ResumeCase::session_gone);
  EXPECT_TRUE(upload.session().empty());
  EXPECT_EQ(saved(kQuantum, kNow - Seconds{6 * 86400 - 1}).step(), UploadStep::query);
}

TEST_F(ResumableUploadTest, SessionLostWhileSendingStartsOverFromByteZero) {
  for (const int status : {404, 410, 499}) {
    auto upload = at_last_chunk();
    upload.on_response(error(status, "gone"), kNow);
    EXPECT_EQ(upload.step(), UploadStep::initiate);
    upload.on_response(answer(200, {{"location", kSession + "2"}}), kNow);
    EXPECT_EQ(offset(upload), 0U);
  }
}

TEST_F(ResumableUploadTest, SessionsLostAgainAndAgainEndTheAttempt) {
  auto upload = opened();
  unsigned opened_sessions = 1;
  while (upload.step() != UploadStep::ended && opened_sessions < 20) {
    upload.on_response(error(410, "gone"), kNow);
    if (upload.step() == UploadStep::ended) break;
    upload.on_response(answer(200, {{"location", kSession}}), kNow);
    ++opened_sessions;
  }
  EXPECT_EQ(upload.outcome().kind, OutcomeKind::retry_later);
  EXPECT_EQ(opened_sessions, options().sessions_per_attempt);
}

// 308 in its variants.

// ScyllaDB 31541: read as "done", so the chunk was skipped and the object came out short.
// google-cloud-cpp 7835: read as a permanent failure.
TEST_F(ResumableUploadTest, DataAnswered308WithoutRangeIsAskedAboutBeforeAnythingIsSent) {
  auto upload = opened();
  upload.on_response(persisted(4 * kQuantum), kNow);
  upload.on_response(nothing_said(), kNow);
  ASSERT_EQ(upload.step(), UploadStep::query);
  upload.on_response(persisted(8 * kQuantum), kNow);
  EXPECT_EQ(offset(upload), 8 * kQuantum);
}

TEST_F(ResumableUploadTest, QueryAnswered308WithoutRangeMeansThatNothingIsPersisted) {
  auto upload = saved(8 * kQuantum);
  upload.on_response(nothing_said(), kNow);
  EXPECT_EQ(upload.resume_case(), ResumeCase::rewind);
  EXPECT_EQ(upload.step(), UploadStep::send);
  EXPECT_EQ(offset(upload), 0U);
}

TEST_F(ResumableUploadTest, PartlyCommittedChunkContinuesAtTheCommittedByte) {
  auto upload = opened();
  upload.on_response(persisted(kQuantum), kNow);
  EXPECT_EQ(offset(upload), kQuantum);
  EXPECT_EQ(size_bytes(upload), 4 * kQuantum);
}

// google-cloud-cpp 9750: a late commit was a permanent failure. google-cloud-swift 861: it was followed blindly.
TEST_F(ResumableUploadTest, LateCommitIsFollowedWithinTheObject) {
  auto upload = opened();
  upload.on_response(persisted(9 * kQuantum), kNow);
  EXPECT_EQ(upload.step(), UploadStep::send);
  EXPECT_EQ(offset(upload), 9 * kQuantum);
}

TEST_F(ResumableUploadTest, CommitBeyondTheObjectIsNotOurSession) {
  auto upload = opened();
  upload.on_response(persisted(kTotal + 1), kNow);
  EXPECT_EQ(upload.step(), UploadStep::initiate);
  EXPECT_TRUE(upload.session().empty());
}

TEST_F(ResumableUploadTest, RangeThatDoesNotBeginAtZeroIsNoAnswer) {
  for (const char* range :
       {"bytes=5-9", "bytes 0-9", "bytes=0-", "bytes=0-x", "0-9", "", "bytes=0-18446744073709551615"}) {
    auto upload = opened();
    upload.on_response(answer(308, {{"range", range}}), kNow);
    EXPECT_EQ(upload.step(), UploadStep::ended) << range;
    EXPECT_EQ(upload.outcome().kind, OutcomeKind::retry_later) << range;
    EXPECT_EQ(upload.session(), kSession);
  }
}

TEST_F(ResumableUploadTest, AllBytesCommittedWithoutAnObjectIsFinishedUntilTheObjectIsStated) {
  auto upload = at_last_chunk();
  upload.on_response(persisted(kTotal), kNow);
  EXPECT_EQ(upload.step(), UploadStep::finish);
  upload.on_response(persisted(kTotal), kNow);
  EXPECT_EQ(upload.step(), UploadStep::finish);
  upload.on_response(complete(), kNow);
  EXPECT_EQ(upload.outcome().kind, OutcomeKind::confirmed);
}

TEST_F(ResumableUploadTest, CompletionBeforeTheLastChunkIsAccepted) {
  auto upload = opened();
  upload.on_response(complete(), kNow);
  EXPECT_EQ(upload.outcome().kind, OutcomeKind::confirmed);
}

TEST_F(ResumableUploadTest, ServerThatTakesBytesBackIsFollowedButNotForEver) {
  auto upload = opened();
  upload.on_response(persisted(4 * kQuantum), kNow);
  upload.on_response(persisted(kQuantum), kNow);
  EXPECT_EQ(upload.step(), UploadStep::send);
  EXPECT_EQ(offset(upload), kQuantum);
  int answers = 0;
  for (; upload.step() != UploadStep::ended && answers < 100; ++answers) {
    upload.on_response(persisted(answers % 2 == 0 ? 4 * kQuantum : kQuantum), kNow);
  }
  EXPECT_LT(answers, 20);
  EXPECT_EQ(upload.outcome().kind, OutcomeKind::retry_later);
}

TEST_F(ResumableUploadTest, AnswersThatMoveNothingEndTheAttempt) {
  auto upload = opened();
  int answers = 0;
  for (; upload.step() != UploadStep::ended && answers < 100; ++answers) upload.on_response(nothing_said(), kNow);
  EXPECT_LE(answers, 12);
  EXPECT_EQ(upload.outcome().kind, OutcomeKind::retry_later);
  EXPECT_EQ(upload.session(), kSession);
}

// The final answer.

TEST_F(ResumableUploadTest, TruncatedFinalAnswerIsHealedByAQuery) {
  auto upload = at_last_chunk();
  upload.on_response(answer(200, {}, resource(kTotal, 0x12345678).substr(0, 60)), kNow);
  ASSERT_EQ(upload.step(), UploadStep::query);
  upload.on_response(complete(), kNow);
  EXPECT_EQ(upload.outcome().kind, OutcomeKind::confirmed);
}

// The driver keeps pages from the protocol; one that gets here all the same is success at no step.
TEST_F(ResumableUploadTest, PageOfAPortalIsSuccessAtNoStep) {
  const HttpResponse kPages[] = {answer(200, {{"content-type", "text/html"}}, "<html>Welcome to Airport WLAN</html>"),
                                 answer(201, {{"location", "http://portal/"}}, "<html>")};
  for (const HttpResponse& page : kPages) {
    for (const UploadStep step : {UploadStep::initiate, UploadStep::query, UploadStep::send, UploadStep::finish,
                                  UploadStep::fetch_metadata, UploadStep::delete_object}) {
      auto upload = at_step(step);
      ASSERT_EQ(upload.step(), step);
      const std::string session = upload.session();
      for (unsigned i = 0; i < 10 && upload.step() != UploadStep::ended; ++i) upload.on_response(page, kNow);
      ASSERT_EQ(upload.step(), UploadStep::ended);
      EXPECT_EQ(upload.outcome().kind, OutcomeKind::retry_later);
      EXPECT_EQ(upload.session(), session);
    }
  }
}

// butler 71: which failures need a query. All that are not an answer: the bytes may or may not be there.
TEST_F(ResumableUploadTest, LostFinalAnswerKeepsTheSessionForAQuery) {
  auto upload = at_last_chunk();
  upload.on_no_response({ErrorKind::transient, "connection reset"});
  EXPECT_EQ(upload.outcome().kind, OutcomeKind::retry_later);
  EXPECT_EQ(upload.session(), kSession);
  auto next = saved(upload.committed_bytes());
  EXPECT_EQ(next.step(), UploadStep::query);
  next.on_response(complete(), kNow);
  EXPECT_EQ(next.outcome().kind, OutcomeKind::confirmed);
}

// fake-gcs-server 2354 finalises on a mere query; what comes of it must still be compared.
TEST_F(ResumableUploadTest, ObjectThatIsNotWhatWasSentIsDeletedByItsGenerationAndSentAgain) {
  for (const auto& body :
       {resource(kTotal - 1, 0x12345678), resource(kTotal, 0x12345679), resource(kTotal, 0x12345678, "ef")}) {
    auto upload = saved(4 * kQuantum);
    upload.on_response(answer(200, {}, body), kNow);
    ASSERT_EQ(upload.step(), UploadStep::delete_object) << body;
    const auto request = upload.next().request;
    EXPECT_EQ(request.method, "DELETE");
    EXPECT_EQ(request.url, kEndpoint + "/storage/v1/b/scenes/o/metop-b%2Fitem.json?ifGenerationMatch=1778587200123456");
    // Until the server has said that it is gone, the session is what leads back here.
    EXPECT_EQ(upload.session(), kSession);
    upload.on_response(answer(204), kNow);
    ASSERT_EQ(upload.step(), UploadStep::verify_file);
    upload.on_file_verified(true);
    EXPECT_EQ(upload.step(), UploadStep::initiate);
    EXPECT_TRUE(upload.session().empty());
  }
}

TEST_F(ResumableUploadTest, DamagedObjectThatIsGoneOrReplacedAlreadyIsSentAgain) {
  for (const int status : {404, 412}) {
    auto upload = at_step(UploadStep::delete_object);
    upload.on_response(error(status, "x"), kNow);
    EXPECT_EQ(upload.step(), UploadStep::verify_file) << status;
  }
}

TEST_F(ResumableUploadTest, DamagedObjectOfADamagedFileIsDeletedAndTheFileIsCorrupt) {
  auto upload = at_step(UploadStep::delete_object);
  upload.on_response(answer(204), kNow);
  upload.on_file_verified(false);
  EXPECT_EQ(upload.outcome().kind, OutcomeKind::corrupt);
  EXPECT_TRUE(upload.session().empty());
}

TEST_F(ResumableUploadTest, DamagedObjectThatWeMayNotDeleteIsAConflict) {
  auto upload = at_step(UploadStep::delete_object);
  upload.on_response(error(403, "no storage.objects.delete", "forbidden"), kNow);
  EXPECT_EQ(upload.outcome().kind, OutcomeKind::conflict);
  EXPECT_NE(upload.outcome().message.find("storage.objects.delete"), std::string::npos);
}

TEST_F(ResumableUploadTest, ServerThatDamagesEveryObjectIsLeftAloneWithNoneInThePlace) {
  auto upload = at_step(UploadStep::delete_object);
  unsigned deleted = 0;
  while (upload.step() == UploadStep::delete_object && deleted < 20) {
    ++deleted;
    upload.on_response(answer(204), kNow);
    if (upload.step() == UploadStep::ended) break;
    upload.on_file_verified(true);
    upload.on_response(answer(200, {{"location", kSession}}), kNow);
    upload.on_response(answer(200, {}, resource(kTotal, 1)), kNow);
  }
  EXPECT_EQ(deleted, options().damaged_objects_per_attempt);
  EXPECT_EQ(upload.outcome().kind, OutcomeKind::permanent);
  EXPECT_TRUE(upload.session().empty());
}

TEST_F(ResumableUploadTest, LostAnswerToTheDeletionLeadsBackToIt) {
  auto upload = at_step(UploadStep::delete_object);
  upload.on_no_response({ErrorKind::transient, "connection reset"});
  EXPECT_EQ(upload.outcome().kind, OutcomeKind::retry_later);
  auto next = saved(upload.committed_bytes());
  next.on_response(answer(200, {}, resource(kTotal, 1)), kNow);
  EXPECT_EQ(next.step(), UploadStep::delete_object);
}

// A resource of something else is no statement about ours, and nothing to be deleted.
TEST_F(ResumableUploadTest, ResourceOfAnotherObjectIsNoAnswer) {
  for (const char* key : {"name", "bucket"}) {
    auto body = resource(kTotal, 1);
    body.insert(1, std::string("\"") + key + R"(":"other",)");
    auto upload = at_last_chunk();
    upload.on_response(answer(200, {}, body), kNow);
    EXPECT_EQ(upload.step(), UploadStep::query) << key;
  }
}

}  // namespace
}  // namespace dl::uplink
