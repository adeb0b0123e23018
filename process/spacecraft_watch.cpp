#include "process/spacecraft_watch.h"

#include <fmt/format.h>

#include "process/rebinding.h"

namespace dl::process {
namespace {

constexpr std::size_t kLookBytes = 256U << 10;

}  // namespace

SpacecraftWatch::SpacecraftWatch(const PassPipeline& pipeline, const link::Profile& profile,
                                 std::vector<std::string> names)
    : pipeline_(pipeline), profile_(profile) {
  for (std::string& name : names) receptions_.push_back({std::move(name), {}, false, 0});
}

Result<std::optional<link::ScidCount>> SpacecraftWatch::look(std::size_t input, std::size_t size_bytes) {
  Reception& reception = receptions_[input];
  reception.ended = reception.ended || size_bytes == 0;
  reception.unseen_bytes += size_bytes;
  if (reception.identity.ours || (!reception.ended && reception.unseen_bytes < kLookBytes)) return std::nullopt;
  reception.unseen_bytes = 0;
  reception.identity = pipeline_.identity(input);
  return judge();
}

Result<std::optional<link::ScidCount>> SpacecraftWatch::judge() const {
  const Reception* ours = nullptr;
  const Reception* foreign = nullptr;
  bool unknown = false;
  for (const Reception& reception : receptions_) {
    if (reception.identity.ours) ours = &reception;
    unknown = unknown || (!reception.identity.ours && !reception.identity.other && !reception.ended);
    if (!reception.identity.other) continue;
    if (foreign != nullptr && foreign->identity.other->scid != reception.identity.other->scid) {
      return refuse(reception, describe(*foreign->identity.other));
    }
    foreign = &reception;
  }
  if (foreign == nullptr) return std::nullopt;
  if (ours != nullptr) return refuse(*foreign, fmt::format("'{}' (spacecraft id {})", profile_.name, profile_.scid));
  if (unknown) return std::nullopt;
  return foreign->identity.other;
}

Failure SpacecraftWatch::refuse(const Reception& reception, const std::string& others) const {
  return fail(
      ErrorKind::config,
      fmt::format("'{}' is no reception of this pass: its frames are of {}, not of {} as another input's; leave "
                  "it out, or decode it by itself",
                  reception.name, describe(*reception.identity.other), others));
}

}  // namespace dl::process
