// S3 and Azure against servers that answer anything at all: every attempt ends, says why, and keeps
// no more than the object has.
#include <memory>
#include <random>

#include <gtest/gtest.h>

#include "core/crc.h"
#include "core/sha256.h"
#include "uplink/azure/azure_blob.h"
#include "uplink/s3/s3_multipart.h"

namespace dl::uplink {
namespace {

using Kind = UploadAction::Kind;

constexpr std::size_t kPart = 100;
constexpr unsigned kMostSteps = 20'000;
const UtcTime kNow = parse_utc("2026-05-12T12:00:00Z").value();

std::string error(const std::string& code) {
  return "<Error><Code>" + code + "</Code><Message>m</Message></Error>";
}

class AnyAnswer : public ::testing::TestWithParam<const char*> {
 protected:
  std::unique_ptr<UploadProtocol> make(bool saved) {
    std::optional<SavedSession> session;
    const bool s3 = std::string(GetParam()) == "s3";
    if (saved) session = SavedSession{s3 ? "100 U" : "block-size=100", kNow, 100, {{1, 100, "t", 1}, {2, 100, "t", 2}}};
    if (!s3)
      return std::make_unique<AzureBlobUpload>(object_, AzureLocation{"https://a", "c"}, session,
                                               AzureUploadOptions{kPart, 10, 3});
    S3UploadOptions options;
    options.part_bytes = kPart;
    return std::make_unique<S3Multipart>(object_, S3Location{"https://s3", "b", S3Addressing::path}, session, options);
  }
  template <class T>
  const T& one_of(const std::vector<T>& choices) {
    return choices[std::uniform_int_distribution<std::size_t>(0, choices.size() - 1)(random_)];
  }
  HttpResponse answer() {
    static const std::vector<int> kStatuses{200, 200, 200, 201, 204, 301, 400, 403, 404, 409, 412, 501, 503};
    static const std::vector<std::string> kBodies{
        "",
        "<html>",
        "<a>",
        error("NoSuchUpload"),
        error("InvalidPart"),
        error("PreconditionFailed"),
        error("ConditionalRequestConflict"),
        error("ExpiredToken"),
        error("BadDigest"),
        error("NoSuchBucket"),
        error("InvalidBlockList"),
        error("BlobAlreadyExists"),
        error("AuthenticationFailed"),
        error("Md5Mismatch"),
        "<InitiateMultipartUploadResult><UploadId>U</UploadId></InitiateMultipartUploadResult>",
        "<InitiateMultipartUploadResult><UploadId>U</UploadId></InitiateMultipartUploadResult>",
        "<ListPartsResult><IsTruncated>false</IsTruncated><Part><PartNumber>1</PartNumber><Size>100</Size>"
        "<ETag>t</ETag></Part></ListPartsResult>",
        "<ListPartsResult><IsTruncated>true</IsTruncated><NextPartNumberMarker>7</NextPartNumberMarker></"
        "ListPartsResult>",
        "<CompleteMultipartUploadResult><ETag>x</ETag></CompleteMultipartUploadResult>",
        "<BlockList><UncommittedBlocks><Block><Name>x</Name><Size>1</Size></Block></UncommittedBlocks></BlockList>"};
    HttpResponse made{one_of(kStatuses), {{"etag", "\"t\""}}, one_of(kBodies)};
    if (one_of<int>({0, 1, 1, 1}) == 1) made.headers.push_back({"x-amz-request-id", "1"});
    if (one_of<int>({0, 1, 1, 1}) == 1) made.headers.push_back({"x-ms-request-id", "1"});
    if (one_of<int>({0, 0, 0, 1}) == 1) {
      made.headers.push_back({"content-length", std::to_string(object_.size_bytes)});
      made.headers.push_back({"x-amz-meta-sha256", object_.sha256});
      made.headers.push_back({"x-ms-meta-sha256", object_.sha256});
    }
    return made;
  }
  void step(UploadProtocol& upload, const UploadAction& action) {
    const auto region = as_bytes(content_).subspan(action.region.offset, action.region.size_bytes);
    switch (action.kind) {
      case Kind::hash_region:
        return upload.on_region_hashed({crc32c(region), {}, sha256(region)});
      case Kind::verify_file:
        return upload.on_file_verified(one_of<int>({0, 1, 1, 1}) == 1);
      case Kind::refresh_credentials:
        return upload.on_credentials_refreshed();
      default:
        // Mostly nothing moves for ever; now and then nobody answers.
        if (one_of<int>({0, 1, 1, 1, 1, 1, 1, 1}) == 0) {
          return upload.on_no_response({one_of<ErrorKind>({ErrorKind::transient, ErrorKind::cancelled}), "silence"});
        }
        upload.on_response(answer(), kNow);
    }
  }

  std::mt19937 random_{1};
  std::string content_ = std::string(450, 'x');
  UploadObject object_{"b", "n", "", 450, crc32c(as_bytes(content_)), sha256_hex(as_bytes(content_))};
};

TEST_P(AnyAnswer, EveryAttemptEndsAndSaysWhy) {
  unsigned confirmed = 0;
  for (unsigned seed = 0; seed < 5'000; ++seed) {
    random_.seed(seed);
    const auto upload = make(seed % 2 == 0);
    unsigned steps = 0;
    while (upload->next().kind != Kind::ended && steps < kMostSteps) {
      step(*upload, upload->next());
      ++steps;
      ASSERT_LE(upload->committed_bytes(), object_.size_bytes) << "seed " << seed;
    }
    ASSERT_LT(steps, kMostSteps) << "seed " << seed << " does not end";
    if (upload->outcome().kind == OutcomeKind::confirmed) {
      ++confirmed;
      ASSERT_FALSE(upload->outcome().generation.empty()) << "seed " << seed;
    } else {
      ASSERT_FALSE(upload->outcome().message.empty()) << "seed " << seed;
    }
  }
  EXPECT_GT(confirmed, 0U);
}

// What a server that always says the same would keep us busy with.
TEST_P(AnyAnswer, ServerThatRepeatsItselfIsLeft) {
  for (unsigned seed = 0; seed < 2'000; ++seed) {
    random_.seed(seed);
    const HttpResponse first = answer();
    const HttpResponse second = answer();
    const auto upload = make(seed % 2 == 0);
    unsigned steps = 0;
    for (; upload->next().kind != Kind::ended && steps < kMostSteps; ++steps) {
      const UploadAction action = upload->next();
      if (action.kind == Kind::request) {
        upload->on_response(steps % 2 == 0 ? first : second, kNow);
      } else if (action.kind == Kind::verify_file) {
        upload->on_file_verified(true);
      } else {
        step(*upload, action);
      }
    }
    ASSERT_LT(steps, kMostSteps) << "seed " << seed << " does not end";
  }
}

INSTANTIATE_TEST_SUITE_P(Protocols, AnyAnswer, ::testing::Values("s3", "azure"),
                         [](const auto& suite) { return std::string(suite.param); });

}  // namespace
}  // namespace dl::uplink
