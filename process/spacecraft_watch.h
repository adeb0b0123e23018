// Watches whose frames the receptions of a pass turn out to have, before anything is made of them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/error.h"
#include "link/profile.h"
#include "process/pass_pipeline.h"

namespace dl::process {

class SpacecraftWatch {
 public:
  // `names`: of the receptions, for messages. What is referred to outlives this.
  SpacecraftWatch(const PassPipeline& pipeline, const link::Profile& profile, std::vector<std::string> names);

  // To be called with every push, and with 0 bytes at the end of a reception; looks from time to time only. The other
  // spacecraft whose frames all receptions have that have any. Kind config when they are not of one spacecraft.
  Result<std::optional<link::ScidCount>> look(std::size_t input, std::size_t size_bytes);

  // This reception has been found to be another spacecraft's; what the others are decides what to do.
  [[nodiscard]] bool is_foreign(std::size_t input) const { return receptions_[input].identity.other.has_value(); }

 private:
  struct Reception {
    std::string name;
    PassPipeline::Identity identity;
    bool ended = false;
    std::size_t unseen_bytes = 0;  // since the last look
  };

  [[nodiscard]] Result<std::optional<link::ScidCount>> judge() const;
  [[nodiscard]] Failure refuse(const Reception& reception, const std::string& others) const;

  const PassPipeline& pipeline_;
  const link::Profile& profile_;
  std::vector<Reception> receptions_;
};

}  // namespace dl::process
