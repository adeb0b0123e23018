// Where in the recording downlink-process died, and what to step over because of it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <vector>

#include "core/error.h"

namespace dl::daemon {

struct Stretch {
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
  friend bool operator==(const Stretch&, const Stretch&) = default;
};

// downlink-process tells its progress before every block of this grid: it died in the block that holds the last
// progress.
inline constexpr std::uint64_t kBlockBytes = 256U << 10;
inline constexpr unsigned kCrashesToQuarantine = 3;
// SIGKILL comes from outside, from an operator or when memory runs out, and says little about what was decoded. But a
// block that takes all memory must not be tried for ever.
inline constexpr unsigned kKillsToQuarantine = 10;

enum class Death { crash, killed_from_outside };

class CrashHistory {
 public:
  CrashHistory() = default;
  explicit CrashHistory(std::vector<Stretch> quarantined) : quarantined_(std::move(quarantined)) {}

  // A death after progress up to `offset`. The third crash in one block, or the tenth kill from outside, quarantines
  // the block, and gives the stretch that it is now part of. Next to an older stretch, that one is doubled too: what
  // kills the process was near, but not in it.
  std::optional<Stretch> add(std::uint64_t offset, Death death = Death::crash);
  // Not overlapping, in order of offset.
  [[nodiscard]] const std::vector<Stretch>& quarantined() const { return quarantined_; }
  // Whether nothing before `size_bytes` is left to decode.
  [[nodiscard]] bool covers(std::uint64_t size_bytes) const;

 private:
  Stretch quarantine(std::uint64_t block);

  struct Deaths {
    unsigned crashes = 0, kills = 0;
  };
  std::map<std::uint64_t, Deaths> deaths_;  // by number of the block, since it was quarantined
  std::vector<Stretch> quarantined_;
};

// quarantine.json in a pass folder: [{"offset": N, "size": N}, …]. A file that is not there is an empty list; one that
// cannot be read too, for three more crashes make it again.
std::vector<Stretch> read_quarantine(const std::filesystem::path& pass_directory);
Result<void> write_quarantine(const std::filesystem::path& pass_directory, const std::vector<Stretch>& stretches);

}  // namespace dl::daemon
