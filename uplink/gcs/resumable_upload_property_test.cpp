// Any sequence of troubles, at the server, on the way and in our own process, and then none: what is called confirmed
// is there with exactly our bytes, what is given up has a reason, and everything ends. DOWNLINKD_TEST_SEED repeats one
// seed.
#include <cstdlib>

#include <gtest/gtest.h>

#include "uplink/gcs/gcs_server_model.h"
#include "uplink/gcs/resumable_upload.h"

namespace dl::uplink {
namespace {

using testing::GcsServerModel;
using testing::Trouble;

const UtcTime kStart = parse_utc("2026-05-12T12:00:00Z").value();
constexpr int kMostRequestsOfAnAttempt = 200;

class Life {
 public:
  explicit Life(std::uint64_t seed)
      : random_(seed), object_(any_object()), server_(object_, random_), trouble_per_cent_(below(101)) {
    options_.chunk_bytes = kChunkQuantumBytes * (1 + below(4));
    file_rots_ = below(20) == 0;
    server_.may_delete = below(4) != 0;
  }

  // Ends with the reason of a failure, empty when all is well.
  std::string live() {
    for (std::uint64_t attempts = below(12); attempts > 0 && !ended_; --attempts) {
      if (const std::string problem = attempt(); !problem.empty()) return problem;
    }
    // From here on nothing goes wrong any more.
    trouble_per_cent_ = 0;
    const int requests_before = requests_;
    for (int attempts = 0; !ended_ && attempts < 6; ++attempts) {
      if (const std::string problem = attempt(); !problem.empty()) return problem;
    }
    if (!ended_) return "no end although the server is healthy: " + outcome_.message;
    const auto chunks = static_cast<int>(object_.size_bytes / options_.chunk_bytes);
    if (requests_ - requests_before > 3 * chunks + 30) return "too many requests to a healthy server";
    return {};
  }

 private:
  std::uint64_t below(std::uint64_t bound) {
    return std::uniform_int_distribution<std::uint64_t>(0, bound - 1)(random_);
  }
  UploadObject any_object() {
    const std::uint64_t size = below(5) == 0 ? below(3) : below(12 * kChunkQuantumBytes);
    return {"scenes", "s1/band-4.tif", "image/tiff", size, static_cast<std::uint32_t>(below(UINT32_MAX)), {}};
  }
  Trouble any_trouble() {
    if (below(100) >= trouble_per_cent_) return Trouble::none;
    if (lasting_trouble_) return *lasting_trouble_;
    return static_cast<Trouble>(below(testing::kTroubles));
  }

  std::string attempt() {
    lasting_trouble_.reset();
    if (below(5) == 0) lasting_trouble_ = static_cast<Trouble>(below(testing::kTroubles));
    std::optional<SavedSession> saved;
    if (!session_.empty()) saved = SavedSession{session_, session_at_, committed_, {}};
    ResumableUpload upload("https://storage.googleapis.com", object_, saved, options_, now());
    write_down(upload);
    int requests = 0;
    for (UploadAction action = upload.next(); action.kind != UploadAction::Kind::ended; action = upload.next()) {
      if (++requests > kMostRequestsOfAnAttempt) return "an attempt without an end";
      if (trouble_per_cent_ > 0 && below(200) == 0) return {};  // killed before the action
      happen();
      take(upload, action);
      if (!server_.violation.empty()) return server_.violation;
      if (trouble_per_cent_ > 0 && below(200) == 0) {  // killed before a word was written
        session_forgotten_ |= upload.session() != session_;
        return {};
      }
      write_down(upload);
    }
    outcome_ = upload.outcome();
    return judge();
  }

  // What others do meanwhile.
  void happen() {
    if (trouble_per_cent_ == 0) return;
    if (below(300) == 0) {
      server_.now_s += below(9 * 86400);
      session_forgotten_ = true;
    }
    if (below(300) == 0 && !server_.stored) server_.put(/*same_content=*/below(2) == 0);
    if (below(500) == 0 && server_.stored && !server_.stored->made_by_us) server_.stored.reset();
  }

  void take(ResumableUpload& upload, const UploadAction& action) {
    switch (action.kind) {
      case UploadAction::Kind::request: {
        ++requests_;
        const Trouble trouble = any_trouble();
        if (trouble == Trouble::damaged_at_rest) damaged_at_rest_ = true;
        const auto response = server_.exchange(action, trouble);
        return response ? upload.on_response(*response, now()) : upload.on_no_response(response.error());
      }
      case UploadAction::Kind::verify_file:
        return upload.on_file_verified(!file_rots_);
      case UploadAction::Kind::refresh_credentials:
        return upload.on_credentials_refreshed();
      default:
        FAIL() << "an action that this protocol does not have";
    }
  }

  void write_down(const ResumableUpload& upload) {
    if (upload.session() != session_) {
      session_ = upload.session();
      session_at_ = now();
    }
    committed_ = upload.committed_bytes();
  }

  std::string judge() {
    switch (outcome_.kind) {
      case OutcomeKind::confirmed:
        ended_ = true;
        if (!server_.has_ours()) return "confirmed, and the server does not have our bytes";
        return outcome_.generation == server_.stored->generation ? "" : "confirmed with another generation";
      case OutcomeKind::conflict:
        ended_ = true;
        if (!server_.stored || server_.has_ours()) return "a conflict with nothing: " + outcome_.message;
        // One of our own that was damaged is known as such by its session alone: when that is lost (expired, or never
        // written down), it is anybody's.
        return server_.stored->made_by_us && server_.may_delete && !session_forgotten_ && trouble_per_cent_ == 0
                   ? "damaged, and not deleted although we may"
                   : "";
      case OutcomeKind::corrupt:
        ended_ = true;
        return file_rots_ ? "" : "a sound file was called corrupt";
      case OutcomeKind::permanent:
        ended_ = true;
        return damaged_at_rest_ ? "" : "given up: " + outcome_.message;
      case OutcomeKind::refused:  // 401 twice
        return trouble_per_cent_ > 0 ? "" : "refused by a healthy server: " + outcome_.message;
      case OutcomeKind::retry_later:
        return outcome_.message.empty() ? "no word why" : "";
      case OutcomeKind::stopped:
        return "stopped by nobody";
    }
    return "no outcome";
  }

  [[nodiscard]] UtcTime now() const { return kStart + Seconds{server_.now_s}; }

  std::mt19937_64 random_;
  UploadObject object_;
  GcsServerModel server_;
  ResumableOptions options_;
  std::uint64_t trouble_per_cent_;
  std::optional<Trouble> lasting_trouble_;  // of this attempt: the same again and again
  bool file_rots_ = false;
  bool damaged_at_rest_ = false;
  bool session_forgotten_ = false;
  // The journal.
  std::string session_;
  UtcTime session_at_{};
  std::uint64_t committed_ = 0;

  int requests_ = 0;
  bool ended_ = false;
  Outcome outcome_;
};

TEST(ResumableUploadProperty, WhatIsConfirmedIsThereAndEverythingEnds) {
  const char* const one_seed = std::getenv("DOWNLINKD_TEST_SEED");
  const bool long_run = std::getenv("DOWNLINKD_TEST_LONG") != nullptr;
  const std::uint64_t first = one_seed != nullptr ? std::strtoull(one_seed, nullptr, 10) : 1;
  const std::uint64_t count = one_seed != nullptr ? 1 : long_run ? 1'000'000 : 20'000;
  for (std::uint64_t seed = first; seed < first + count; ++seed) {
    ASSERT_EQ(Life(seed).live(), "") << "DOWNLINKD_TEST_SEED=" << seed;
  }
}

}  // namespace
}  // namespace dl::uplink
