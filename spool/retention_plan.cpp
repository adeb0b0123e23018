#include <algorithm>
#include <cassert>

#include "spool/retention.h"

namespace dl::spool {

namespace {

constexpr const char* kQuota = "quota";
constexpr const char* kKeepFree = "keep_free";
constexpr const char* kAge = "age";

class Planner {
 public:
  Planner(const RetentionPolicy& policy, const SpoolContents& contents, UtcTime now) : now_(now) {
    plan_.used_bytes = contents.used_bytes;
    if (policy.quota_bytes && contents.used_bytes > *policy.quota_bytes) {
      over_quota_bytes_ = contents.used_bytes - *policy.quota_bytes;
    }
    if (contents.available_bytes < policy.keep_free_bytes) {
      over_free_bytes_ = policy.keep_free_bytes - contents.available_bytes;
    }
  }

  // `since`: from when its age counts.
  void consider(RetentionStep step, const std::string& id, std::uint64_t size_bytes, UtcTime since,
                Microseconds keep_at_least, const std::optional<Microseconds>& keep_for) {
    const Microseconds age = now_ - since;
    if (keep_for && age > *keep_for) return drop(step, id, size_bytes, kAge);
    // What is from the future was made before the clock was set back. How old it is nobody knows, and it must not fill
    // the disk until that time has come.
    if (std::chrono::abs(age) < keep_at_least) return;
    if (over_quota_bytes_ > 0) return drop(step, id, size_bytes, kQuota);
    if (over_free_bytes_ > 0) return drop(step, id, size_bytes, kKeepFree);
  }

  void consider_undelivered(RetentionStep step, const std::vector<SceneRow>& scenes) {
    for (const SceneRow& scene : scenes) {
      consider(step, scene.id, scene.size_bytes, scene.committed_at, Microseconds(0), std::nullopt);
    }
  }

  RetentionPlan finish() {
    plan_.missing_bytes = std::max(over_quota_bytes_, over_free_bytes_);
    return std::move(plan_);
  }

 private:
  void drop(RetentionStep step, const std::string& id, std::uint64_t size_bytes, const char* reason) {
    plan_.drops.push_back({step, id, size_bytes, reason});
    plan_.drop_bytes += size_bytes;
    over_quota_bytes_ -= std::min(over_quota_bytes_, size_bytes);
    over_free_bytes_ -= std::min(over_free_bytes_, size_bytes);
  }

  UtcTime now_;
  RetentionPlan plan_;
  std::uint64_t over_quota_bytes_ = 0;
  std::uint64_t over_free_bytes_ = 0;
};

}  // namespace

std::string_view to_string(RetentionStep step) {
  switch (step) {
    case RetentionStep::delivered_scene:
      return "delivered-scene";
    case RetentionStep::recording:
      return "recording";
    case RetentionStep::undelivered_level_0:
      return "undelivered-level-0";
    case RetentionStep::undelivered_scene:
      return "undelivered-scene";
  }
  assert(false);
  return "";
}

RetentionPlan plan_retention(const RetentionPolicy& policy, const SpoolContents& contents, UtcTime now) {
  Planner planner(policy, contents, now);
  for (const SceneRow& scene : contents.delivered) {
    planner.consider(RetentionStep::delivered_scene, scene.id, scene.size_bytes,
                     scene.delivered_at.value_or(scene.committed_at), policy.keep_delivered_at_least,
                     policy.keep_delivered_for);
  }
  for (const SpoolContents::Recording& recording : contents.recordings) {
    planner.consider(RetentionStep::recording, recording.pass_id, recording.size_bytes, recording.ended_at,
                     policy.keep_recordings_at_least, policy.keep_recordings_for);
  }
  if (policy.drop_undelivered_level_0) {
    planner.consider_undelivered(RetentionStep::undelivered_level_0, contents.undelivered_raw);
    planner.consider_undelivered(RetentionStep::undelivered_level_0, contents.undelivered_level_0);
  }
  if (policy.drop_undelivered_scenes) {
    planner.consider_undelivered(RetentionStep::undelivered_scene, contents.undelivered_scenes);
  }
  return planner.finish();
}

}  // namespace dl::spool
