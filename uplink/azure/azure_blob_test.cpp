#include "uplink/azure/azure_blob.h"

#include <set>

#include <gtest/gtest.h>

#include "core/crc.h"
#include "core/sha256.h"
#include "uplink/http/http_url.h"
#include "uplink/http/xml_reader.h"

namespace dl::uplink {
namespace {

using Kind = UploadAction::Kind;

constexpr std::uint64_t kBlock = 1000;
const AzureLocation kLocation{"https://account.blob.core.windows.net", "scenes"};
const UtcTime kNow = parse_utc("2026-05-12T12:00:00Z").value();

HttpResponse answer(int status, std::string body = {}, std::vector<HttpHeader> headers = {}) {
  headers.push_back({"x-ms-request-id", "1"});
  return {status, std::move(headers), std::move(body)};
}

HttpResponse error(int status, const std::string& code) {
  return answer(status,
                "<?xml version=\"1.0\"?><Error><Code>" + code + "</Code><Message>m\nRequestId:1</Message></Error>",
                {{"x-ms-error-code", code}});
}

class AzureBlobTest : public ::testing::Test {
 protected:
  void make_object(std::size_t size) {
    content_.resize(size);
    for (std::size_t i = 0; i < size; ++i) content_[i] = static_cast<char>(i * 7 + i / 256);
    object_ = {"scenes", "a/b c.tif", "image/tiff", size, crc32c(as_bytes(content_)), sha256_hex(as_bytes(content_))};
  }
  void begin(std::optional<SavedSession> saved = std::nullopt) {
    options_.block_bytes = kBlock;
    upload_ = std::make_unique<AzureBlobUpload>(object_, kLocation, std::move(saved), options_);
  }
  RegionDigests digests(const FileRegion& region) const {
    const auto piece = as_bytes(content_).subspan(region.offset, region.size_bytes);
    return {crc32c(piece), {}, sha256(piece)};
  }
  HttpRequest request() {
    while (upload_->next().kind == Kind::hash_region) upload_->on_region_hashed(digests(upload_->next().region));
    EXPECT_EQ(upload_->next().kind, Kind::request) << upload_->outcome().message;
    return upload_->next().request;
  }
  // "METHOD comp" of the next request.
  std::string asked() {
    const HttpRequest made = request();
    const auto parameters = query_parameters(split_url(made.url).query);
    return made.method + (parameters.empty() ? "" : " " + parameters[0].value);
  }
  void respond(const HttpResponse& response) { upload_->on_response(response, kNow); }
  std::string block_id(std::uint32_t number) const {
    const std::uint64_t offset = (number - 1) * kBlock;
    return azure_block_id(object_, number,
                          digests({offset, std::min<std::uint64_t>(kBlock, content_.size() - offset)}).crc32c);
  }
  void send_block(std::uint32_t number) {
    const HttpRequest put = request();
    EXPECT_NE(put.url.find("comp=block&blockid=" + percent_encode(block_id(number))), std::string::npos) << put.url;
    respond(answer(201));
  }
  void open_upload(const std::string& blocks = {}) {
    EXPECT_EQ(asked(), "HEAD");
    respond(answer(404, {}, {{"x-ms-error-code", "BlobNotFound"}}));
    EXPECT_EQ(asked(), "GET blocklist");
    respond(blocks.empty() ? error(404, "BlobNotFound") : answer(200, blocks));
  }
  static std::string listed(const std::vector<std::pair<std::string, std::uint64_t>>& blocks) {
    std::string text = "<BlockList><CommittedBlocks/><UncommittedBlocks>";
    for (const auto& [id, size] : blocks) {
      text += "<Block><Name>" + id + "</Name><Size>" + std::to_string(size) + "</Size></Block>";
    }
    return text + "</UncommittedBlocks></BlockList>";
  }
  HttpResponse stored_blob() const {
    return answer(200, {},
                  {{"content-length", std::to_string(content_.size())},
                   {"etag", "\"0x1\""},
                   {"x-ms-meta-sha256", object_.sha256}});
  }
  bool ended(OutcomeKind kind) const { return upload_->next().kind == Kind::ended && upload_->outcome().kind == kind; }

  std::string content_;
  UploadObject object_;
  AzureUploadOptions options_;
  std::unique_ptr<AzureBlobUpload> upload_;
};

TEST_F(AzureBlobTest, SmallObjectIsOneRequestThatDeclaresEverything) {
  make_object(kBlock);
  begin();
  const HttpRequest put = request();
  EXPECT_EQ(put.url, "https://account.blob.core.windows.net/scenes/a/b%20c.tif");
  std::map<std::string, std::string> headers;
  for (const auto& h : put.headers) headers[h.name] = h.value;
  EXPECT_EQ(headers["If-None-Match"], "*");
  EXPECT_EQ(headers["x-ms-blob-type"], "BlockBlob");
  EXPECT_EQ(headers["x-ms-blob-content-type"], "image/tiff");
  EXPECT_EQ(headers["x-ms-meta-sha256"], object_.sha256);
  EXPECT_EQ(headers["Content-MD5"].size(), 24U);
  respond(answer(201, {}, {{"etag", "\"0x8D\""}}));
  ASSERT_TRUE(ended(OutcomeKind::confirmed));
  EXPECT_EQ(upload_->outcome().generation, "0x8D");
}

TEST_F(AzureBlobTest, EmptyObjectIsOneRequestWithoutABody) {
  make_object(0);
  begin();
  EXPECT_EQ(asked(), "PUT");
  EXPECT_FALSE(upload_->next().body);
  respond(answer(201, {}, {{"etag", "\"0x8D\""}}));
  EXPECT_TRUE(ended(OutcomeKind::confirmed));
}

TEST_F(AzureBlobTest, LargeObjectGoesInBlocksAndIsComparedAtTheEnd) {
  make_object(2 * kBlock + 1);
  begin();
  open_upload();
  EXPECT_EQ(upload_->session(), "block-size=1000");
  for (std::uint32_t i = 1; i <= 3; ++i) send_block(i);
  EXPECT_EQ(upload_->committed_bytes(), content_.size());
  const HttpRequest commit = request();
  const auto list = parse_xml(commit.body).value();
  ASSERT_EQ(list.children.size(), 3U);
  EXPECT_EQ(list.children[2].name, "Uncommitted");
  EXPECT_EQ(list.children[2].text, block_id(3));
  respond(answer(201));
  EXPECT_EQ(asked(), "HEAD");
  respond(stored_blob());
  ASSERT_TRUE(ended(OutcomeKind::confirmed));
  EXPECT_FALSE(upload_->outcome().was_there);
}

TEST_F(AzureBlobTest, ResumeTakesTheBlocksOfThisObjectOnly) {
  make_object(4 * kBlock);
  begin(SavedSession{"block-size=1000", kNow, 1500, {}});
  EXPECT_EQ(upload_->committed_bytes(), 1500U);
  UploadObject other = object_;
  other.sha256 = std::string(64, 'a');
  open_upload(listed({{block_id(1), 1000},
                      {block_id(2), 999},
                      {azure_block_id(other, 3, 1), 1000},
                      {"bm90IG91cnM=", 1000},
                      {azure_block_id(object_, 77, 1), 1000}}));
  EXPECT_EQ(upload_->committed_bytes(), 1000U);
  for (std::uint32_t i = 2; i <= 4; ++i) send_block(i);
  EXPECT_EQ(asked(), "PUT blocklist");
}

TEST_F(AzureBlobTest, ResumeKeepsTheBlockSizeItBeganWith) {
  make_object(3 * kBlock);
  begin(SavedSession{"block-size=1500", kNow, 0, {}});
  open_upload();
  EXPECT_EQ(upload_->next().region.size_bytes, 1500U);
}

TEST_F(AzureBlobTest, LostAnswerToTheCommitIsFoundByAsking) {
  make_object(2 * kBlock);
  begin(SavedSession{"block-size=1000", kNow, 2000, {}});
  EXPECT_EQ(asked(), "HEAD");
  respond(stored_blob());
  ASSERT_TRUE(ended(OutcomeKind::confirmed));
  EXPECT_TRUE(upload_->outcome().was_there);
}

TEST_F(AzureBlobTest, BlobInTheWayIsComparedOnPutAndOnCommit) {
  make_object(10);
  begin();
  request();
  respond(error(409, "BlobAlreadyExists"));
  EXPECT_EQ(asked(), "HEAD");
  respond(answer(200, {}, {{"content-length", "10"}, {"etag", "x"}}));
  EXPECT_TRUE(ended(OutcomeKind::conflict));
  make_object(2 * kBlock);
  begin();
  open_upload(listed({{block_id(1), 1000}, {block_id(2), 1000}}));
  EXPECT_EQ(asked(), "PUT blocklist");
  respond(error(409, "BlobAlreadyExists"));
  EXPECT_EQ(asked(), "HEAD");
  respond(stored_blob());
  EXPECT_TRUE(ended(OutcomeKind::confirmed));
}

TEST_F(AzureBlobTest, BlocksThatAreGoneAreListedOnceThenAllSentAgain) {
  make_object(2 * kBlock);
  begin();
  const std::string both = listed({{block_id(1), 1000}, {block_id(2), 1000}});
  open_upload(both);
  request();
  respond(error(400, "InvalidBlockList"));
  EXPECT_EQ(asked(), "GET blocklist");
  respond(answer(200, both));
  EXPECT_EQ(asked(), "PUT blocklist");
  respond(error(400, "InvalidBlockList"));
  send_block(1);
  send_block(2);
  EXPECT_EQ(asked(), "PUT blocklist");
}

TEST_F(AzureBlobTest, ServerThatNeverKnowsItsBlocksIsTriedLater) {
  make_object(2 * kBlock);
  begin();
  open_upload();
  for (int steps = 0; upload_->next().kind != Kind::ended; ++steps) {
    ASSERT_LT(steps, 100);
    const std::string what = asked();
    if (what == "PUT blocklist") {
      respond(error(400, "InvalidBlockList"));
    } else {
      respond(what == "GET blocklist" ? answer(200, listed({})) : answer(201));
    }
  }
  EXPECT_TRUE(ended(OutcomeKind::retry_later)) << upload_->outcome().message;
}

TEST_F(AzureBlobTest, BlocksOfAFileThatHasChangedNeverBecomeABlob) {
  make_object(2 * kBlock);
  begin();
  open_upload(listed({{azure_block_id(object_, 1, 1234), 1000}, {block_id(2), 1000}}));
  ASSERT_EQ(upload_->next().kind, Kind::verify_file);
  upload_->on_file_verified(true);
  send_block(1);
}

TEST_F(AzureBlobTest, DamageOnTheWayIsSentAgainAndDamageOnDiskIsCorrupt) {
  make_object(2 * kBlock);
  begin();
  open_upload();
  request();
  respond(error(400, "Md5Mismatch"));
  ASSERT_EQ(upload_->next().kind, Kind::verify_file);
  upload_->on_file_verified(true);
  send_block(1);
  request();
  respond(error(400, "Md5Mismatch"));
  upload_->on_file_verified(false);
  EXPECT_TRUE(ended(OutcomeKind::corrupt));
}

TEST_F(AzureBlobTest, DigestThatIsRefusedInOtherWordsIsSentAgainToo) {
  make_object(10);
  begin();
  request();
  respond(
      answer(400, "<Error><Code>InvalidOperation</Code><Message>Provided contentMD5 doesn't match.</Message></Error>"));
  EXPECT_EQ(upload_->next().kind, Kind::verify_file);
}

TEST_F(AzureBlobTest, WrongKeyOrClockIsSignedAnewOnceThenRefused) {
  make_object(10);
  begin();
  request();
  respond(error(403, "AuthenticationFailed"));
  ASSERT_EQ(upload_->next().kind, Kind::refresh_credentials);
  upload_->on_credentials_refreshed();
  request();
  respond(error(403, "AuthenticationFailed"));
  EXPECT_TRUE(ended(OutcomeKind::refused));
}

TEST_F(AzureBlobTest, KeysThatMayOnlyWriteParkWhatIsThereAlreadyAndDoNotKeepTheOthersBack) {
  make_object(10);
  begin();
  request();
  respond(error(409, "BlobAlreadyExists"));  // perhaps we ourselves, with an answer that was lost
  EXPECT_EQ(request().method, "HEAD");
  respond(error(403, "AuthorizationPermissionMismatch"));
  EXPECT_TRUE(ended(OutcomeKind::conflict));
}

TEST_F(AzureBlobTest, ErrorsEndAsTheyShould) {
  const std::tuple<int, const char*, OutcomeKind> reactions[] = {
      {503, "ServerBusy", OutcomeKind::retry_later},
      {500, "OperationTimedOut", OutcomeKind::retry_later},
      {404, "ContainerNotFound", OutcomeKind::refused},
      {403, "AuthorizationPermissionMismatch", OutcomeKind::refused},
      {409, "ContainerBeingDeleted", OutcomeKind::refused},
      {413, "RequestBodyTooLarge", OutcomeKind::permanent},
      {400, "InvalidBlobOrBlock", OutcomeKind::permanent},
  };
  for (const auto& [status, code, kind] : reactions) {
    make_object(10);
    begin();
    request();
    respond(error(status, code));
    EXPECT_TRUE(ended(kind)) << code << " " << upload_->outcome().message;
    EXPECT_EQ(upload_->outcome().message.find("RequestId"), std::string::npos);
  }
}

TEST_F(AzureBlobTest, WhatIsNotAzuresIsTriedLater) {
  for (const HttpResponse& portal : {HttpResponse{200, {{"etag", "\"x\""}, {"content-length", "10"}}, "<html></html>"},
                                     HttpResponse{302, {}, ""}, HttpResponse{403, {}, "<html>no</html>"}}) {
    for (const std::size_t size : {std::size_t{10}, std::size_t{3 * kBlock}}) {
      make_object(size);
      begin();
      request();
      respond(portal);
      EXPECT_TRUE(ended(OutcomeKind::retry_later)) << portal.status;
    }
  }
}

TEST_F(AzureBlobTest, BlockNamesHaveOneLengthAndBlocksGrowWithTheObject) {
  make_object(1);
  std::set<std::size_t> lengths;
  for (const std::uint32_t number : {1U, 9U, 8000U}) lengths.insert(azure_block_id(object_, number, number).size());
  object_.sha256.clear();
  lengths.insert(azure_block_id(object_, 1, 0xFFFFFFFFU).size());
  EXPECT_EQ(lengths.size(), 1U);
  EXPECT_LE(*lengths.begin(), 64U);
  EXPECT_EQ(azure_block_bytes(100, 8U << 20), 8U << 20);
  const std::uint64_t large = std::uint64_t{1} << 40;
  EXPECT_LE((large + azure_block_bytes(large, 1U << 20) - 1) / azure_block_bytes(large, 1U << 20), kAzureMostBlocks);
  // The list of all blocks fits into the answer that the transport takes.
  const std::pair<std::string, std::uint64_t> largest{azure_block_id(object_, 1, 1), kAzureLargestBlockBytes};
  const std::size_t per_block = listed({largest, largest}).size() - listed({largest}).size();
  EXPECT_LT(kAzureMostBlocks * per_block, HttpOptions{}.response_limit_bytes);
}

}  // namespace
}  // namespace dl::uplink
