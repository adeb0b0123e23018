#include "daemon/supervisor/crash_history.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "core/file.h"

namespace dl::daemon {
namespace {

using nlohmann::json;

constexpr const char* kFileName = "quarantine.json";

}  // namespace

std::optional<Stretch> CrashHistory::add(std::uint64_t offset, Death death) {
  const std::uint64_t block = offset / kBlockBytes;
  Deaths& deaths = deaths_[block];
  ++(death == Death::crash ? deaths.crashes : deaths.kills);
  if (deaths.crashes < kCrashesToQuarantine && deaths.kills < kKillsToQuarantine) return std::nullopt;
  deaths_.erase(block);
  return quarantine(block);
}

Stretch CrashHistory::quarantine(std::uint64_t block) {
  std::uint64_t begin = block * kBlockBytes;
  std::uint64_t end = begin + kBlockBytes;
  std::vector<Stretch> apart;
  for (const Stretch& old : quarantined_) {
    const std::uint64_t old_end = old.offset + old.size;
    const bool touches = old.offset <= end && begin <= old_end;
    if (!touches) {
      apart.push_back(old);
      continue;
    }
    begin = std::min(begin, old.offset - std::min(old.offset, old.size / 2));
    end = std::max(end, old_end + old.size / 2);
  }
  const Stretch stretch{begin, end - begin};
  // Doubling may have reached over others.
  std::erase_if(apart, [&](const Stretch& old) { return old.offset >= begin && old.offset + old.size <= end; });
  apart.push_back(stretch);
  std::sort(apart.begin(), apart.end(), [](const Stretch& a, const Stretch& b) { return a.offset < b.offset; });
  quarantined_ = std::move(apart);
  return stretch;
}

bool CrashHistory::covers(std::uint64_t size_bytes) const {
  return std::any_of(quarantined_.begin(), quarantined_.end(), [size_bytes](const Stretch& stretch) {
    return stretch.offset == 0 && stretch.size >= size_bytes;
  });
}

std::vector<Stretch> read_quarantine(const std::filesystem::path& pass_directory) {
  const auto text = read_text_file(pass_directory / kFileName);
  if (!text) return {};
  std::vector<Stretch> stretches;
  try {
    for (const json& entry : json::parse(*text)) {
      stretches.push_back({entry.at("offset").get<std::uint64_t>(), entry.at("size").get<std::uint64_t>()});
    }
  } catch (const json::exception&) {
    return {};
  }
  return stretches;
}

Result<void> write_quarantine(const std::filesystem::path& pass_directory, const std::vector<Stretch>& stretches) {
  json list = json::array();
  for (const Stretch& stretch : stretches) list.push_back({{"offset", stretch.offset}, {"size", stretch.size}});
  return write_file_durably(pass_directory / kFileName, as_bytes(list.dump() + "\n"));
}

}  // namespace dl::daemon
