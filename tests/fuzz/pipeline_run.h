// A LinkPipeline over fuzz input, whole and in pieces.
#pragma once

#include "link/link_pipeline.h"
#include "tests/fuzz/fuzz_target.h"

namespace dl::fuzz {

// Both ways give the same packets and counts, the report balances, and nothing comes out that did not go in.
void must_not_depend_on_pushes(const link::Profile& profile, ByteView bytes, std::uint8_t seed);

}  // namespace dl::fuzz
