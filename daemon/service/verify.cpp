#include "daemon/service/verify.h"

#include <utility>

#include <fmt/format.h>

#include "daemon/service/delivery_reports.h"
#include "uplink/delivery/spool_file.h"

namespace dl::daemon {
namespace {

constexpr std::size_t kPage = 200;

}  // namespace

std::string problem_of_file(const spool::Delivery& delivery) {
  auto file = uplink::SpoolFile::open(delivery.path, delivery.size_bytes, delivery.crc32c);
  if (!file) return file.error().message;
  const auto unchanged = file->unchanged();
  if (!unchanged) return unchanged.error().message;
  return *unchanged ? "" : fmt::format("'{}' is not what was committed: its checksum is another one", delivery.path);
}

Result<SpoolVerification::Page> SpoolVerification::next_page(spool::Journal& journal) const {
  spool::DeliverySelection selection;
  if (!scene_id_.empty()) {
    DL_TRY(const auto known, journal.scene(scene_id_));
    if (!known)
      return fail(ErrorKind::permanent, fmt::format("there is no scene '{}'; 'scenes' lists them", scene_id_));
    selection.scene_id = scene_id_;
  }
  Page page;
  DL_TRY(page.deliveries, journal.deliveries_after(after_, selection, std::nullopt, kPage));
  std::string seen;
  for (const auto& delivery : page.deliveries) {
    if (delivery.scene_id == std::exchange(seen, delivery.scene_id)) continue;
    DL_TRY(const auto scene, journal.scene(delivery.scene_id));
    // Dropped by retention, or moved to quarantine: there is nothing to read.
    if (!scene || scene->dropped_at || scene->quarantined_at) page.without_folder.insert(delivery.scene_id);
  }
  return page;
}

void SpoolVerification::verify(const Page& page, const std::function<bool()>& keep_going) {
  for (const auto& delivery : page.deliveries) {
    if (full() || !keep_going()) return;
    after_ = delivery.id;
    scenes_.insert(delivery.scene_id);
    report.scenes = scenes_.size();
    ask_destination(delivery);
    if (!page.without_folder.contains(delivery.scene_id)) read_file(delivery);
  }
}

void SpoolVerification::read_file(const spool::Delivery& delivery) {
  if (read_scene_ != delivery.scene_id) read_.clear();
  read_scene_ = delivery.scene_id;
  if (!read_.insert(delivery.asset).second) return;
  const std::string problem = problem_of_file(delivery);
  ++report.files_verified;
  report.bytes_verified += delivery.size_bytes;
  if (problem.empty()) return;
  report.mismatches.push_back({delivery.scene_id, delivery.asset, "spool", problem});
  rotten_.emplace(delivery.scene_id, fmt::format("{}: {}", delivery.asset, problem));
}

void SpoolVerification::ask_destination(const spool::Delivery& delivery) {
  const auto check = remote_.find(delivery.destination);
  if (check == remote_.end() || delivery.state != spool::DeliveryState::confirmed) return;
  const auto finding = check->second(delivery);
  ++(finding.answered ? report.objects_verified : report.objects_unanswered);
  if (finding.answered && !finding.problem.empty())
    report.mismatches.push_back({delivery.scene_id, delivery.asset, delivery.destination, finding.problem});
}

}  // namespace dl::daemon
