#include "uplink/s3/s3_multipart.h"

#include <gtest/gtest.h>

#include "core/crc.h"
#include "core/sha256.h"
#include "uplink/http/xml_reader.h"

namespace dl::uplink {
namespace {

using Kind = UploadAction::Kind;

constexpr std::uint64_t kPart = 1000;
const S3Location kLocation{"https://s3.eu-central-1.amazonaws.com", "scenes", S3Addressing::path};
const UtcTime kNow = parse_utc("2026-05-12T12:00:00Z").value();

HttpResponse answer(int status, std::string body = {}, std::vector<HttpHeader> headers = {}) {
  headers.push_back({"x-amz-request-id", "1"});
  return {status, std::move(headers), std::move(body)};
}

HttpResponse error(int status, const std::string& code) {
  return answer(status, "<?xml version=\"1.0\"?><Error><Code>" + code + "</Code><Message>m</Message></Error>");
}

std::string created(const std::string& id) {
  return "<InitiateMultipartUploadResult><UploadId>" + id + "</UploadId></InitiateMultipartUploadResult>";
}

const char* const kCompleted = "<CompleteMultipartUploadResult><ETag>\"all-3\"</ETag></CompleteMultipartUploadResult>";

class S3MultipartTest : public ::testing::Test {
 protected:
  void make_object(std::size_t size) {
    content_.resize(size);
    for (std::size_t i = 0; i < size; ++i) content_[i] = static_cast<char>(i * 7 + i / 256);
    object_ = {"scenes", "a/b c.tif", "image/tiff", size, crc32c(as_bytes(content_)), sha256_hex(as_bytes(content_))};
  }
  void begin(std::optional<SavedSession> saved = std::nullopt) {
    options_.part_bytes = kPart;
    upload_ = std::make_unique<S3Multipart>(object_, kLocation, std::move(saved), options_);
  }
  RegionDigests digests(const FileRegion& region) const {
    const auto piece = as_bytes(content_).subspan(region.offset, region.size_bytes);
    return {crc32c(piece), {}, sha256(piece)};
  }
  // The next request, hashing on the way.
  HttpRequest request() {
    while (upload_->next().kind == Kind::hash_region) upload_->on_region_hashed(digests(upload_->next().region));
    EXPECT_EQ(upload_->next().kind, Kind::request) << upload_->outcome().message;
    return upload_->next().request;
  }
  // "METHOD query" of the next request.
  std::string asked() {
    const HttpRequest made = request();
    const auto question = made.url.find('?');
    return made.method + (question == std::string::npos ? "" : " " + made.url.substr(question + 1));
  }
  void respond(const HttpResponse& response) { upload_->on_response(response, kNow); }
  void send_part(int number) {
    EXPECT_EQ(asked(), "PUT partNumber=" + std::to_string(number) + "&uploadId=U");
    respond(answer(200, {}, {{"etag", "\"t" + std::to_string(number) + "\""}}));
  }
  void open_upload() {
    EXPECT_EQ(asked(), "HEAD");
    respond(answer(404));
    EXPECT_EQ(asked(), "POST uploads=");
    respond(answer(200, created("U")));
  }
  void expect_completion() {
    EXPECT_EQ(asked(), "HEAD");
    respond(answer(404));
    EXPECT_EQ(asked(), "POST uploadId=U");
  }
  HttpResponse stored_object() const {
    return answer(200, {},
                  {{"content-length", std::to_string(content_.size())},
                   {"etag", "\"e\""},
                   {"x-amz-meta-sha256", object_.sha256}});
  }
  bool ended(OutcomeKind kind) const { return upload_->next().kind == Kind::ended && upload_->outcome().kind == kind; }
  spool::DeliveryPart part(std::uint32_t number) const {
    const std::uint64_t offset = (number - 1) * kPart;
    const std::uint64_t size = std::min<std::uint64_t>(kPart, content_.size() - offset);
    return {number, size, "t" + std::to_string(number), digests({offset, size}).crc32c};
  }
  SavedSession saved(std::vector<spool::DeliveryPart> parts) const {
    std::uint64_t sum = 0;
    for (const auto& p : parts) sum += p.size_bytes;
    return {"1000 U", kNow, sum, std::move(parts)};
  }
  static std::string listed(const std::vector<spool::DeliveryPart>& parts, const std::string& more = "false") {
    std::string text =
        "<ListPartsResult><IsTruncated>" + std::string(more == "false" ? "false" : "true") + "</IsTruncated>";
    if (more != "false") text += "<NextPartNumberMarker>" + more + "</NextPartNumberMarker>";
    for (const auto& p : parts) {
      text += "<Part><PartNumber>" + std::to_string(p.number) + "</PartNumber><ETag>&quot;" + p.tag +
              "&quot;</ETag><Size>" + std::to_string(p.size_bytes) + "</Size></Part>";
    }
    return text + "</ListPartsResult>";
  }

  std::string content_;
  UploadObject object_;
  S3UploadOptions options_;
  std::unique_ptr<S3Multipart> upload_;
};

TEST_F(S3MultipartTest, SmallObjectIsOneRequestThatDeclaresEverything) {
  make_object(kPart);
  begin();
  ASSERT_EQ(upload_->next().kind, Kind::hash_region);
  const HttpRequest put = request();
  EXPECT_EQ(put.url, "https://s3.eu-central-1.amazonaws.com/scenes/a/b%20c.tif");
  std::map<std::string, std::string> headers;
  for (const auto& h : put.headers) headers[h.name] = h.value;
  EXPECT_EQ(headers["If-None-Match"], "*");
  EXPECT_EQ(headers["Content-Type"], "image/tiff");
  EXPECT_EQ(headers["Content-MD5"].size(), 24U);
  EXPECT_EQ(headers["x-amz-content-sha256"], object_.sha256);
  EXPECT_EQ(headers["x-amz-meta-sha256"], object_.sha256);
  EXPECT_EQ(headers["x-amz-checksum-crc32c"], crc32c_base64(object_.crc32c));
  ASSERT_TRUE(upload_->next().body);
  EXPECT_EQ(upload_->next().body->size_bytes, kPart);
  respond(answer(200, {}, {{"etag", "\"abc\""}}));
  ASSERT_TRUE(ended(OutcomeKind::confirmed));
  EXPECT_EQ(upload_->outcome().generation, "abc");
  EXPECT_TRUE(upload_->session().empty());
}

TEST_F(S3MultipartTest, EmptyObjectIsOneRequestWithoutABody) {
  make_object(0);
  begin();
  EXPECT_EQ(asked(), "PUT");
  EXPECT_FALSE(upload_->next().body);
  respond(answer(200, {}, {{"etag", "\"d41d8\""}, {"x-amz-version-id", "v1"}}));
  ASSERT_TRUE(ended(OutcomeKind::confirmed));
  EXPECT_EQ(upload_->outcome().generation, "v1");
}

TEST_F(S3MultipartTest, LargeObjectGoesInPartsAndIsComparedAtTheEnd) {
  make_object(2 * kPart + 1);
  begin();
  open_upload();
  EXPECT_EQ(upload_->session(), "1000 U");
  for (int i = 1; i <= 3; ++i) send_part(i);
  EXPECT_EQ(upload_->committed_bytes(), content_.size());
  const auto written = upload_->take_new_parts();
  ASSERT_EQ(written.size(), 3U);
  EXPECT_EQ(written[2].size_bytes, 1U);
  EXPECT_EQ(written[1].tag, "t2");
  EXPECT_TRUE(upload_->take_new_parts().empty());
  expect_completion();
  const HttpRequest complete = request();
  const auto body = parse_xml(complete.body).value();
  ASSERT_EQ(body.children.size(), 3U);
  EXPECT_EQ(body.children[2].child_text("PartNumber"), "3");
  EXPECT_EQ(body.children[2].child_text("ETag"), "\"t3\"");
  EXPECT_EQ(body.children[2].child("ChecksumCRC32C"), nullptr);
  respond(answer(200, kCompleted));
  EXPECT_EQ(asked(), "HEAD");
  respond(stored_object());
  ASSERT_TRUE(ended(OutcomeKind::confirmed));
  EXPECT_FALSE(upload_->outcome().was_there);
}

TEST_F(S3MultipartTest, ChecksumsOfPartsGoBackToServersThatKeepThem) {
  make_object(2 * kPart);
  begin();
  open_upload();
  request();
  respond(answer(200, {}, {{"etag", "\"t1\""}, {"x-amz-checksum-crc32c", crc32c_base64(part(1).crc32c)}}));
  send_part(2);
  expect_completion();
  EXPECT_EQ(parse_xml(request().body)->children[1].child_text("ChecksumCRC32C"), crc32c_base64(part(2).crc32c));
}

TEST_F(S3MultipartTest, ServerThatStatesTheChecksumOfTheWholeIsNotAskedAgain) {
  make_object(2 * kPart);
  begin();
  open_upload();
  send_part(1);
  send_part(2);
  expect_completion();
  respond(answer(200, "<CompleteMultipartUploadResult><ETag>e</ETag><ChecksumCRC32C>" + crc32c_base64(object_.crc32c) +
                          "</ChecksumCRC32C><ChecksumType>FULL_OBJECT</ChecksumType></CompleteMultipartUploadResult>"));
  ASSERT_TRUE(ended(OutcomeKind::confirmed));
  EXPECT_EQ(upload_->outcome().generation, "e");
}

TEST_F(S3MultipartTest, ObjectThatIsThereIsNotSent) {
  make_object(2 * kPart);
  begin();
  EXPECT_EQ(asked(), "HEAD");
  respond(stored_object());
  ASSERT_TRUE(ended(OutcomeKind::confirmed));
  EXPECT_TRUE(upload_->outcome().was_there);
}

TEST_F(S3MultipartTest, KeysThatMayNotListTheBucketStillUpload) {
  make_object(2 * kPart);
  begin();
  EXPECT_EQ(asked(), "HEAD");
  respond(answer(403));
  EXPECT_EQ(asked(), "POST uploads=");
}

TEST_F(S3MultipartTest, ResumeKeepsOnlyPartsThatJournalAndServerAgreeOn) {
  make_object(5 * kPart);
  auto other = part(2);
  other.tag = "of somebody else";
  auto cut = part(3);
  cut.size_bytes = 10;
  begin(saved({part(1), part(2), part(3), part(4)}));
  EXPECT_EQ(upload_->committed_bytes(), 4 * kPart);
  EXPECT_EQ(asked(), "GET max-parts=1000&part-number-marker=0&uploadId=U");
  // 4 is missing at the server, 5 in the journal.
  respond(answer(200, listed({part(1), other, cut, part(5)})));
  EXPECT_EQ(upload_->committed_bytes(), kPart);
  for (int i = 2; i <= 5; ++i) send_part(i);
  expect_completion();
}

TEST_F(S3MultipartTest, ListOfPartsIsReadPageByPage) {
  make_object(4 * kPart);
  begin(saved({part(1), part(2), part(3)}));
  EXPECT_EQ(asked(), "GET max-parts=1000&part-number-marker=0&uploadId=U");
  respond(answer(200, listed({part(1), part(2)}, "2")));
  EXPECT_EQ(asked(), "GET max-parts=1000&part-number-marker=2&uploadId=U");
  respond(answer(200, listed({part(3)})));
  send_part(4);
  expect_completion();
}

TEST_F(S3MultipartTest, ListThatDoesNotAdvanceEndsTheAttempt) {
  make_object(4 * kPart);
  begin(saved({part(1)}));
  asked();
  respond(answer(200, listed({part(1)}, "2")));
  asked();
  respond(answer(200, listed({part(1)}, "2")));
  EXPECT_TRUE(ended(OutcomeKind::retry_later));
}

TEST_F(S3MultipartTest, LostAnswerToCompleteIsFoundByAsking) {
  make_object(2 * kPart);
  begin(saved({part(1), part(2)}));
  asked();
  respond(error(404, "NoSuchUpload"));
  EXPECT_EQ(asked(), "HEAD");
  respond(stored_object());
  ASSERT_TRUE(ended(OutcomeKind::confirmed));
  EXPECT_TRUE(upload_->outcome().was_there);
}

TEST_F(S3MultipartTest, UploadThatIsGoneBeginsAgain) {
  make_object(2 * kPart);
  begin(saved({part(1)}));
  asked();
  respond(error(404, "NoSuchUpload"));
  EXPECT_EQ(asked(), "HEAD");
  respond(answer(404));
  EXPECT_TRUE(upload_->session().empty());
  EXPECT_EQ(asked(), "POST uploads=");
  respond(answer(200, created("U")));
  send_part(1);
}

TEST_F(S3MultipartTest, ForeignObjectIsAConflictAndThePartsAreGivenUp) {
  make_object(2 * kPart);
  begin(saved({part(1), part(2)}));
  asked();
  respond(answer(200, listed({part(1), part(2)})));
  expect_completion();
  respond(error(412, "PreconditionFailed"));
  EXPECT_EQ(asked(), "HEAD");
  respond(answer(200, {}, {{"content-length", "2000"}, {"etag", "x"}}));
  EXPECT_EQ(asked(), "DELETE uploadId=U");
  respond(answer(204));
  EXPECT_TRUE(ended(OutcomeKind::conflict));
  EXPECT_TRUE(upload_->session().empty());
}

TEST_F(S3MultipartTest, UploadThatCouldNotBeGivenUpStaysInTheJournal) {
  make_object(2 * kPart);
  begin(saved({part(1), part(2)}));
  asked();
  respond(answer(200, listed({part(1), part(2)})));
  expect_completion();
  respond(error(412, "PreconditionFailed"));
  asked();
  respond(stored_object());
  EXPECT_EQ(asked(), "DELETE uploadId=U");
  upload_->on_no_response({ErrorKind::transient, "reset"});
  ASSERT_TRUE(ended(OutcomeKind::confirmed));
  EXPECT_TRUE(upload_->outcome().was_there);
  EXPECT_EQ(upload_->session(), "1000 U");
}

TEST_F(S3MultipartTest, ErrorInAnAnswer200IsAnError) {
  make_object(2 * kPart);
  begin(saved({part(1), part(2)}));
  asked();
  respond(answer(200, listed({part(1), part(2)})));
  expect_completion();
  respond(answer(200, "\n \n<Error><Code>InternalError</Code><Message>try again</Message></Error>"));
  ASSERT_TRUE(ended(OutcomeKind::retry_later));
  EXPECT_NE(upload_->outcome().message.find("InternalError"), std::string::npos);
  EXPECT_EQ(upload_->session(), "1000 U");
}

TEST_F(S3MultipartTest, KeysThatExpireInAnAnswer200AreRefreshedOnce) {
  make_object(2 * kPart);
  begin(saved({part(1), part(2)}));
  asked();
  respond(answer(200, listed({part(1), part(2)})));
  expect_completion();
  respond(error(200, "ExpiredToken"));
  ASSERT_EQ(upload_->next().kind, Kind::refresh_credentials);
  upload_->on_credentials_refreshed();
  EXPECT_EQ(asked(), "POST uploadId=U");
  respond(error(200, "ExpiredToken"));
  EXPECT_TRUE(ended(OutcomeKind::refused));
}

TEST_F(S3MultipartTest, CutAnswerToCompleteIsAskedFor) {
  make_object(2 * kPart);
  begin(saved({part(1), part(2)}));
  asked();
  respond(answer(200, listed({part(1), part(2)})));
  expect_completion();
  respond(answer(200, "<CompleteMultipartUploadRes"));
  EXPECT_EQ(upload_->committed_bytes(), 2 * kPart);
  EXPECT_EQ(asked(), "GET max-parts=1000&part-number-marker=0&uploadId=U");
}

TEST_F(S3MultipartTest, ConflictingRequestOnCompleteNeedsANewUpload) {
  make_object(2 * kPart);
  begin(saved({part(1), part(2)}));
  asked();
  respond(answer(200, listed({part(1), part(2)})));
  expect_completion();
  respond(error(409, "ConditionalRequestConflict"));
  EXPECT_EQ(asked(), "DELETE uploadId=U");
  respond(answer(204));
  EXPECT_EQ(asked(), "POST uploads=");
}

TEST_F(S3MultipartTest, ConflictingRequestOnPutIsSentAgain) {
  make_object(10);
  begin();
  EXPECT_EQ(asked(), "PUT");
  respond(error(409, "ConditionalRequestConflict"));
  EXPECT_EQ(asked(), "PUT");
}

TEST_F(S3MultipartTest, PartsThatAreNotOursAnyMoreAreListedOnceThenGivenUp) {
  make_object(2 * kPart);
  begin(saved({part(1), part(2)}));
  asked();
  respond(answer(200, listed({part(1), part(2)})));
  expect_completion();
  respond(error(400, "InvalidPart"));
  asked();
  respond(answer(200, listed({part(2)})));
  send_part(1);
  EXPECT_EQ(asked(), "POST uploadId=U");
  respond(error(400, "InvalidPart"));
  EXPECT_EQ(asked(), "DELETE uploadId=U");
  respond(answer(204));
  EXPECT_EQ(asked(), "POST uploads=");
}

TEST_F(S3MultipartTest, DamageOnTheWayIsSentAgainAndDamageOnDiskIsCorrupt) {
  make_object(2 * kPart);
  begin();
  open_upload();
  request();
  respond(error(400, "BadDigest"));
  ASSERT_EQ(upload_->next().kind, Kind::verify_file);
  upload_->on_file_verified(true);
  send_part(1);
  request();
  respond(error(400, "XAmzContentSHA256Mismatch"));
  upload_->on_file_verified(false);
  EXPECT_EQ(asked(), "DELETE uploadId=U");
  respond(answer(204));
  EXPECT_TRUE(ended(OutcomeKind::corrupt));
}

TEST_F(S3MultipartTest, PartsOfAFileThatHasChangedNeverBecomeAnObject) {
  make_object(2 * kPart);
  auto rotten = part(1);
  rotten.crc32c ^= 1;
  begin(saved({rotten, part(2)}));
  asked();
  respond(answer(200, listed({rotten, part(2)})));
  ASSERT_EQ(upload_->next().kind, Kind::verify_file);
  upload_->on_file_verified(true);
  EXPECT_EQ(asked(), "DELETE uploadId=U");
  respond(answer(204));
  EXPECT_EQ(asked(), "POST uploads=");
}

TEST_F(S3MultipartTest, RottenSmallFileIsNotSent) {
  make_object(100);
  begin();
  content_[3] ^= 1;
  upload_->on_region_hashed(digests(upload_->next().region));
  ASSERT_EQ(upload_->next().kind, Kind::verify_file);
  upload_->on_file_verified(false);
  EXPECT_TRUE(ended(OutcomeKind::corrupt));
}

TEST_F(S3MultipartTest, CredentialsAreRefreshedOnceThenRefused) {
  for (const char* code : {"ExpiredToken", "InvalidAccessKeyId", "SignatureDoesNotMatch", "RequestTimeTooSkewed"}) {
    make_object(10);
    begin();
    request();
    respond(error(403, code));
    ASSERT_EQ(upload_->next().kind, Kind::refresh_credentials) << code;
    upload_->on_credentials_refreshed();
    EXPECT_EQ(asked(), "PUT");
    respond(error(403, code));
    ASSERT_TRUE(ended(OutcomeKind::refused)) << code;
    EXPECT_NE(upload_->outcome().message.find(code), std::string::npos);
  }
}

TEST_F(S3MultipartTest, ForbiddenAnswerToHeadIsSignedAnewOnce) {
  make_object(10);
  begin();
  request();
  respond(error(412, "PreconditionFailed"));
  EXPECT_EQ(asked(), "HEAD");
  respond(answer(403));
  ASSERT_EQ(upload_->next().kind, Kind::refresh_credentials);
  upload_->on_credentials_refreshed();
  EXPECT_EQ(asked(), "HEAD");
  respond(HttpResponse{403, {}, ""});
  EXPECT_TRUE(ended(OutcomeKind::refused));  // says nothing about the object: who answered is not S3
}

TEST_F(S3MultipartTest, KeysThatMayOnlyWriteParkWhatIsThereAlreadyAndDoNotKeepTheOthersBack) {
  for (const std::size_t size : {std::size_t{10}, std::size_t{2 * kPart}}) {
    make_object(size);
    begin();
    if (size > kPart) {
      open_upload();
      for (int number = 1; number <= 2; ++number) send_part(number);
      EXPECT_EQ(asked(), "HEAD");
      respond(answer(403));
    }
    request();
    respond(error(412, "PreconditionFailed"));  // perhaps we ourselves, with an answer that was lost
    EXPECT_EQ(asked(), "HEAD");
    respond(answer(403));
    ASSERT_EQ(upload_->next().kind, Kind::refresh_credentials);
    upload_->on_credentials_refreshed();
    EXPECT_EQ(asked(), "HEAD");
    respond(answer(403));
    if (size > kPart) {
      EXPECT_EQ(asked(), "DELETE uploadId=U");
      respond(answer(204));
    }
    EXPECT_TRUE(ended(OutcomeKind::conflict));
    EXPECT_NE(upload_->outcome().message.find("s3:GetObject"), std::string::npos);
  }
}

struct Reaction {
  int status;
  const char* code;
  OutcomeKind kind;
};

TEST_F(S3MultipartTest, ErrorsOfPutEndAsTheyShould) {
  const Reaction reactions[] = {
      {503, "SlowDown", OutcomeKind::retry_later},         {500, "InternalError", OutcomeKind::retry_later},
      {400, "RequestTimeout", OutcomeKind::retry_later},   {400, "IncompleteBody", OutcomeKind::retry_later},
      {404, "NoSuchBucket", OutcomeKind::refused},         {403, "AccessDenied", OutcomeKind::refused},
      {301, "PermanentRedirect", OutcomeKind::refused},    {501, "NotImplemented", OutcomeKind::refused},
      {400, "EntityTooLarge", OutcomeKind::permanent},     {400, "KeyTooLongError", OutcomeKind::permanent},
      {429, "TooManyRequests", OutcomeKind::retry_later},  {400, "AuthorizationHeaderMalformed", OutcomeKind::refused},
      {409, "OperationAborted", OutcomeKind::retry_later},
  };
  for (const Reaction& reaction : reactions) {
    make_object(10);
    begin();
    request();
    respond(error(reaction.status, reaction.code));
    EXPECT_TRUE(ended(reaction.kind)) << reaction.code << " " << upload_->outcome().message;
  }
}

TEST_F(S3MultipartTest, WhatIsNotS3sIsTriedLater) {
  for (const HttpResponse& portal : {HttpResponse{200, {{"content-type", "text/html"}}, "<html>Welcome</html>"},
                                     HttpResponse{302, {{"location", "http://portal/"}}, ""},
                                     HttpResponse{403, {}, "<html>blocked</html>"}, HttpResponse{404, {}, ""}}) {
    make_object(10);
    begin();
    for (int i = 0; i < 20 && upload_->next().kind != Kind::ended; ++i) {
      request();
      respond(portal);
    }
    EXPECT_TRUE(ended(OutcomeKind::retry_later)) << portal.status;
    make_object(3 * kPart);
    begin();
    request();
    respond(portal);
    if (portal.status == 403 || portal.status == 404) {  // to HEAD; what creates will tell
      EXPECT_EQ(asked(), "POST uploads=");
      respond(portal);
    }
    EXPECT_TRUE(ended(OutcomeKind::retry_later)) << portal.status;
  }
}

TEST_F(S3MultipartTest, RetryAfterIsPassedOn) {
  make_object(10);
  begin();
  request();
  auto slow = error(503, "SlowDown");
  slow.headers.push_back({"retry-after", "7"});
  respond(slow);
  EXPECT_EQ(upload_->outcome().retry_after, Seconds{7});
}

TEST_F(S3MultipartTest, HeadFirstAsksBeforeSendingAndBeforeCompleting) {
  options_.create_only = CreateOnly::head_first;
  make_object(10);
  begin();
  EXPECT_EQ(asked(), "HEAD");
  respond(answer(404));
  for (const auto& h : request().headers) EXPECT_NE(h.name, "If-None-Match");
  make_object(2 * kPart);
  begin();
  open_upload();
  send_part(1);
  send_part(2);
  expect_completion();
  for (const auto& h : request().headers) EXPECT_NE(h.name, "If-None-Match");
}

TEST_F(S3MultipartTest, TooSmallPartsArePermanentAndGivenUp) {
  make_object(2 * kPart);
  begin(saved({part(1), part(2)}));
  asked();
  respond(answer(200, listed({part(1), part(2)})));
  expect_completion();
  respond(error(400, "EntityTooSmall"));
  EXPECT_EQ(asked(), "DELETE uploadId=U");
  respond(answer(204));
  EXPECT_TRUE(ended(OutcomeKind::permanent));
}

TEST_F(S3MultipartTest, PartsGrowWithTheObject) {
  EXPECT_EQ(s3_part_bytes(100, 8U << 20), 8U << 20);
  EXPECT_EQ(s3_part_bytes(std::uint64_t{80'000} << 20, 8U << 20), 8U << 20);
  const std::uint64_t large = (std::uint64_t{80'000} << 20) + 1;
  EXPECT_EQ(s3_part_bytes(large, 8U << 20), 9U << 20);
  for (const std::uint64_t size : {large, kS3LargestObjectBytes}) {
    const std::uint64_t part_bytes = s3_part_bytes(size, 8U << 20);
    EXPECT_LE((size + part_bytes - 1) / part_bytes, kS3MostParts);
    EXPECT_LE(part_bytes, kS3LargestPartBytes);
  }
  make_object(10);
  object_.size_bytes = kS3LargestObjectBytes + 1;
  begin();
  EXPECT_TRUE(ended(OutcomeKind::permanent));
}

TEST_F(S3MultipartTest, SessionThatIsNoneOfOursIsLeftAlone) {
  make_object(2 * kPart);
  for (const char* text : {"https://other/session", "x U", "0 U", "1000 ", ""}) {
    begin(SavedSession{text, kNow, 0, {}});
    EXPECT_TRUE(upload_->session().empty()) << text;
    EXPECT_EQ(asked(), "HEAD");
  }
}

TEST_F(S3MultipartTest, VirtualHostedAddressingPutsTheBucketIntoTheName) {
  EXPECT_EQ(s3_object_url({"https://s3.eu-central-1.amazonaws.com", "scenes", S3Addressing::virtual_hosted}, "a/b+c"),
            "https://scenes.s3.eu-central-1.amazonaws.com/a/b%2Bc");
}

}  // namespace
}  // namespace dl::uplink
