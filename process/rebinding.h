// A pass that turns out to be another spacecraft's than its settings say.
#pragma once

#include <string>
#include <vector>

#include "core/error.h"
#include "link/frames/frame_check.h"
#include "link/profile.h"
#include "process/settings.h"

namespace dl::process {

// Whether the bits of both come to frames in the same way: marker, coding, layout of the frame. What makes them two
// spacecraft may differ: identifier, channels, packets, instruments.
bool same_framing(const link::Profile& a, const link::Profile& b);

// The names of the known link profiles of the same framing as `ours` with the identifier that was seen, sorted. The
// pass is taken for that spacecraft's where there is exactly one. Profiles that cannot be read are passed over.
Result<std::vector<std::string>> profiles_of(const link::ScidCount& seen, const link::Profile& ours,
                                             const CommonSettings& settings);

// "spacecraft id 159 (1724 frames)"
std::string describe(const link::ScidCount& seen);

}  // namespace dl::process
