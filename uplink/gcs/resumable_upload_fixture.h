// An upload at any of its steps, and the answers that a server gives, for the tests of ResumableUpload.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "core/crc.h"
#include "uplink/gcs/resumable_upload.h"

namespace dl::uplink::testing {

inline constexpr std::uint64_t kQuantum = kChunkQuantumBytes;
inline constexpr std::uint64_t kTotal = 10 * kQuantum + 77;
inline const UtcTime kNow = parse_utc("2026-05-12T12:00:00Z").value();
inline const std::string kEndpoint = "https://storage.googleapis.com";
inline const std::string kSession = kEndpoint + "/upload/storage/v1/b/scenes/o?upload_id=SECRET";

inline UploadObject object(std::uint64_t size_bytes = kTotal) {
  return {"scenes", "metop-b/item.json", "application/geo+json", size_bytes, 0x12345678, "abcd"};
}

inline ResumableOptions options() {
  ResumableOptions made;
  made.chunk_bytes = 4 * kQuantum;
  return made;
}

inline HttpResponse answer(int status, std::vector<HttpHeader> headers = {}, std::string body = {}) {
  return {status, std::move(headers), std::move(body)};
}
inline HttpResponse persisted(std::uint64_t bytes) {
  return answer(308, {{"range", "bytes=0-" + std::to_string(bytes - 1)}});
}
inline HttpResponse nothing_said() {
  return answer(308);
}

inline std::string resource(std::uint64_t size, std::uint32_t crc, const std::string& sha256 = "abcd") {
  return R"({"kind":"storage#object","generation":"1778587200123456","size":")" + std::to_string(size) +
         R"(","crc32c":")" + crc32c_base64(crc) + R"(","metadata":{"sha256":")" + sha256 + R"("}})";
}
inline HttpResponse complete() {
  return answer(200, {}, resource(kTotal, 0x12345678));
}
inline HttpResponse error(int status, const std::string& message, const std::string& reason = "") {
  return answer(status, {},
                R"({"error":{"code":)" + std::to_string(status) + R"(,"message":")" + message +
                    R"(","errors":[{"reason":")" + reason + R"("}]}})");
}

inline std::uint64_t offset(const ResumableUpload& upload) {
  return upload.next().body.value().offset;
}
inline std::uint64_t size_bytes(const ResumableUpload& upload) {
  return upload.next().body.value().size_bytes;
}

class ResumableUploadTest : public ::testing::Test {
 protected:
  // An upload whose session is open and which has sent nothing yet.
  static ResumableUpload opened() {
    ResumableUpload upload(kEndpoint, object(), std::nullopt, options(), kNow);
    upload.on_response(answer(200, {{"location", kSession}}), kNow);
    return upload;
  }
  static ResumableUpload saved(std::uint64_t committed, UtcTime created_at = kNow) {
    return {kEndpoint, object(), SavedSession{kSession, created_at, committed, {}}, options(), kNow};
  }
  // One whose next request is of that step.
  static ResumableUpload at_step(UploadStep step) {
    if (step == UploadStep::initiate) return {kEndpoint, object(), std::nullopt, options(), kNow};
    if (step == UploadStep::query) return saved(kQuantum);
    auto upload = at_last_chunk();
    if (step == UploadStep::finish) upload.on_response(persisted(kTotal), kNow);
    if (step == UploadStep::fetch_metadata) upload.on_response(error(412, "conditionNotMet"), kNow);
    if (step == UploadStep::delete_object) upload.on_response(answer(200, {}, resource(kTotal, 1)), kNow);
    return upload;
  }
  // One that has sent all and waits for the answer to the last chunk.
  static ResumableUpload at_last_chunk() {
    auto upload = opened();
    upload.on_response(persisted(8 * kQuantum), kNow);
    return upload;
  }
};

}  // namespace dl::uplink::testing
