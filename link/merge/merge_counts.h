// What each of several receptions of one pass gave.
#pragma once

#include <cstdint>

namespace dl::link {

struct MergeCounts {
  std::uint64_t frames = 0;         // good frames of this reception
  std::uint64_t frames_used = 0;    // of which this reception's copy came out
  std::uint64_t frames_unique = 0;  // used, and no other reception had them
};

}  // namespace dl::link
